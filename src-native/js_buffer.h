// JsBuffer: the Python object that stands for memory which JavaScript handed over. It is the base
// of the ndarray and the exporter behind the memoryview; when Python drops it, the hold is let go
// on whatever thread that happens, with nothing but a count or a queue.
#ifndef SNAKEPIT_JS_BUFFER_H_
#define SNAKEPIT_JS_BUFFER_H_

#include "backing_store.h"
#include "ref.h"
#include "wasm_watch.h"
#include "window.h"

namespace snakepit {

// Keeps one stretch of memory alive. Exactly one of the kinds; moved into the JsBuffer.
struct MemoryHold {
  enum class Kind { kNothing, kArena, kOwned, kStore, kReference };
  Kind kind = Kind::kNothing;
  const void* block = nullptr;         // kArena: an address in the block, or
  ArenaRegion* region = nullptr;       // all that one window shows
  OwnedMemory* memory = nullptr;       // kOwned: one user
  StoreHold store;                     // kStore
  WasmWatch* watch = nullptr;          // kStore, of wasm memory
  Environment* environment = nullptr;  // kReference: whose thread deletes it
  napi_ref reference = nullptr;        // kReference: a strong one

  void Release();
};

// Makes the type; once, with the GIL held, after Python started. False leaves the error pending.
bool InitJsBuffer();

// A new JsBuffer over [data, data+bytes). Takes the hold over, also on failure (null, Python error
// pending). `format` is a struct format of one item ("B", "f"); it must outlive the process.
Ref MakeJsBuffer(MemoryHold hold, void* data, Py_ssize_t bytes, const char* format,
                 Py_ssize_t itemsize, bool readonly);

}  // namespace snakepit

#endif  // SNAKEPIT_JS_BUFFER_H_
