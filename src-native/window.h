// Windows: the ArrayBuffers through which JavaScript sees memory that is Python's or the arena's.
//
// Detaching a buffer cannot be refused on every Node, so it has to be harmless: transfer() or a
// byte stream moves the memory to a new ArrayBuffer, the old one dies at the next collection, and
// a weak reference alone would say "nobody sees it". Therefore each collection begins by looking
// which windows are detached (they wait for Node's finaliser, rule c), and only a window that was
// attached then and is dead afterwards is closed by the sweep (rule b).
//
// A window belongs to one JS thread; everything here runs there, but for OwnedMemory's count.
#ifndef SNAKEPIT_WINDOW_H_
#define SNAKEPIT_WINDOW_H_

#include <atomic>
#include <map>
#include <unordered_map>
#include <vector>

#include "arena.h"
#include "environment.h"
#include "libpython.h"
#include "young_collection.h"

namespace snakepit {

// References that die on another thread than their own, or where no JS value may be touched:
// queued here, deleted at the next native entry of their JS thread.
void DeferReference(Environment* environment, napi_ref reference);
void DrainReferences(Environment* environment);

// Memory outside the arena that somebody else owns (a Python object, or a private ArrayBuffer that
// was taken over), shared by windows and by Python objects that were made over it again. The last
// one out lets go of the owner, without the GIL.
struct OwnedMemory {
  PyObject* owner = nullptr;           // owned; or
  Environment* environment = nullptr;  // whose reference this is
  napi_ref reference = nullptr;        // strong
  std::atomic<int> users{1};

  void Use() { users.fetch_add(1, std::memory_order_relaxed); }
  void Drop() {
    if (users.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (owner != nullptr) DeferDecref(owner);
    if (reference != nullptr) DeferReference(environment, reference);
    delete this;
  }
};

struct Window {
  Environment* environment = nullptr;
  napi_ref buffer = nullptr;  // weak
  uint8_t* data = nullptr;
  size_t bytes = 0;
  ArenaRegion* region = nullptr;  // either this
  OwnedMemory* memory = nullptr;  // or this
  size_t index = 0;               // in WindowTable::open
  int exposures = 0;              // memory of other owners: take-outs not disposed of
  void* watch = nullptr;          // of a worker_thread's: WatchStore
  bool detached = false;          // seen so once: only the finaliser closes it
  bool closed = false;
};

struct WindowTable {
  std::vector<Window*> open;
  std::unordered_map<ArenaRegion*, Window*> by_region;
  // Memory of other owners by address: the first byte after a window -> the window.
  std::multimap<const uint8_t*, Window*> by_end;
  size_t largest = 0;  // bytes of the largest window ever in by_end: bounds a search
  size_t detached = 0;
  size_t bytes = 0;  // of all open windows
  // Where V8 hides its prologue: an object made after the last sweep; dead means a GC ran.
  napi_ref canary = nullptr;
  YoungCollection young;
  bool in_worker = false;
  // Whether rule (b) is available: the prologue callback is installed.
  bool sees_gc = false;
};

// Without V8's prologue only finalisers free windows, and they wait for the event loop: a
// synchronous loop may hold this much, then the caller makes do with V8's own memory. In a
// worker_thread nobody could tell at its end what was moved to other threads: nothing is shared.
constexpr size_t kUnseenBudget = 256u << 20;
inline bool OverUnseenBudget(const Environment* environment, size_t bytes) {
  const WindowTable* table = environment->windows;
  if (table->sees_gc) return false;
  return table->in_worker || table->bytes + bytes > kUnseenBudget;
}

// The table of this JS thread, made where there is none yet: windows need no Python.
WindowTable* EnsureWindowTable(Environment* environment);
void CloseWindowTable(Environment* environment);

// Closes what is dead. Takes no GIL, calls no Python.
void SweepWindows(Environment* environment, bool full);
// Did a collection run since the last sweep? Cheap; asked at every entry.
bool GcHappened(Environment* environment);

// The ArrayBuffer over an arena block or over Python's memory [data, data+bytes): the cached one
// while it lives and is attached, else a new one. Answers what Node did:
// anything but napi_ok means that this engine makes no such buffer, and the caller copies.
struct BufferView {
  napi_value buffer = nullptr;
  uint8_t* start = nullptr;  // the address of the buffer's first byte
  bool opened = false;       // a new one was made
};
napi_status OpenArenaWindow(Environment* environment, const void* block, BufferView* out);
// Without the GIL: a reference of the caller's, taken over where it is null afterwards.
napi_status OpenGivenWindow(Environment* environment, PyObject** owned, uint8_t* data, size_t bytes,
                            BufferView* out);
napi_status OpenPythonWindow(Environment* environment, PyObject* owner, uint8_t* data, size_t bytes,
                             BufferView* out);
// As above over a private ArrayBuffer's memory, which nobody else can detach.
napi_status OpenAdoptedWindow(Environment* environment, napi_value owner, uint8_t* data,
                              size_t bytes, BufferView* out);

// One take-out over a window of another owner's memory was disposed of. After the last one the
// buffer is detached, so that no view shows memory which is gone, and the owner let go at once.
void DisposeOwnedWindow(Environment* environment, napi_value buffer);

// The window over memory of another owner that `data` lies in; null when there is none.
Window* FindOwnedWindow(Environment* environment, const void* data);

}  // namespace snakepit

#endif  // SNAKEPIT_WINDOW_H_
