// The part of libuv that channels need, found in the process by name: Node has it and exports it,
// other runtimes may not, and then there are no native channels.
#ifndef SNAKEPIT_LIBUV_H_
#define SNAKEPIT_LIBUV_H_

#include <cstddef>

struct uv_loop_s;

namespace snakepit {

// Opaque: its size is asked of libuv, and its first field is ours (uv_handle_t's `data`).
struct UvHandle {
  void* data;
};

using UvPollCallback = void (*)(UvHandle* handle, int status, int events);
using UvCloseCallback = void (*)(UvHandle* handle);

// Values of libuv's own enums, which never change within its major version.
constexpr int kUvPollType = 8;
constexpr int kUvReadable = 1;
constexpr int kUvWritable = 2;

struct Libuv {
  size_t (*handle_size)(int type) = nullptr;
  int (*poll_init)(uv_loop_s* loop, UvHandle* handle, int fd) = nullptr;
  int (*poll_start)(UvHandle* handle, int events, UvPollCallback callback) = nullptr;
  int (*poll_stop)(UvHandle* handle) = nullptr;
  void (*close)(UvHandle* handle, UvCloseCallback callback) = nullptr;
  void (*ref)(UvHandle* handle) = nullptr;
  void (*unref)(UvHandle* handle) = nullptr;
};

// Null where this process has no libuv that we can see.
const Libuv* FindLibuv();

}  // namespace snakepit

#endif  // SNAKEPIT_LIBUV_H_
