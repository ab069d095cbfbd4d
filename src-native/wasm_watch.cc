#include "wasm_watch.h"

#include "environment.h"
#include "v8_symbols.h"

namespace snakepit {

// Owned by its environment and by the holds together; the GIL guards the counts.
class WasmWatch {
 public:
  napi_ref buffer = nullptr;  // weak
  const void* store = nullptr;
  size_t bytes = 0;
  int holds = 0;
  bool listed = true;
  bool detached = false;  // seen so; written by the prologue, on the JS thread
};

namespace {

bool IsDetached(napi_env env, const WasmWatch* watch) {
  napi_value buffer = js::Deref(env, watch->buffer);
  bool detached = false;
  if (buffer != nullptr) napi_is_detached_arraybuffer(env, buffer, &detached);
  return detached;
}

void Unlist(Environment* environment, size_t index) {
  std::vector<WasmWatch*>& list = environment->wasm_watches;
  WasmWatch* watch = list[index];
  list[index] = list.back();
  list.pop_back();
  napi_delete_reference(environment->env, watch->buffer);
  watch->listed = false;
  if (watch->holds == 0) delete watch;
}

void Report(Environment* environment, size_t bytes) {
  napi_env env = environment->env;
  napi_value argument = js::Number(env, static_cast<double>(bytes));
  napi_value ignored;
  if (environment->report_stale == nullptr) return;
  if (napi_call_function(env, js::Undefined(env), js::Deref(env, environment->report_stale), 1,
                         &argument, &ignored) != napi_ok) {
    napi_get_and_clear_last_exception(env, &ignored);
  }
}

}  // namespace

WasmWatch* WatchWasm(Environment* environment, napi_value buffer, const StoreHold& hold) {
  const V8Symbols& v8 = GetV8Symbols();
  // Of the buffers that are not shared, only wasm memory's refuse to be detached.
  if (v8.is_detachable == nullptr || v8.is_detachable(buffer)) return nullptr;
  for (WasmWatch* watch : environment->wasm_watches) {
    bool same = false;
    napi_value watched = js::Deref(environment->env, watch->buffer);
    if (watched != nullptr) napi_strict_equals(environment->env, watched, buffer, &same);
    if (!same || watch->store != hold.store || watch->holds == 0) continue;
    watch->holds++;
    return watch;
  }
  auto* watch = new WasmWatch();
  watch->store = hold.store;
  watch->bytes = v8.store_bytes(hold.store);
  watch->holds = 1;
  napi_create_reference(environment->env, buffer, 0, &watch->buffer);
  environment->wasm_watches.push_back(watch);
  environment->watches_wasm = true;
  return watch;
}

void UnwatchWasm(WasmWatch* watch) {
  // A listed one stays for its JS thread to find: the reference is that thread's.
  if (--watch->holds == 0 && !watch->listed) delete watch;
}

void NoteDetachedWasm(Environment* environment) {
  if (!environment->watches_wasm) return;
  const HandleScope scope(environment->env);
  for (WasmWatch* watch : environment->wasm_watches) {
    if (IsDetached(environment->env, watch)) watch->detached = true;
  }
}

void ReportStaleWasm(Environment* environment) {
  const V8Symbols& v8 = GetV8Symbols();
  const HandleScope scope(environment->env);
  std::vector<WasmWatch*>& list = environment->wasm_watches;
  size_t stale = 0;
  for (size_t i = list.size(); i-- > 0;) {
    WasmWatch* watch = list[i];
    const bool detached = watch->detached || IsDetached(environment->env, watch);
    if (watch->holds > 0 && !detached) continue;
    // The store is there as long as somebody holds it.
    if (watch->holds > 0 && v8.store_bytes(watch->store) == watch->bytes) stale += watch->bytes;
    Unlist(environment, i);
  }
  environment->watches_wasm = !list.empty();
  if (stale > 0) Report(environment, stale);
}

void ForgetWasm(Environment* environment) {
  environment->watches_wasm = false;
  // Not deleted: the thread may not have the GIL, and a process has few of them.
  environment->wasm_watches.clear();
}

}  // namespace snakepit
