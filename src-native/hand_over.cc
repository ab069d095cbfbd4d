// JS memory becomes Python's: found out whose it is, held, wrapped.
#include <cstring>

#include "errors.h"
#include "tensor.h"
#include "tensor_state.h"
#include "v8_symbols.h"

namespace snakepit {
namespace {

using Source = HeldMemory::Source;
using Layout = HeldMemory::Layout;

// napi_typedarray_type -> dtype, in its order; float16 came last.
constexpr Dtype kByArrayType[] = {
    Dtype::kInt8,    Dtype::kUint8, Dtype::kUint8,  Dtype::kInt16,
    Dtype::kUint16,  Dtype::kInt32, Dtype::kUint32, Dtype::kFloat32,
    Dtype::kFloat64, Dtype::kInt64, Dtype::kUint64, Dtype::kFloat16,
};

Ref Fail(Environment* environment, const char* code, const std::string& message) {
  ThrowSnakepit(environment, code, message);
  return nullptr;
}

bool CopyAllowed(Environment* environment, CopyReason reason) {
  TensorState* state = StateOf(environment);
  if (!state->forbid_copies) return true;
  napi_env env = environment->env;
  const char* name = kCopyReasons[static_cast<int>(reason)];
  napi_value details;
  napi_create_object(env, &details);
  js::Set(env, details, "reason", js::Text(env, name));
  ThrowSnakepit(environment, "ERR_COPY_REQUIRED",
                std::string("this memory cannot be shared with Python without a copy (") + name +
                    "), and copy: 'forbid' is set; use py.alloc() or tensor() memory, or allow "
                    "the copy",
                details);
  return false;
}

bool HoldBlock(Environment* environment, const Source& source, MemoryHold* hold) {
  if (!Arena::Get()->Hold(source.data, source.bytes, &hold->region)) {
    Fail(environment, "ERR_DISPOSED",
         "the tensor whose memory this is was disposed of: keep the tensor as long as its data "
         "is used, or take toOwned()");
    return false;
  }
  hold->kind = MemoryHold::Kind::kArena;
  hold->block = source.data;
  return true;
}

// A window over what Python owns.
bool HoldOwned(Environment* environment, const Source& source, MemoryHold* hold) {
  Window* window = FindOwnedWindow(environment, source.data);
  if (window == nullptr) return false;
  window->memory->Use();
  hold->kind = MemoryHold::Kind::kOwned;
  hold->memory = window->memory;
  return true;
}

void HoldByReference(Environment* environment, napi_value buffer, MemoryHold* hold) {
  hold->kind = MemoryHold::Kind::kReference;
  hold->environment = environment;
  napi_create_reference(environment->env, buffer, 1, &hold->reference);
}

// A private copy in the arena (or, without one, by way of a bytearray-like JsBuffer over malloc).
bool CopySource(Environment* environment, CopyReason reason, Source* source, MemoryHold* hold) {
  if (!CopyAllowed(environment, reason)) return false;
  void* copy = Arena::Get() == nullptr ? nullptr : Arena::Get()->Allocate(source->bytes, false);
  if (copy == nullptr) {
    Fail(environment, "ERR_COPY_REQUIRED",
         "no memory for a copy of " + std::to_string(source->bytes) + " bytes");
    return false;
  }
  memcpy(copy, source->data, source->bytes);
  CountCopy(StateOf(environment), reason, static_cast<double>(source->bytes));
  source->data = static_cast<uint8_t*>(copy);
  hold->kind = MemoryHold::Kind::kArena;
  hold->block = copy;
  return true;
}

bool HoldMemory(Environment* environment, Source* source, MemoryHold* hold) {
  if (source->bytes == 0) return true;
  if (Arena::Owns(source->data)) return HoldBlock(environment, *source, hold);
  if (HoldOwned(environment, *source, hold)) return true;
  switch (HoldStore(environment->env, source->buffer, source->shared, &hold->store)) {
    case HoldResult::kHeld:
      hold->kind = MemoryHold::Kind::kStore;
      if (!source->shared) hold->watch = WatchWasm(environment, source->buffer, hold->store);
      return true;
    case HoldResult::kResizable:
      return CopySource(environment, CopyReason::kResizable, source, hold);
    case HoldResult::kUnavailable:
      break;
  }
  // A SharedArrayBuffer cannot be detached, moved or shrunk; only the end of a worker_thread
  // frees it under a reference.
  if (source->shared && StateOf(environment)->main_thread) {
    HoldByReference(environment, source->buffer, hold);
    return true;
  }
  return CopySource(environment, CopyReason::kForeign, source, hold);
}

// The array's own memory. False: it was detached, or it is no typed array.
// `bytes`: its class is Uint8Array, a Buffer's too.
bool ReadTypedArray(Environment* environment, napi_value array, Source* source, Dtype* dtype,
                    bool* bytes) {
  napi_env env = environment->env;
  const V8Symbols& v8 = GetV8Symbols();
  const bool float32 = v8.is_float32_array != nullptr && v8.is_float32_array(array);
  int type = float32 ? napi_float32_array : -1;
  auto* ask = float32 ? nullptr : reinterpret_cast<napi_typedarray_type*>(&type);
  size_t length = 0;
  void* data = nullptr;
  size_t offset = 0;
  if (napi_get_typedarray_info(env, array, ask, &length, &data, &source->buffer, &offset) !=
      napi_ok) {
    return false;
  }
  constexpr int kKnown = sizeof(kByArrayType) / sizeof(kByArrayType[0]);
  // Nodes whose Node-API does not know Float16Array leave the type as it was.
  *dtype = type >= 0 && type < kKnown ? kByArrayType[type] : Dtype::kFloat16;
  *bytes = type == napi_uint8_array;
  source->data = static_cast<uint8_t*>(data);
  source->length = length;
  source->bytes = length * static_cast<size_t>(RowOf(*dtype).itemsize);
  bool plain = false;
  napi_is_arraybuffer(env, source->buffer, &plain);
  source->shared = !plain;
  return true;
}

bool IsDetached(Environment* environment, const Source& source) {
  if (source.bytes > 0 || source.shared) return false;
  bool detached = false;
  napi_is_detached_arraybuffer(environment->env, source.buffer, &detached);
  return detached;
}

Ref Detached(Environment* environment) {
  return Fail(environment, "ERR_CONVERSION",
              "the ArrayBuffer behind this array is detached (it was transferred, or its "
              "WebAssembly memory grew): pass the array that has the memory now");
}

// Where NumPy is absent: a memoryview of the right format, cast to the shape.
Ref MakeMemoryView(const Source& source, const MemoryHold& hold, const Layout& layout) {
  const DtypeRow& row = RowOf(layout.dtype);
  const bool cast = layout.nd != 1;
  Ref buffer = MakeJsBuffer(hold, source.data, static_cast<Py_ssize_t>(source.bytes),
                            cast ? "B" : row.format, cast ? 1 : row.itemsize, layout.readonly);
  if (!buffer) return nullptr;
  Ref view = Ref::Steal(py.PyMemoryView_FromObject(buffer.get()));
  if (!view || !cast) return view;
  Ref shape = Ref::Steal(py.PyTuple_New(layout.nd));
  if (!shape) return nullptr;
  for (int i = 0; i < layout.nd; i++) {
    py.PyTuple_SetItem(shape.get(), i, py.PyLong_FromSsize_t(layout.shape[i]));
  }
  Ref name = Ref::Steal(py.PyUnicode_InternFromString("cast"));
  Ref format = Ref::Steal(py.PyUnicode_FromString(row.format));
  PyObject* arguments[] = {view.get(), format.get(), shape.get()};
  return Ref::Steal(py.PyObject_VectorcallMethod(name.get(), arguments, 3, nullptr));
}

// Null: a Python error is pending. With `exchange`, a tensor of that library's.
Ref WrapArray(const Source& source, MemoryHold hold, const Layout& layout,
              const DlpackExchange* exchange) {
  Ref result = nullptr;
  static uint8_t nothing[16];  // an empty array needs an address too
  void* data = source.bytes == 0 ? nothing : source.data + layout.offset;
  if (exchange != nullptr) {
    result = MakeDlpackTensor(exchange, hold, data, layout.dtype, layout.nd, layout.shape,
                              layout.contiguous ? nullptr : layout.strides);
  } else if (LoadNumpy()) {
    Ref base = MakeJsBuffer(hold, source.data, static_cast<Py_ssize_t>(source.bytes), "B", 1,
                            layout.readonly);
    if (base) {
      result = NewNdArray(layout.dtype, layout.dtype_text.c_str(), layout.nd, layout.shape,
                          layout.contiguous ? nullptr : layout.strides, data, layout.readonly,
                          std::move(base));
    }
  } else if (layout.contiguous) {
    result = MakeMemoryView(source, hold, layout);
  } else {
    hold.Release();
    py.PyErr_SetString(*py.PyExc_TypeError,
                       "a tensor with strides needs NumPy: add numpy to pyproject.toml and run "
                       "`npx snakepit sync`, or pass a contiguous tensor");
  }
  return result;
}

Ref WrapBytes(const Source& source, const MemoryHold& hold) {
  Ref buffer =
      MakeJsBuffer(hold, source.data, static_cast<Py_ssize_t>(source.bytes), "B", 1, false);
  return buffer ? Ref::Steal(py.PyMemoryView_FromObject(buffer.get())) : Ref();
}

// Reads what describe() left in the scratch.
bool ReadLayout(Environment* environment, napi_value tensor, const Source& source,
                const uint8_t* buffer_start, Layout* layout) {
  const double* scratch = StateOf(environment)->scratch;
  layout->dtype = static_cast<Dtype>(static_cast<int>(scratch[scratch::kDtype]));
  layout->nd = static_cast<int>(scratch[scratch::kDimensions]);
  layout->contiguous = scratch[scratch::kContiguous] != 0;
  layout->readonly = scratch[scratch::kReadonly] != 0;
  const int itemsize = RowOf(layout->dtype).itemsize;
  const auto first = static_cast<Py_ssize_t>(scratch[scratch::kByteOffset]) -
                     static_cast<Py_ssize_t>(source.data - buffer_start);
  Py_ssize_t low = first;
  Py_ssize_t high = first + itemsize;
  bool empty = false;
  for (int i = 0; i < layout->nd; i++) {
    layout->shape[i] = static_cast<Py_ssize_t>(scratch[scratch::kShape + i]);
    layout->strides[i] = static_cast<Py_ssize_t>(scratch[scratch::kStrides + i]) * itemsize;
    const Py_ssize_t reach = layout->strides[i] * (layout->shape[i] - 1);
    (reach < 0 ? low : high) += reach;
    empty = empty || layout->shape[i] == 0;
  }
  // tensor() checked this when it was made; the buffer may have shrunk or been detached since.
  if (!empty && (low < 0 || high > static_cast<Py_ssize_t>(source.bytes))) return false;
  layout->offset = static_cast<size_t>(empty ? 0 : first);
  if (HasUnit(layout->dtype)) {
    layout->dtype_text = js::ToText(environment->env, js::Get(environment->env, tensor, "dtype"));
  }
  return true;
}

}  // namespace

namespace {

bool Hold(Environment* environment, HeldMemory* held) {
  if (!IsDetached(environment, held->source)) {
    return HoldMemory(environment, &held->source, &held->hold);
  }
  Detached(environment);
  return false;
}

// A typed array's memory; as bytes where its class is Uint8Array and `bytes_as_view` says so.
bool HoldTypedArray(Environment* environment, napi_value array, bool bytes_as_view,
                    HeldMemory* held) {
  bool bytes = false;
  if (!ReadTypedArray(environment, array, &held->source, &held->layout.dtype, &bytes)) {
    Fail(environment, "ERR_CONVERSION", "this typed array cannot be read");
    return false;
  }
  held->is_bytes = bytes && bytes_as_view;
  held->layout.shape[0] = static_cast<Py_ssize_t>(held->source.length);
  return Hold(environment, held);
}

Ref Finish(Environment* environment, bool is_held, const HeldMemory& held,
           const DlpackExchange* exchange = nullptr) {
  if (!is_held) return nullptr;
  Ref result = WrapMemory(held, exchange);
  if (!result) ThrowPython(environment);
  return result;
}

}  // namespace

Ref WrapMemory(const HeldMemory& held, const DlpackExchange* exchange) {
  return held.is_bytes ? WrapBytes(held.source, held.hold)
                       : WrapArray(held.source, held.hold, held.layout, exchange);
}

bool HoldArgument(Environment* environment, napi_value array, HeldMemory* held) {
  return HoldTypedArray(environment, array, true, held);
}

bool HoldBytes(Environment* environment, napi_value bytes, HeldMemory* held) {
  napi_env env = environment->env;
  Source* source = &held->source;
  held->is_bytes = true;
  Dtype dtype;
  void* data = nullptr;
  size_t offset = 0;
  bool is = false;
  if (napi_is_typedarray(env, bytes, &is) == napi_ok && is) {
    ReadTypedArray(environment, bytes, source, &dtype, &is);
  } else if (napi_is_dataview(env, bytes, &is) == napi_ok && is) {
    napi_get_dataview_info(env, bytes, &source->bytes, &data, &source->buffer, &offset);
    source->data = static_cast<uint8_t*>(data);
    bool plain = false;
    napi_is_arraybuffer(env, source->buffer, &plain);
    source->shared = !plain;
  } else if (napi_is_arraybuffer(env, bytes, &is) == napi_ok && is) {
    napi_get_arraybuffer_info(env, bytes, &data, &source->bytes);
    source->data = static_cast<uint8_t*>(data);
    source->buffer = bytes;
  } else {
    // A bare SharedArrayBuffer: Node 20's Node-API reads it only through an array.
    napi_value global;
    napi_value view;
    napi_get_global(env, &global);
    if (napi_new_instance(env, js::Get(env, global, "Uint8Array"), 1, &bytes, &view) != napi_ok) {
      return false;
    }
    ReadTypedArray(environment, view, source, &dtype, &is);
  }
  return Hold(environment, held);
}

bool HoldTensor(Environment* environment, napi_value tensor, HeldMemory* held) {
  napi_env env = environment->env;
  napi_value undefined = js::Undefined(env);
  napi_value array = nullptr;
  if (napi_call_function(env, undefined, js::Deref(env, StateOf(environment)->describe), 1, &tensor,
                         &array) != napi_ok) {
    return false;  // describe() threw: disposed, say
  }
  return HoldDescribed(environment, tensor, array, held);
}

bool HoldDescribed(Environment* environment, napi_value tensor, napi_value array,
                   HeldMemory* held) {
  napi_env env = environment->env;
  Source* source = &held->source;
  Dtype element;
  bool bytes = false;
  if (!ReadTypedArray(environment, array, source, &element, &bytes)) {
    Fail(environment, "ERR_CONVERSION", "this tensor's data is no typed array");
    return false;
  }
  size_t offset = 0;
  napi_get_typedarray_info(env, array, nullptr, nullptr, nullptr, nullptr, &offset);
  if (!IsDetached(environment, *source) &&
      !ReadLayout(environment, tensor, *source, source->data - offset, &held->layout)) {
    Fail(environment, "ERR_CONVERSION",
         "this tensor's memory is gone (its buffer was detached or made smaller)");
    return false;
  }
  return Hold(environment, held);
}

Ref HandOverArgument(Environment* environment, napi_value array) {
  HeldMemory held;
  return Finish(environment, HoldTypedArray(environment, array, true, &held), held);
}

Ref HandOverTypedArray(Environment* environment, napi_value array, const DlpackExchange* exchange) {
  HeldMemory held;
  return Finish(environment, HoldTypedArray(environment, array, false, &held), held, exchange);
}

Ref HandOverBytes(Environment* environment, napi_value bytes) {
  HeldMemory held;
  return Finish(environment, HoldBytes(environment, bytes, &held), held);
}

Ref HandOverTensor(Environment* environment, napi_value tensor, const DlpackExchange* exchange) {
  HeldMemory held;
  return Finish(environment, HoldTensor(environment, tensor, &held), held, exchange);
}

Ref HandOverDescribed(Environment* environment, napi_value tensor, napi_value array,
                      const DlpackExchange* exchange) {
  HeldMemory held;
  return Finish(environment, HoldDescribed(environment, tensor, array, &held), held, exchange);
}

}  // namespace snakepit
