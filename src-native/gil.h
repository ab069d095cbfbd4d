// Who may touch Python: scoped attach and detach, and the queue of work that waits for whoever
// holds the GIL next. A finaliser never waits for the GIL; it defers.
#ifndef SNAKEPIT_GIL_H_
#define SNAKEPIT_GIL_H_

#include <atomic>

#include "libpython.h"

namespace snakepit {

// One a thread, for the thread's life: PyGILState's own thread state, kept attached or parked.
// `depth` counts the attachments of this thread that came through us.
struct ThreadGil {
  PyThreadState* state = nullptr;
  int depth = 0;
};

// The calling thread's. Its `state` is null on threads that are not JS threads.
ThreadGil* CurrentThreadGil();

// Gives the calling JS thread its thread state (once) and leaves it parked, without the GIL.
ThreadGil* AttachThread();
// The end of a worker_thread: frees its thread state, unless the process is exiting.
void DetachThread();

inline void Acquire(ThreadGil* gil) {
  if (gil->depth++ == 0) py.PyEval_RestoreThread(gil->state);
}
inline void Release(ThreadGil* gil) {
  if (--gil->depth == 0) gil->state = py.PyEval_SaveThread();
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
  GilRelease() : gil_(CurrentThreadGil()), before_(*gil_) { *gil_ = {py.PyEval_SaveThread(), 0}; }
  ~GilRelease() {
    py.PyEval_RestoreThread(gil_->state);
    *gil_ = before_;
  }
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  ThreadGil* gil_;
  ThreadGil before_;
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
