// Who may touch Python: scoped attach and detach, and the queue of work that waits for whoever
// holds the GIL next. A finaliser never waits for the GIL; it defers.
#ifndef SNAKEPIT_GIL_H_
#define SNAKEPIT_GIL_H_

#include <atomic>
#include <cstdint>

#include "libpython.h"

namespace snakepit {

// One a thread, for the thread's life: PyGILState's own thread state, kept attached or parked.
// `depth` counts the attachments of this thread that came through us.
struct ThreadGil {
  PyThreadState* state = nullptr;
  int depth = 0;
  // Odd while the thread is inside Python, and another number for each stretch of that. Written by
  // its own thread only.
  std::atomic<uint32_t> stretch{0};
};

// The calling thread's. Its `state` is null on threads that are not JS threads.
ThreadGil* CurrentThreadGil();

// Gives the calling JS thread its thread state (once) and leaves it parked, without the GIL.
ThreadGil* AttachThread();
// The end of a worker_thread: frees its thread state, unless the process is exiting.
void DetachThread();

inline void Acquire(ThreadGil* gil) {
  if (gil->depth++ > 0) return;
  gil->stretch.store(gil->stretch.load(std::memory_order_relaxed) | 1, std::memory_order_relaxed);
  py.PyEval_RestoreThread(gil->state);
}
inline void Release(ThreadGil* gil) {
  if (--gil->depth > 0) return;
  gil->state = py.PyEval_SaveThread();
  gil->stretch.store(gil->stretch.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// Holds the GIL in its scope, on any thread, nested or not.
class GilAcquire {
 public:
  GilAcquire();
  ~GilAcquire();
  GilAcquire(const GilAcquire&) = delete;
  GilAcquire& operator=(const GilAcquire&) = delete;

 private:
  ThreadGil* gil_;
  PyGILState_STATE foreign_ = PyGILState_UNLOCKED;
};

// Lets other threads run Python in its scope; the caller holds the GIL before and after.
class GilRelease {
 public:
  GilRelease()
      : gil_(CurrentThreadGil()),
        parked_(gil_->state),
        depth_(gil_->depth),
        stretch_(gil_->stretch.load(std::memory_order_relaxed)) {
    gil_->depth = 0;
    gil_->state = py.PyEval_SaveThread();
  }
  ~GilRelease() {
    py.PyEval_RestoreThread(gil_->state);
    gil_->state = parked_;
    gil_->depth = depth_;
    // An entry inside may have ended a stretch; ours goes on.
    gil_->stretch.store(stretch_, std::memory_order_relaxed);
  }
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  ThreadGil* gil_;
  PyThreadState* parked_;
  int depth_;
  uint32_t stretch_;
};

// Deferred work: from any thread, with or without the GIL, in order, without ever waiting for it.
// It runs at the next native entry, or within some 20 ms on a thread of its own.
void DeferDecref(PyObject* object);
void DeferWithGil(void (*run)(void*), void* data);

extern std::atomic<bool> deferred_waiting;
inline bool HasDeferred() { return deferred_waiting.load(std::memory_order_relaxed); }

// Runs what is queued. The GIL is held; none of our locks is held while it runs, because a decref
// may run any Python code. An exception that is pending stays pending.
void DrainDeferred();

// From here on nothing starts Python any more: the process is ending. Work that waits is leaked.
void CloseDeferred();
bool ProcessEnding();

}  // namespace snakepit

#endif  // SNAKEPIT_GIL_H_
