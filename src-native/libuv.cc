#include "libuv.h"

#include <dlfcn.h>

namespace snakepit {

namespace {

template <typename Function>
bool Find(const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
  return *function != nullptr;
}

}  // namespace

const Libuv* FindLibuv() {
  static Libuv uv;
  static const bool found =
      Find("uv_handle_size", &uv.handle_size) && Find("uv_poll_init", &uv.poll_init) &&
      Find("uv_poll_start", &uv.poll_start) && Find("uv_poll_stop", &uv.poll_stop) &&
      Find("uv_close", &uv.close) && Find("uv_ref", &uv.ref) && Find("uv_unref", &uv.unref);
  return found ? &uv : nullptr;
}

const LibuvSignals* FindLibuvSignals() {
  static LibuvSignals uv;
  static const bool found =
      Find("uv_handle_size", &uv.handle_size) && Find("uv_loop_size", &uv.loop_size) &&
      Find("uv_loop_init", &uv.loop_init) && Find("uv_run", &uv.run) &&
      Find("uv_async_init", &uv.async_init) && Find("uv_async_send", &uv.async_send) &&
      Find("uv_signal_init", &uv.signal_init) && Find("uv_signal_start", &uv.signal_start) &&
      Find("uv_signal_stop", &uv.signal_stop);
  return found ? &uv : nullptr;
}

}  // namespace snakepit
