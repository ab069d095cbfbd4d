// Keeps the memory of an ArrayBuffer that we did not allocate alive, whatever JavaScript does to
// the buffer: transfer, detach, clone, the end of its worker_thread.
//
// A napi_ref is not enough: each of those frees the memory under it. V8's own count of the
// backing store is, and it is held here as two opaque words (findings/memory-foreign.md, 3).
#ifndef SNAKEPIT_BACKING_STORE_H_
#define SNAKEPIT_BACKING_STORE_H_

#include <cstddef>

#include "js.h"

namespace snakepit {

// One reference to a v8::BackingStore. Released exactly once by ReleaseStore.
struct StoreHold {
  void* store = nullptr;
  void* control = nullptr;
  void* data = nullptr;  // where held addresses are counted
};

enum class HoldResult {
  kHeld,
  kResizable,    // pages may vanish under a holder: copy
  kUnavailable,  // this host's V8 did not pass the self-test: copy, or move
};

// How holds are released on this host, found by the self-test at first use.
enum class HoldMode {
  kUntested,
  kOff,    // not available
  kCount,  // count down the host's control block: any thread, nanoseconds
  kNode,   // hand the words back to V8 on a JS thread
};

// `plain_node` says that the host is Node itself: others may pass a shared_ptr in registers, which
// no test survives. Before the first hold; without it none is made.
void AllowStoreHolds(bool plain_node);
// Runs the self-test at the first call of the process; needs a live environment.
HoldMode TestStoreHolds(napi_env env);
HoldMode CurrentHoldMode();

// `buffer` is an ArrayBuffer or (shared) a SharedArrayBuffer. Must run on its JS thread.
HoldResult HoldStore(napi_env env, napi_value buffer, bool shared, StoreHold* out);

// Any thread, no lock of V8's or Python's needed.
void ReleaseStore(StoreHold hold);

// Mode kCount: to know later whether anybody sees the memory of `buffer`, under whatever buffer.
// Null in the other modes. Keeps V8's control block, not the memory.
void* WatchStore(napi_env env, napi_value buffer);
// Ends the watch; true while somebody still has the memory.
bool UnwatchStore(void* watch);

// Mode kNode: hands queued stores back to V8. On a JS thread with an open handle scope, outside
// garbage collection.
void DrainStores(napi_env env);

// Node 22 only: transfer(n) with another length reallocates the memory under every holder. The
// guard in transfer-guard.ts asks here by address before it lets one through.
void CountHeldAddresses();
bool IsHeldAddress(const void* data);

}  // namespace snakepit

#endif  // SNAKEPIT_BACKING_STORE_H_
