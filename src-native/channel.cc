#include "channel.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <unordered_map>

#include "environment.h"
#include "libuv.h"

namespace snakepit {

// One worker's two pipes. Lives until libuv has let go of both handles.
struct Channel {
  Channels* owner = nullptr;
  uint32_t id = 0;
  int read_fd = -1;
  int write_fd = -1;
  UvHandle* reader = nullptr;
  UvHandle* writer = nullptr;
  bool closed = false;
  // Handles that libuv has not let go of.
  int open_handles = 0;
  napi_async_cleanup_hook_handle hook = nullptr;
};

// Those of one JS thread.
struct Channels {
  napi_env env = nullptr;
  uv_loop_s* loop = nullptr;
  napi_ref on_event = nullptr;  // (id, event, value) => void
  napi_ref keep_input = nullptr;
  napi_async_context context = nullptr;
  uint8_t* input = nullptr;
  size_t input_bytes = 0;
  uint32_t last_id = 0;
  std::unordered_map<uint32_t, Channel*> open;
};

namespace {

// What `onChannel` is told; the table is in src/native/channel-binding.ts.
enum class ChannelEvent { kData = 0, kEnd = 1, kDrain = 2 };

// Reads of one turn, so that a worker which writes without end does not hold the event loop.
constexpr int kReadsPerTurn = 8;

void OnClosed(UvHandle* handle) {
  Channel* channel = static_cast<Channel*>(handle->data);
  std::free(handle);
  if (--channel->open_handles > 0) return;
  // Not before: libuv polls a descriptor until its handle is closed.
  close(channel->read_fd);
  if (channel->write_fd != channel->read_fd) close(channel->write_fd);
  if (channel->hook != nullptr) napi_remove_async_cleanup_hook(channel->hook);
  delete channel;
}

void Close(Channel* channel) {
  if (channel->closed) return;
  channel->closed = true;
  channel->owner->open.erase(channel->id);
  const Libuv* uv = FindLibuv();
  // The second close may end the channel's life.
  UvHandle* handles[] = {channel->reader, channel->writer};
  for (UvHandle* handle : handles) {
    if (handle != nullptr) uv->close(handle, OnClosed);
  }
}

// The end of the JS thread: its loop may not go away under open handles.
void OnCleanup(napi_async_cleanup_hook_handle, void* data) { Close(static_cast<Channel*>(data)); }

// False when the channel was closed by what was called. `channel` may be gone then.
bool Emit(Channel* channel, ChannelEvent event, double value) {
  Channels* owner = channel->owner;
  napi_env env = owner->env;
  const uint32_t id = channel->id;
  const HandleScope scope(env);
  napi_value arguments[3] = {js::Number(env, id), js::Number(env, static_cast<double>(event)),
                             js::Number(env, value)};
  napi_value result = nullptr;
  const napi_status status = napi_make_callback(
      env, owner->context, js::Global(env), js::Deref(env, owner->on_event), 3, arguments, &result);
  if (status == napi_pending_exception) {
    napi_value error = nullptr;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  return owner->open.count(id) != 0;
}

void OnReadable(UvHandle* handle, int status, int) {
  Channel* channel = static_cast<Channel*>(handle->data);
  Channels* owner = channel->owner;
  const int fd = channel->read_fd;
  for (int i = 0; i < kReadsPerTurn; i++) {
    const ssize_t count = status < 0 ? 0 : read(fd, owner->input, owner->input_bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count <= 0) {
      const double reason = status < 0 ? -status : count < 0 ? errno : 0;
      FindLibuv()->poll_stop(handle);
      Emit(channel, ChannelEvent::kEnd, reason);
      return;
    }
    if (!Emit(channel, ChannelEvent::kData, static_cast<double>(count))) return;
    // Less than asked for: the pipe is empty, and another read would only say so.
    if (static_cast<size_t>(count) < owner->input_bytes) return;
  }
}

void OnWritable(UvHandle* handle, int, int) {
  Channel* channel = static_cast<Channel*>(handle->data);
  FindLibuv()->poll_stop(handle);
  Emit(channel, ChannelEvent::kDrain, 0);
}

UvHandle* MakePoll(Channel* channel, int fd) {
  const Libuv* uv = FindLibuv();
  auto* handle = static_cast<UvHandle*>(std::calloc(1, uv->handle_size(kUvPollType)));
  if (handle == nullptr) return nullptr;
  const int failure = uv->poll_init(channel->owner->loop, handle, fd);
  if (failure != 0) {
    std::free(handle);
    errno = -failure;
    return nullptr;
  }
  handle->data = channel;
  channel->open_handles++;
  uv->unref(handle);
  return handle;
}

Channel* Find(const Environment* environment, napi_value id) {
  const Channels* channels = environment->channels;
  if (channels == nullptr) return nullptr;
  const auto found = channels->open.find(static_cast<uint32_t>(js::ToDouble(environment->env, id)));
  return found == channels->open.end() ? nullptr : found->second;
}

// installChannels(input, onEvent): where all channels of this thread read to, and whom they tell.
// False where this runtime has no libuv.
napi_value InstallChannels(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  if (in.environment->channels != nullptr) return js::Boolean(env, true);
  auto channels = std::make_unique<Channels>();
  channels->env = env;
  if (FindLibuv() == nullptr || napi_get_uv_event_loop(env, &channels->loop) != napi_ok) {
    return js::Boolean(env, false);
  }
  void* data = nullptr;
  napi_get_typedarray_info(env, in[0], nullptr, &channels->input_bytes, &data, nullptr, nullptr);
  channels->input = static_cast<uint8_t*>(data);
  napi_create_reference(env, in[0], 1, &channels->keep_input);
  napi_create_reference(env, in[1], 1, &channels->on_event);
  napi_async_init(env, nullptr, js::Text(env, "snakepit:channel"), &channels->context);
  // As long-lived as its Environment, which is never freed either.
  in.environment->channels = channels.release();
  return js::Boolean(env, true);
}

// openChannel(readFd, writeFd): its id; the descriptors are the channel's, which closes them. A
// negative errno where the system refuses, and they are the caller's then.
napi_value OpenChannel(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  Channels* channels = in.environment->channels;
  if (channels == nullptr) return js::Number(env, -ENOSYS);
  auto channel = std::make_unique<Channel>();
  channel->owner = channels;
  channel->read_fd = static_cast<int>(js::ToDouble(env, in[0]));
  channel->write_fd = static_cast<int>(js::ToDouble(env, in[1]));
  channel->reader = MakePoll(channel.get(), channel->read_fd);
  if (channel->reader == nullptr) return js::Number(env, -errno);
  channel->id = ++channels->last_id;
  napi_add_async_cleanup_hook(env, OnCleanup, channel.get(), &channel->hook);
  channels->open.emplace(channel->id, channel.get());
  FindLibuv()->poll_start(channel->reader, kUvReadable, OnReadable);
  return js::Number(env, channel.release()->id);
}

ssize_t WriteSome(const Channel* channel, const uint8_t* data, size_t size) {
  for (;;) {
    const ssize_t count = write(channel->write_fd, data, size);
    if (count >= 0 || errno != EINTR) return count;
  }
}

// Has onEvent told when the pipe has room. False: libuv refused, with errno.
bool AwaitRoom(Channel* channel) {
  if (channel->writer == nullptr) channel->writer = MakePoll(channel, channel->write_fd);
  if (channel->writer == nullptr) return false;
  return FindLibuv()->poll_start(channel->writer, kUvWritable, OnWritable) == 0;
}

// writeChannel(id, bytes, start, end): how many bytes went; fewer than asked for, and onEvent tells
// when there is room again. A negative errno where the worker's end is closed.
napi_value WriteChannel(napi_env env, napi_callback_info info) {
  const Arguments<4> in(env, info);
  Channel* channel = Find(in.environment, in[0]);
  if (channel == nullptr) return js::Number(env, -EBADF);
  void* data = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(env, in[1], nullptr, &length, &data, nullptr, nullptr);
  const size_t end = static_cast<size_t>(js::ToDouble(env, in[3]));
  size_t at = static_cast<size_t>(js::ToDouble(env, in[2]));
  if (end > length || at > end) return js::Number(env, -EINVAL);
  const size_t start = at;
  while (at < end) {
    const ssize_t count = WriteSome(channel, static_cast<uint8_t*>(data) + at, end - at);
    if (count > 0) {
      at += static_cast<size_t>(count);
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) return js::Number(env, -errno);
    if (!AwaitRoom(channel)) return js::Number(env, -errno);
    break;
  }
  return js::Number(env, static_cast<double>(at - start));
}

// closeChannel(id): no event comes afterwards
napi_value CloseChannel(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  Channel* channel = Find(in.environment, in[0]);
  if (channel != nullptr) Close(channel);
  return js::Undefined(env);
}

// refChannel(id, whether): whether it keeps the event loop alive
napi_value RefChannel(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const Channel* channel = Find(in.environment, in[0]);
  bool whether = false;
  napi_get_value_bool(env, in[1], &whether);
  if (channel != nullptr) (whether ? FindLibuv()->ref : FindLibuv()->unref)(channel->reader);
  return js::Undefined(env);
}

const NativeFunction kFunctions[] = {
    {"installChannels", InstallChannels}, {"openChannel", OpenChannel},
    {"writeChannel", WriteChannel},       {"closeChannel", CloseChannel},
    {"refChannel", RefChannel},
};

}  // namespace

NativeTable ChannelTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

}  // namespace snakepit
