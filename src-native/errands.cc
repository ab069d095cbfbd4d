#include "errands.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "exception_keeper.h"
#include "interpreter.h"
#include "ref.h"

namespace snakepit {

namespace {

using Clock = std::chrono::steady_clock;

// A synchronous call that keeps the JS thread for so long runs no Python code there: it waits, for
// this very thread perhaps.
constexpr std::chrono::milliseconds kPatience(700);
constexpr std::chrono::milliseconds kTick(10);

// On the stack of the thread that waits.
struct Errand {
  void (*run)(void*);
  void* data;
  bool begun = false;
  bool done = false;
  bool dropped = false;
  // What it raised.
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* trace = nullptr;
};

}  // namespace

// Of one JS thread. Never freed, as its Environment is not.
struct Errands {
  Environment* environment = nullptr;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Errand*> queue;
  napi_threadsafe_function wake = nullptr;
  bool woken = false;
  bool closed = false;
};

namespace {

// With the GIL, on the JS thread.
void RunAll(Errands* errands) {
  const ExceptionKeeper keeper;
  for (;;) {
    Errand* errand = nullptr;
    {
      const std::lock_guard<std::mutex> lock(errands->mutex);
      if (errands->queue.empty()) return;
      errand = errands->queue.front();
      errands->queue.pop_front();
      errand->begun = true;
    }
    errand->run(errand->data);
    if (py.PyErr_Occurred() != nullptr) {
      py.PyErr_Fetch(&errand->type, &errand->value, &errand->trace);
    }
    const std::lock_guard<std::mutex> lock(errands->mutex);
    errand->done = true;
    errands->changed.notify_all();
  }
}

// The event loop turned.
void OnWake(napi_env env, napi_value, void* context, void*) {
  auto* errands = static_cast<Errands*>(context);
  {
    const std::lock_guard<std::mutex> lock(errands->mutex);
    errands->woken = false;
    if (errands->queue.empty()) return;
  }
  if (env == nullptr || ProcessEnding()) return;
  const Entry entry(errands->environment);
  RunAll(errands);
}

// The interpreter's main thread runs Python code; it may be in the middle of anything.
int OnMainThread(void* data) {
  auto* errands = static_cast<Errands*>(data);
  const Environment* environment = errands->environment;
  const bool inside = environment->inside.load(std::memory_order_relaxed) > 0;
  if (inside && !environment->closed.load() && !ProcessEnding()) RunAll(errands);
  return 0;
}

// With the GIL: CPython 3.11 lets its main thread see the request only when that takes the GIL
// anew.
void AskMainThread(Errands* errands) {
  if (errands->environment->gil->state == FirstThreadState()) {
    py.Py_AddPendingCall(OnMainThread, errands);
  }
}

// The end of the JS thread: nothing runs there any more.
void OnCleanup(void* data) {
  auto* errands = static_cast<Errands*>(data);
  const std::lock_guard<std::mutex> lock(errands->mutex);
  errands->closed = true;
  for (Errand* errand : errands->queue) errand->dropped = true;
  errands->queue.clear();
  errands->changed.notify_all();
}

void RaiseDeadlock() {
  const Ref errors = ImportOwn("own_errors");
  const Ref raised =
      errors ? Ref::Steal(py.PyObject_GetAttrString(errors.get(), "DeadlockError")) : nullptr;
  if (!raised) return;
  py.PyErr_SetString(
      raised.get(),
      "ERR_DEADLOCK: Python called JavaScript from another thread while JavaScript's own thread "
      "waits inside a synchronous call into Python, for this thread perhaps. Make that call by "
      "py.async, so that JavaScript can run");
}

// Until it is done, or cannot be. Without the GIL.
enum class End { kDone, kDeadlock, kClosed };
End Wait(Errands* errands, Errand* errand) {
  Environment* environment = errands->environment;
  std::unique_lock<std::mutex> lock(errands->mutex);
  Clock::time_point since = Clock::now();
  uint32_t entries = environment->entries.load(std::memory_order_relaxed);
  while (!errand->done && !errand->dropped) {
    if (errands->changed.wait_for(lock, kTick) == std::cv_status::no_timeout) continue;
    const bool inside = environment->inside.load(std::memory_order_relaxed) > 0;
    if (inside && !errand->begun) {
      lock.unlock();
      {
        const GilAcquire gil;
        AskMainThread(errands);
      }
      lock.lock();
      if (errand->begun) continue;
    }
    const uint32_t now_at = environment->entries.load(std::memory_order_relaxed);
    if (errand->begun || !inside || now_at != entries) {
      since = Clock::now();
      entries = now_at;
    } else if (!errand->done && Clock::now() - since > kPatience) {
      errands->queue.erase(std::find(errands->queue.begin(), errands->queue.end(), errand));
      return End::kDeadlock;
    }
  }
  return errand->done ? End::kDone : End::kClosed;
}

}  // namespace

void PrepareErrands(Environment* environment) {
  if (environment->errands != nullptr) return;
  auto* errands = new Errands();
  errands->environment = environment;
  napi_env env = environment->env;
  napi_create_threadsafe_function(env, nullptr, nullptr, js::Text(env, "snakepit:errands"), 0, 1,
                                  nullptr, nullptr, errands, OnWake, &errands->wake);
  // Python threads that call back now and then keep no process.
  napi_unref_threadsafe_function(env, errands->wake);
  napi_add_env_cleanup_hook(env, OnCleanup, errands);
  environment->errands = errands;
}

bool RunOnJsThread(Environment* environment, void (*run)(void*), void* data) {
  Errands* errands = environment->errands;
  Errand errand = {run, data};
  End end = End::kClosed;
  AskMainThread(errands);
  {
    const GilRelease release;
    bool closed = false;
    {
      const std::lock_guard<std::mutex> lock(errands->mutex);
      closed = errands->closed;
      if (!closed) {
        errands->queue.push_back(&errand);
        if (!errands->woken) {
          errands->woken = napi_call_threadsafe_function(errands->wake, nullptr,
                                                         napi_tsfn_nonblocking) == napi_ok;
        }
      }
    }
    if (!closed) end = Wait(errands, &errand);
  }
  if (end == End::kDone) {
    if (errand.type != nullptr) py.PyErr_Restore(errand.type, errand.value, errand.trace);
    return true;
  }
  if (end == End::kDeadlock) {
    RaiseDeadlock();
  } else {
    py.PyErr_SetString(*py.PyExc_RuntimeError,
                       "this JavaScript object belonged to a worker thread that has ended");
  }
  return false;
}

}  // namespace snakepit
