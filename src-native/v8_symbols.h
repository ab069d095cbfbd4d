// The few functions of V8 that Node exports beside Node-API, found by name at run time. Their
// arguments are plain words: no type of V8's or of another C++ library is ever constructed,
// copied or destroyed by our code (findings/memory-foreign.md, sections 0 and 2).
#ifndef SNAKEPIT_V8_SYMBOLS_H_
#define SNAKEPIT_V8_SYMBOLS_H_

#include "js.h"

namespace snakepit {

// std::shared_ptr<v8::BackingStore> as the host compiled it: two words. The destructor that does
// nothing makes every Itanium C++ ABI return and pass it indirectly, as it does the real one.
struct OpaqueSharedPtr {
  void* store = nullptr;
  void* control = nullptr;
  OpaqueSharedPtr() = default;
  OpaqueSharedPtr(const OpaqueSharedPtr& other) : store(other.store), control(other.control) {}
  OpaqueSharedPtr& operator=(const OpaqueSharedPtr&) = default;
  ~OpaqueSharedPtr() {}  // NOLINT(modernize-use-equals-default): a trivial one changes the ABI
};

using GcCallback = void (*)(void* isolate, int type, int flags, void* data);

struct V8Symbols {
  void* (*current_isolate)() = nullptr;
  OpaqueSharedPtr (*array_buffer_store)(const void* handle) = nullptr;
  OpaqueSharedPtr (*shared_array_buffer_store)(const void* handle) = nullptr;
  // The shared_ptr by the hidden pointer that the ABI passes, so that what V8 left is readable.
  void* (*array_buffer_new)(void* isolate, OpaqueSharedPtr* store) = nullptr;
  void* (*store_data)(const void* store) = nullptr;
  size_t (*store_bytes)(const void* store) = nullptr;
  bool (*is_detachable)(const void* handle) = nullptr;
  bool (*store_resizable)(const void* store) = nullptr;
  // Node-API finds an array's class by asking for each in turn; the commonest is asked first here.
  bool (*is_float32_array)(const void* handle) = nullptr;
  void (*add_gc_prologue)(void* isolate, GcCallback callback, void* data, int types) = nullptr;
  void (*remove_gc_prologue)(void* isolate, GcCallback callback, void* data) = nullptr;

  bool CanHold() const {
    return current_isolate && array_buffer_store && shared_array_buffer_store && array_buffer_new &&
           store_data && store_bytes && store_resizable;
  }
  bool CanSeeGc() const { return current_isolate && add_gc_prologue && remove_gc_prologue; }
};

// Looked up once. Empty in a build with SNAKEPIT_NO_V8_SYMBOLS, which tests the fallbacks.
const V8Symbols& GetV8Symbols();

// v8::GCType bits that the prologue is asked for and told.
constexpr int kGcScavenge = 1 << 0;
constexpr int kGcMinorMarkSweep = 1 << 1;
constexpr int kGcAll = (1 << 5) - 1;

}  // namespace snakepit

#endif  // SNAKEPIT_V8_SYMBOLS_H_
