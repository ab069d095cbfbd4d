#include "window.h"

#include <mutex>

#include "backing_store.h"
#include "tensor_state.h"
#include "v8_symbols.h"
#include "wasm_watch.h"

namespace snakepit {
namespace {

struct DeadReference {
  Environment* environment;
  napi_ref reference;
};
std::mutex g_dead_mutex;
std::vector<DeadReference>* g_dead = new std::vector<DeadReference>();
std::atomic<bool> g_dead_waiting{false};

// Runs at the start of each V8 collection: no allocation, no JS, no lock. napi calls that read
// are fine here on every Node from 20 to 26 (measured; findings/memory-arena.md, section 2).
void OnGcPrologue(void*, int type, int, void* data) {
  auto* environment = static_cast<Environment*>(data);
  if (environment->closed.load(std::memory_order_relaxed)) return;
  environment->gc_epoch++;
  if (type != kGcScavenge && type != kGcMinorMarkSweep) environment->full_gc_since_sweep = true;
  WindowTable* table = environment->windows;
  if (table == nullptr) return;
  table->young.Began();
  NoteDetachedWasm(environment);
  if (table->open.empty()) return;
  HandleScope scope(environment->env);
  for (Window* window : table->open) {
    if (window->detached) continue;
    napi_value buffer = js::Deref(environment->env, window->buffer);
    if (buffer == nullptr) continue;
    bool detached = false;
    napi_is_detached_arraybuffer(environment->env, buffer, &detached);
    if (!detached) continue;
    window->detached = true;
    table->detached++;
  }
}

void Forget(WindowTable* table, Window* window) {
  if (window->region != nullptr) {
    auto cached = table->by_region.find(window->region);
    if (cached != table->by_region.end() && cached->second == window) {
      table->by_region.erase(cached);
    }
    return;
  }
  auto range = table->by_end.equal_range(window->data + window->bytes);
  for (auto it = range.first; it != range.second; ++it) {
    if (it->second != window) continue;
    table->by_end.erase(it);
    return;
  }
}

// JavaScript cannot see the memory any more. `for_good`: somebody may, and for ever.
void Close(Window* window, bool for_good = false) {
  Environment* environment = window->environment;
  if (!environment->closed.load(std::memory_order_relaxed)) {
    WindowTable* table = environment->windows;
    Forget(table, window);
    Window* last = table->open.back();
    table->open[window->index] = last;
    last->index = window->index;
    table->open.pop_back();
    table->bytes -= window->bytes;
    if (window->detached) table->detached--;
    napi_delete_reference(environment->env, window->buffer);
  }
  window->closed = true;
  if (for_good) return;
  if (window->region != nullptr) Arena::Get()->CloseWindow(window->region);
  if (window->memory != nullptr) window->memory->Drop();
}

// At the end of a worker_thread Node runs the finalisers of buffers whose memory may have been
// moved, and posted to a thread that goes on. Such memory is never used again: a leak, not a fault.
bool SeenElsewhere(Window* window) {
  if (window->environment->windows == nullptr || !window->environment->windows->in_worker) {
    return false;
  }
  const bool watched = window->watch != nullptr;
  if (watched) {
    const bool seen = UnwatchStore(window->watch);
    window->watch = nullptr;
    if (!seen) return false;
  }
  if (window->environment->closed.load(std::memory_order_relaxed)) return true;
  napi_env env = window->environment->env;
  const bool dead = js::Deref(env, window->buffer) == nullptr;
  if (dead && !window->detached && window->environment->windows->sees_gc) return false;  // (b)
  if (watched) return true;
  // Where V8's count is not known: a thread that goes on, and so may run JavaScript, runs a
  // finaliser because the memory is free.
  napi_value global = nullptr;
  bool ignored = false;
  napi_get_global(env, &global);
  return napi_has_named_property(env, global, "Object", &ignored) != napi_ok;
}

// Node's finaliser: the memory has left every ArrayBuffer. From the event loop, or at the end of
// the environment; never in a synchronous loop.
void OnFinalised(napi_env, void*, void* hint) {
  auto* window = static_cast<Window*>(hint);
  if (!window->closed) {
    Close(window, /*for_good=*/SeenElsewhere(window));
  } else if (window->watch != nullptr) {
    UnwatchStore(window->watch);
  }
  delete window;
}

napi_status Open(Environment* environment, Window* window, BufferView* out) {
  WindowTable* table = environment->windows;
  if (table->sees_gc) table->young.BeforeWindow(environment, window->bytes);
  napi_status status = napi_create_external_arraybuffer(
      environment->env, window->data, window->bytes, OnFinalised, window, &out->buffer);
  if (status != napi_ok) return status;
  napi_create_reference(environment->env, out->buffer, 0, &window->buffer);
  if (table->in_worker) window->watch = WatchStore(environment->env, out->buffer);
  window->index = table->open.size();
  table->open.push_back(window);
  table->bytes += window->bytes;
  out->start = window->data;
  out->opened = true;
  return napi_ok;
}

// The window's buffer where it can serve again. One that is detached is marked at once: memory it
// lost is shared, not gone, so the caller makes another buffer over the same range.
napi_value Reuse(Environment* environment, Window* window) {
  if (window->detached) return nullptr;
  napi_value buffer = js::Deref(environment->env, window->buffer);
  if (buffer == nullptr) return nullptr;
  bool detached = false;
  napi_is_detached_arraybuffer(environment->env, buffer, &detached);
  if (!detached) return buffer;
  window->detached = true;
  environment->windows->detached++;
  return nullptr;
}

void SetCanary(Environment* environment) {
  WindowTable* table = environment->windows;
  if (table->canary != nullptr) napi_delete_reference(environment->env, table->canary);
  table->canary = nullptr;
  napi_value object;
  HandleScope scope(environment->env);
  if (napi_create_object(environment->env, &object) != napi_ok) return;
  napi_create_reference(environment->env, object, 0, &table->canary);
}

}  // namespace

WindowTable* EnsureWindowTable(Environment* environment) {
  if (environment->windows != nullptr) return environment->windows;
  auto* table = new WindowTable();
  environment->windows = table;
  table->in_worker = environment->tensors != nullptr && !environment->tensors->main_thread;
  const V8Symbols& v8 = GetV8Symbols();
  if (v8.CanSeeGc()) {
    v8.add_gc_prologue(v8.current_isolate(), OnGcPrologue, environment, kGcAll);
    table->sees_gc = true;
  } else {
    environment->poll_gc = true;
    SetCanary(environment);
  }
  return table;
}

void CloseWindowTable(Environment* environment) {
  const V8Symbols& v8 = GetV8Symbols();
  if (environment->windows != nullptr && environment->windows->sees_gc) {
    v8.remove_gc_prologue(v8.current_isolate(), OnGcPrologue, environment);
  }
  // The table stays, like the environment: finalisers that Node runs later find them closed, and
  // give the memory back then.
}

bool GcHappened(Environment* environment) {
  if (!environment->poll_gc) return environment->gc_epoch != environment->swept_epoch;
  WindowTable* table = environment->windows;
  // Of its own scope: a handle left in the caller's would keep the canary alive through the very
  // collections that this call sets off.
  HandleScope scope(environment->env);
  if (table->canary == nullptr || js::Deref(environment->env, table->canary) == nullptr) {
    environment->gc_epoch++;
    environment->full_gc_since_sweep = true;  // which kind it was is not known
    SetCanary(environment);
  }
  return environment->gc_epoch != environment->swept_epoch;
}

void SweepWindows(Environment* environment, bool full) {
  (void)full;
  WindowTable* table = environment->windows;
  DrainReferences(environment);
  DrainStores(environment->env);
  // Without the prologue a dead weak reference proves nothing: only finalisers close.
  if (table == nullptr || !table->sees_gc) return;
  HandleScope scope(environment->env);
  const size_t before = table->bytes;
  for (size_t i = table->open.size(); i-- > 0;) {
    Window* window = table->open[i];
    if (window->detached) continue;
    if (js::Deref(environment->env, window->buffer) == nullptr) Close(window);
  }
  table->young.Swept(before - table->bytes);
}

napi_status OpenArenaWindow(Environment* environment, const void* block, BufferView* out) {
  Arena* arena = Arena::Get();
  const ArenaSpan span = arena->Locate(block);
  WindowTable* table = environment->windows;
  auto cached = table->by_region.find(span.region);
  if (cached != table->by_region.end()) {
    out->buffer = Reuse(environment, cached->second);
    if (out->buffer != nullptr) {
      out->start = span.data;
      arena->Expose(block, false);
      return napi_ok;
    }
  }
  auto* window = new Window();
  window->environment = environment;
  window->data = span.data;
  window->bytes = span.bytes;
  window->region = span.region;
  const napi_status status = Open(environment, window, out);
  if (status != napi_ok) {
    delete window;
    return status;
  }
  table->by_region[span.region] = window;
  arena->Expose(block, true);
  return napi_ok;
}

namespace {

// The cached buffer over exactly [data, data+bytes), while it can serve.
bool FindCached(Environment* environment, uint8_t* data, size_t bytes, BufferView* out) {
  auto range = environment->windows->by_end.equal_range(data + bytes);
  for (auto it = range.first; it != range.second; ++it) {
    if (it->second->data != data) continue;
    out->buffer = Reuse(environment, it->second);
    if (out->buffer == nullptr) continue;
    out->start = data;
    it->second->exposures++;
    return true;
  }
  return false;
}

// Empties a buffer of ours. By its own transfer(), which answers with an exception where the user
// made the buffer untransferable (napi_detach_arraybuffer ends the process there); Node 20 has no
// transfer(), and no such end. What transfer() returned is garbage at once.
bool Detach(Environment* environment, napi_value buffer) {
  napi_env env = environment->env;
  napi_value transfer = js::Get(env, buffer, "transfer");
  if (js::TypeOf(env, transfer) != napi_function) {
    return napi_detach_arraybuffer(env, buffer) == napi_ok;
  }
  napi_value moved;
  if (napi_call_function(env, buffer, transfer, 0, nullptr, &moved) == napi_ok) return true;
  napi_value ignored;
  napi_get_and_clear_last_exception(env, &ignored);
  return false;
}

// Takes `memory` over, also on failure.
napi_status OpenOwned(Environment* environment, OwnedMemory* memory, uint8_t* data, size_t bytes,
                      BufferView* out) {
  WindowTable* table = environment->windows;
  auto* window = new Window();
  window->environment = environment;
  window->data = data;
  window->bytes = bytes;
  window->memory = memory;
  const napi_status status = Open(environment, window, out);
  if (status != napi_ok) {
    memory->Drop();
    delete window;
    return status;
  }
  window->exposures = 1;
  table->by_end.emplace(data + bytes, window);
  if (bytes > table->largest) table->largest = bytes;
  return napi_ok;
}

}  // namespace

napi_status OpenPythonWindow(Environment* environment, PyObject* owner, uint8_t* data, size_t bytes,
                             BufferView* out) {
  if (FindCached(environment, data, bytes, out)) return napi_ok;
  auto* memory = new OwnedMemory();
  py.Py_IncRef(owner);
  memory->owner = owner;
  return OpenOwned(environment, memory, data, bytes, out);
}

napi_status OpenGivenWindow(Environment* environment, PyObject** owned, uint8_t* data, size_t bytes,
                            BufferView* out) {
  if (FindCached(environment, data, bytes, out)) return napi_ok;
  auto* memory = new OwnedMemory();
  memory->owner = *owned;
  memory->Use();
  const napi_status status = OpenOwned(environment, memory, data, bytes, out);
  (status == napi_ok ? *owned : memory->owner) = nullptr;
  memory->Drop();
  return status;
}

napi_status OpenAdoptedWindow(Environment* environment, napi_value owner, uint8_t* data,
                              size_t bytes, BufferView* out) {
  auto* memory = new OwnedMemory();
  memory->environment = environment;
  napi_create_reference(environment->env, owner, 1, &memory->reference);
  return OpenOwned(environment, memory, data, bytes, out);
}

void DisposeOwnedWindow(Environment* environment, napi_value buffer) {
  void* data = nullptr;
  size_t bytes = 0;
  napi_get_arraybuffer_info(environment->env, buffer, &data, &bytes);
  auto range = environment->windows->by_end.equal_range(static_cast<uint8_t*>(data) + bytes);
  for (auto it = range.first; it != range.second; ++it) {
    Window* window = it->second;
    bool same = false;
    napi_value own = js::Deref(environment->env, window->buffer);
    if (own != nullptr) napi_strict_equals(environment->env, own, buffer, &same);
    if (!same) continue;
    // Seen attached just now and nobody else has it: what rule (b) asks for.
    if (--window->exposures == 0 && !window->detached && Detach(environment, buffer)) {
      Close(window);
    }
    return;
  }
}

void DeferReference(Environment* environment, napi_ref reference) {
  std::lock_guard<std::mutex> lock(g_dead_mutex);
  g_dead->push_back({environment, reference});
  g_dead_waiting.store(true, std::memory_order_release);
}

void DrainReferences(Environment* environment) {
  if (!g_dead_waiting.load(std::memory_order_acquire)) return;
  std::vector<napi_ref> mine;
  {
    std::lock_guard<std::mutex> lock(g_dead_mutex);
    size_t kept = 0;
    for (DeadReference& dead : *g_dead) {
      if (dead.environment == environment) {
        mine.push_back(dead.reference);
      } else if (!dead.environment->closed.load(std::memory_order_relaxed)) {
        (*g_dead)[kept++] = dead;  // of an environment that ended: its references are gone
      }
    }
    g_dead->resize(kept);
    g_dead_waiting.store(kept > 0, std::memory_order_release);
  }
  for (napi_ref reference : mine) napi_delete_reference(environment->env, reference);
}

Window* FindOwnedWindow(Environment* environment, const void* data) {
  WindowTable* table = environment->windows;
  if (table->by_end.empty()) return nullptr;
  const auto* byte = static_cast<const uint8_t*>(data);
  // Must find one whenever there is one: memory that a window covers and Python takes back is
  // kept by the window's owner, never by V8's store, which rule (b) does not ask.
  for (auto it = table->by_end.upper_bound(byte); it != table->by_end.end(); ++it) {
    if (it->second->data <= byte) return it->second;
    if (static_cast<size_t>(it->first - byte) > table->largest) break;
  }
  return nullptr;
}

}  // namespace snakepit
