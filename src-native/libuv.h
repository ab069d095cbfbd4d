// The part of libuv that channels and interrupts need, found in the process by name: Node has it
// and exports it, other runtimes may not, and then there are no native channels.
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

constexpr int kUvAsyncType = 1;
constexpr int kUvSignalType = 16;

using UvAsyncCallback = void (*)(UvHandle* handle);
using UvSignalCallback = void (*)(UvHandle* handle, int number);

// A loop of its own, that hears of signals.
struct LibuvSignals {
  size_t (*handle_size)(int type) = nullptr;
  size_t (*loop_size)() = nullptr;
  int (*loop_init)(uv_loop_s* loop) = nullptr;
  int (*run)(uv_loop_s* loop, int mode) = nullptr;
  int (*async_init)(uv_loop_s* loop, UvHandle* handle, UvAsyncCallback callback) = nullptr;
  int (*async_send)(UvHandle* handle) = nullptr;
  int (*signal_init)(uv_loop_s* loop, UvHandle* handle) = nullptr;
  int (*signal_start)(UvHandle* handle, UvSignalCallback callback, int number) = nullptr;
  int (*signal_stop)(UvHandle* handle) = nullptr;
};
const LibuvSignals* FindLibuvSignals();

// Null where this process has no libuv that we can see.
const Libuv* FindLibuv();

}  // namespace snakepit

#endif  // SNAKEPIT_LIBUV_H_
