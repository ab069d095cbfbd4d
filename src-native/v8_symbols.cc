#include "v8_symbols.h"

#include <dlfcn.h>

namespace snakepit {
namespace {

template <typename F>
void Find(const char* name, F* out) {
#if defined(SNAKEPIT_NO_V8_SYMBOLS)
  (void)name;
  *out = nullptr;
#else
  *out = reinterpret_cast<F>(dlsym(RTLD_DEFAULT, name));
#endif
}

V8Symbols Load() {
  V8Symbols v8;
  Find("_ZN2v87Isolate10GetCurrentEv", &v8.current_isolate);
  Find("_ZN2v811ArrayBuffer15GetBackingStoreEv", &v8.array_buffer_store);
  Find("_ZN2v817SharedArrayBuffer15GetBackingStoreEv", &v8.shared_array_buffer_store);
  Find("_ZN2v811ArrayBuffer3NewEPNS_7IsolateESt10shared_ptrINS_12BackingStoreEE",
       &v8.array_buffer_new);
  Find("_ZNK2v812BackingStore4DataEv", &v8.store_data);
  Find("_ZNK2v812BackingStore10ByteLengthEv", &v8.store_bytes);
  Find("_ZNK2v812BackingStore27IsResizableByUserJavaScriptEv", &v8.store_resizable);
  Find("_ZNK2v811ArrayBuffer12IsDetachableEv", &v8.is_detachable);
  Find("_ZNK2v85Value14IsFloat32ArrayEv", &v8.is_float32_array);
  Find("_ZN2v87Isolate21AddGCPrologueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_",
       &v8.add_gc_prologue);
  Find("_ZN2v87Isolate24RemoveGCPrologueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_",
       &v8.remove_gc_prologue);
  return v8;
}

}  // namespace

const V8Symbols& GetV8Symbols() {
  static const V8Symbols symbols = Load();
  return symbols;
}

}  // namespace snakepit
