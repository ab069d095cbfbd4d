#include "gil.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "exception_keeper.h"
#include "interpreter.h"

namespace snakepit {

std::atomic<bool> deferred_waiting{false};

namespace {

struct Deferred {
  void (*run)(void*);  // null: data is a PyObject* to decref
  void* data;
};

// Never destroyed: threads may defer while the process runs its static destructors.
struct DeferredQueue {
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<Deferred> items;
  bool reaper_started = false;
};

DeferredQueue& Queue() {
  static DeferredQueue* queue = new DeferredQueue();
  return *queue;
}

std::atomic<bool> process_ending{false};

// Long enough for the next native entry to do the work for nothing, short enough that memory
// which a finaliser let go does not stay.
constexpr std::chrono::milliseconds kReaperDelay(20);

// Drains when no native entry comes. A thread of its own, because waiting for the GIL would stop
// the event loop as long as some Python thread computes.
void Reap() {
  PyThreadState* state = nullptr;
  DeferredQueue& queue = Queue();
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(queue.mutex);
      queue.wake.wait(lock, [&queue] { return !queue.items.empty(); });
    }
    std::this_thread::sleep_for(kReaperDelay);
    if (ProcessEnding()) return;
    if (!HasDeferred()) continue;
    if (state == nullptr) {
      py.PyGILState_Ensure();  // never released: the thread state is this thread's for life
    } else {
      py.PyEval_RestoreThread(state);
    }
    if (!ProcessEnding()) DrainDeferred();
    state = py.PyEval_SaveThread();
  }
}

void Defer(Deferred item) {
  DeferredQueue& queue = Queue();
  {
    std::lock_guard<std::mutex> lock(queue.mutex);
    queue.items.push_back(item);
    deferred_waiting.store(true, std::memory_order_relaxed);
    if (queue.items.size() > 1) return;
    if (!queue.reaper_started) {
      queue.reaper_started = true;
      std::thread(Reap).detach();
    }
  }
  queue.wake.notify_one();
}

}  // namespace

ThreadGil* CurrentThreadGil() {
  static thread_local ThreadGil gil;
  return &gil;
}

ThreadGil* AttachThread() {
  ThreadGil* gil = CurrentThreadGil();
  if (gil->state == nullptr) {
    // Ensure without Release: PyGILState then knows this thread state for as long as the thread
    // lives, and extension modules that call Ensure find it.
    py.PyGILState_Ensure();
    gil->state = py.PyEval_SaveThread();
  }
  return gil;
}

void DetachThread() {
  ThreadGil* gil = CurrentThreadGil();
  // The first thread's state is the interpreter's own.
  if (gil->state == nullptr || ProcessEnding() || gil->state == FirstThreadState()) return;
  py.PyEval_RestoreThread(gil->state);
  py.PyGILState_Release(PyGILState_UNLOCKED);  // the other half of AttachThread: frees the state
  gil->state = nullptr;
}

GilAcquire::GilAcquire() : gil_(CurrentThreadGil()) {
  if (gil_->state != nullptr) {
    Acquire(gil_);
  } else {
    foreign_ = py.PyGILState_Ensure();
  }
}

GilAcquire::~GilAcquire() {
  if (gil_->state != nullptr) {
    Release(gil_);
  } else {
    py.PyGILState_Release(foreign_);
  }
}

void DeferDecref(PyObject* object) {
  if (object != nullptr) Defer({nullptr, object});
}

void DeferWithGil(void (*run)(void*), void* data) { Defer({run, data}); }

void DrainDeferred() {
  const ExceptionKeeper keeper;
  std::vector<Deferred> items;
  // What runs may defer more; the bound keeps one entry's share of a ping-pong finite.
  for (int round = 0; round < 8 && HasDeferred(); round++) {
    {
      DeferredQueue& queue = Queue();
      std::lock_guard<std::mutex> lock(queue.mutex);
      items.clear();
      items.swap(queue.items);
      deferred_waiting.store(false, std::memory_order_relaxed);
    }
    for (const Deferred& item : items) {
      if (item.run != nullptr) {
        item.run(item.data);
      } else {
        py.Py_DecRef(static_cast<PyObject*>(item.data));
      }
    }
  }
}

void CloseDeferred() { process_ending.store(true); }

bool ProcessEnding() { return process_ending.load(); }

}  // namespace snakepit
