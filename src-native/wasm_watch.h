// Notices that WebAssembly memory moved away from under Python.
//
// memory.grow() detaches the ArrayBuffer of a wasm memory. Nearly always V8 grows in place, and
// what Python has stays shared. Where the addresses after it are taken, V8 copies to a new place:
// Python's array then keeps the bytes of that moment, and nothing else would say so. The two are
// told apart by the backing store, which knows its new length only when it grew itself.
//
// A watch is one buffer of wasm memory that Python holds. It is looked at by each native entry of
// its JS thread while there is one, and, since a detached buffer may be collected, at the start of
// each collection.
#ifndef SNAKEPIT_WASM_WATCH_H_
#define SNAKEPIT_WASM_WATCH_H_

#include "backing_store.h"

namespace snakepit {

struct Environment;
class WasmWatch;

// The watch over `buffer`, whose store is held for as long as the watch is; null for memory that is
// not WebAssembly's. On the JS thread, with the GIL.
WasmWatch* WatchWasm(Environment* environment, napi_value buffer, const StoreHold& hold);
// One hold is about to be let go. Any thread, with the GIL.
void UnwatchWasm(WasmWatch* watch);

// From V8's prologue: notes which buffers are detached. Allocates nothing.
void NoteDetachedWasm(Environment* environment);
// From an entry: tells JavaScript, once, of memory that moved. With the GIL.
void ReportStaleWasm(Environment* environment);
// The JS thread ends.
void ForgetWasm(Environment* environment);

}  // namespace snakepit

#endif  // SNAKEPIT_WASM_WATCH_H_
