// Tensors across the border, with no copy where memory allows it: hand-over (JS memory becomes an
// ndarray or memoryview) and take-out (an ndarray's memory becomes an ArrayBuffer).
//
// Layouts travel through one Float64Array a JS thread, the scratch (indices below, the same in
// src/tensor/scratch.ts): a call then needs no JS object but the buffer.
#ifndef SNAKEPIT_TENSOR_H_
#define SNAKEPIT_TENSOR_H_

#include "dlpack.h"
#include "environment.h"
#include "js_buffer.h"
#include "numpy.h"

namespace snakepit {

// What one hand-over or take-out did not do, in the order of COPY_REASONS in
// src/contract/copies.ts (a test compares). kNone: nothing was copied.
enum class CopyReason : int8_t {
  kNone = -1,
  kReadOnly,
  kStrides,
  kDtype,
  kResizable,
  kWasm,
  kEngine,
  kForeign,
  kTorchOutput,
  kInline,
};
extern const char* const kCopyReasons[];
constexpr int kCopyReasonCount = 9;

namespace scratch {
constexpr int kDtype = 0;         // row of DTYPES, -1: unsupported
constexpr int kDimensions = 1;    // number of dimensions
constexpr int kByteOffset = 2;    // of the first element, from the start of the ArrayBuffer
constexpr int kAddress = 3;       // of the first element
constexpr int kExtentOffset = 4;  // of the lowest byte, from the start of the ArrayBuffer
constexpr int kExtentBytes = 5;   // lowest to highest byte
constexpr int kElements = 6;
constexpr int kReadonly = 7;    // 1: nobody may write
constexpr int kReason = 8;      // CopyReason that stopped a take-out; -1: none
constexpr int kContiguous = 9;  // 1: C order without gaps
constexpr int kShape = 16;
constexpr int kStrides = kShape + kMaxDimensions;  // in elements
constexpr int kLength = kStrides + kMaxDimensions;
}  // namespace scratch

// Memory of JavaScript's that is held, with the layout of what Python sees of it: the first half of
// a hand-over, which needs the JS thread and not the GIL. The other half needs the GIL, and is any
// thread's.
struct HeldMemory {
  // One stretch of JS memory.
  struct Source {
    uint8_t* data = nullptr;
    size_t bytes = 0;
    size_t length = 0;  // elements, of a typed array
    napi_value buffer = nullptr;
    bool shared = false;
  };
  struct Layout {
    Dtype dtype = Dtype::kUint8;
    std::string dtype_text;  // for dtypes with a unit
    int nd = 1;
    Py_ssize_t shape[kMaxDimensions];
    Py_ssize_t strides[kMaxDimensions];  // bytes
    bool contiguous = true;
    size_t offset = 0;  // of the first element, from Source::data
    bool readonly = false;
  };
  Source source;
  Layout layout;
  MemoryHold hold;
  bool is_bytes = false;
};
// As the HandOver functions below have it. False: a JS exception is pending, and nothing is held.
bool HoldArgument(Environment* environment, napi_value array, HeldMemory* held);
bool HoldBytes(Environment* environment, napi_value bytes, HeldMemory* held);
bool HoldTensor(Environment* environment, napi_value tensor, HeldMemory* held);
bool HoldDescribed(Environment* environment, napi_value tensor, napi_value array, HeldMemory* held);
// The Python object over it, which takes the hold over, also on failure: null, with a Python error.
Ref WrapMemory(const HeldMemory& held, const DlpackExchange* exchange = nullptr);

// Any typed array as an ndarray (a memoryview where NumPy is absent), any Uint8Array, Buffer,
// DataView, ArrayBuffer or SharedArrayBuffer as a writable memoryview of format B, a Tensor as an
// ndarray of its shape: over the same memory, or over a counted copy. Null: a JS exception is
// pending (ERR_COPY_REQUIRED, ERR_DTYPE, ERR_CONVERSION). The GIL is held.
// With an exchange table, a tensor of that library instead; no strides below 0, no times then.
Ref HandOverTypedArray(Environment* environment, napi_value array,
                       const DlpackExchange* exchange = nullptr);
// As an argument of a call: bytes (Uint8Array, Buffer) as a memoryview, other arrays as ndarrays.
Ref HandOverArgument(Environment* environment, napi_value array);
Ref HandOverBytes(Environment* environment, napi_value bytes);
Ref HandOverTensor(Environment* environment, napi_value tensor,
                   const DlpackExchange* exchange = nullptr);
// The same where the TypeScript side described it already: its data, the layout in the scratch.
Ref HandOverDescribed(Environment* environment, napi_value tensor, napi_value data,
                      const DlpackExchange* exchange);

// The functions for binding.ts.
NativeTable TensorTable();

}  // namespace snakepit

#endif  // SNAKEPIT_TENSOR_H_
