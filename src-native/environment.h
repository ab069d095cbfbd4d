// What belongs to one napi_env: one JS thread's handles, windows, references and GIL state.
#ifndef SNAKEPIT_ENVIRONMENT_H_
#define SNAKEPIT_ENVIRONMENT_H_

#include <unordered_map>
#include <vector>

#include "gil.h"
#include "js.h"
#include "output.h"
#include "ref.h"
#include "tape.h"

namespace snakepit {

class HandleTable;         // python_object.h
struct WindowTable;        // window.h
struct Channels;           // channel.cc
struct AsyncState;         // async.cc
struct Errands;            // errands.cc
struct TensorState;        // tensor_state.h
struct SharedMemoryState;  // shared_memory.cc
struct JsObjectState;      // js_object.cc
struct CodecTypes;         // codec.cc
class WasmWatch;           // wasm_watch.h

// What `Environment::fresh` holds (src/in-process/fresh.ts).
enum FreshSlot { kFreshId, kFreshFlags, kClaimed };

// Never freed: finalisers and deleters of other threads may look at one after its JS thread ended,
// and must find `closed` there.
struct Environment {
  napi_env env = nullptr;
  // Set by the cleanup hook, on the JS thread. Nothing touches a JS value after it.
  std::atomic<bool> closed{false};
  // Of this JS thread; null until Python was started or joined from here.
  ThreadGil* gil = nullptr;
  HandleTable* handles = nullptr;
  WindowTable* windows = nullptr;
  TensorState* tensors = nullptr;
  SharedMemoryState* shared_memory = nullptr;
  Output* output = nullptr;
  Channels* channels = nullptr;
  AsyncState* async = nullptr;
  Errands* errands = nullptr;
  // Synchronous calls that this JS thread is in, and how many there ever were: other threads look
  // whether it can run something for them.
  std::atomic<int> inside{0};
  std::atomic<uint32_t> entries{0};
  JsObjectState* js_objects = nullptr;
  CodecTypes* codec_types = nullptr;
  // Whether any codec of the user's converts to JavaScript, and to Python.
  bool decodes = false;
  bool encodes = false;

  // Bumped at the start of each V8 collection (window.cc's prologue callback).
  uint32_t gc_epoch = 0;
  // gc_epoch as of the last sweep.
  uint32_t swept_epoch = 0;
  bool full_gc_since_sweep = false;
  // A collection ran, and the handles were not swept after it yet; whether it was a full one.
  bool handles_due = false;
  bool handles_due_full = false;
  // How many entries are at their start, where a decref may run Python code, and JavaScript in it:
  // the ids that they were given are not resolved yet, so nothing may sweep.
  int entering = 0;
  // True where the engine hides the prologue symbol: every entry then asks GcHappened().
  bool poll_gc = false;
  // True while Python holds memory of WebAssembly's: every entry then looks whether it moved.
  bool watches_wasm = false;
  std::vector<WasmWatch*> wasm_watches;
  // Sweeps when no entry comes (environment.cc).
  bool canary_armed = false;

  // What the TypeScript side registered (see binding.ts, `install`).
  napi_ref make_proxy = nullptr;      // (id, flags) => proxy
  napi_ref make_error = nullptr;      // (code, message, details) => SnakepitError
  napi_ref make_exception = nullptr;  // (class, message, id, at) => PythonError
  napi_ref flatten = nullptr;         // (container) => tags left on its tape, or -1
  napi_ref build = nullptr;           // (level, tags, text, others, first) => data of a tape
  napi_ref make_array = nullptr;      // (bytes, dtype, shape) => plain data of memory
  napi_ref copy_array = nullptr;      // (proxy, path) => plain data of an ndarray
  napi_ref report_stale = nullptr;    // (bytes) => void: wasm memory moved away from Python
  napi_ref collect_young = nullptr;   // () => void: V8 collects its young generation
  double* fresh = nullptr;            // of an object without a proxy, see FreshSlot
  napi_ref keep_fresh = nullptr;
  napi_ref waiting = nullptr;        // [proxy]: the last one that JavaScript made of `fresh`
  napi_ref write_output = nullptr;   // (descriptor, Buffer) => void
  napi_ref bridge_symbol = nullptr;  // value[bridge] is a handle's id, or 'tensor'

  Tapes tapes;

  // What NoteOperands saw of a call that failed, until the error of that exception is made.
  Ref noted_exception;
  Ref noted_fields;

  // Of exception types seen so far: { type, module, mro } (errors.cc).
  std::unordered_map<PyTypeObject*, napi_ref> exception_classes;

  // Objects of this realm that conversion compares with or calls.
  napi_ref map_class = nullptr;
  napi_ref set_class = nullptr;
  napi_ref shared_buffer_class = nullptr;
};

// Stores the instance data, sets the cleanup hook.
Environment* CreateEnvironment(napi_env env);

// After Python started (interpreter.cc): attaches this JS thread, makes its tables.
void JoinPython(Environment* environment);

// Closes dead windows, now and after later collections, whether or not this thread has Python.
void SweepWithoutPython(Environment* environment);

// Drains deferred work, closes dead windows. The GIL is held.
void EnterSlowly(Environment* environment);
// Drops the handles that a collection killed. The GIL is held.
void LeaveSlowly(Environment* environment);

// Opens every synchronous native function that touches Python: holds the GIL, and clears away what
// died since the last one, because finalisers do not run in synchronous loops. Handles are swept at
// the end: until the call has resolved its id, that number may be all that is left of its proxy
// (`a.sum()`: V8 forgets the proxy once the id is on its way here).
class Entry {
 public:
  explicit Entry(Environment* environment) : environment_(environment) {
    Acquire(environment->gil);
    Count(1);
    if (HasDeferred() || environment->gc_epoch != environment->swept_epoch ||
        environment->poll_gc || environment->watches_wasm) {
      EnterSlowly(environment);
    }
  }
  ~Entry() {
    if (environment_->handles_due) LeaveSlowly(environment_);
    if (OutputWaiting()) FlushOutput(environment_);
    Count(-1);
    Release(environment_->gil);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

 private:
  // Written by this thread alone: no read-modify-write is needed.
  void Count(int change) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    environment_->inside.store(environment_->inside.load(kRelaxed) + change, kRelaxed);
    environment_->entries.store(environment_->entries.load(kRelaxed) + 1, kRelaxed);
  }
  Environment* environment_;
};

}  // namespace snakepit

#endif  // SNAKEPIT_ENVIRONMENT_H_
