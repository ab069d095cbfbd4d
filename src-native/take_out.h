// An ndarray's memory becomes visible to JavaScript.
#ifndef SNAKEPIT_TAKE_OUT_H_
#define SNAKEPIT_TAKE_OUT_H_

#include <memory>
#include <vector>

#include "tensor.h"

namespace snakepit {

// The ArrayBuffer over the array's memory, its layout in the scratch. Undefined where it cannot be
// shared: scratch::kReason says why. Null: a JS exception is pending. The GIL is held.
napi_value TakeOut(Environment* environment, PyObject* object);
// As TakeOut, of a C-contiguous copy that NumPy makes; counted under `reason`.
napi_value TakeOutCopy(Environment* environment, PyObject* object, CopyReason reason);
// Copies the array's elements in C order into memory of JavaScript's; counted as `reason`.
bool CopyInto(Environment* environment, PyObject* object, napi_value array, CopyReason reason);

// What takes part as an array: ndarrays themselves; whatever exports a buffer or speaks NumPy's
// array protocols, by numpy.asarray. Null: a JS exception is pending; or none, where the object's
// elements can only be copied and `may_copy` is false.
Ref AsNumpyArray(Environment* environment, PyObject* object, bool may_copy = true);

// The same in two halves, as with memory that is handed over. The first is any thread's, with the
// GIL: what there is to say of an array whose layout nobody else can change.
struct ArrayRecord {
  uint8_t* low = nullptr;  // of the array itself
  uint8_t* high = nullptr;
  uint8_t* window_low = nullptr;  // of the memory that it is a part of
  uint8_t* window_high = nullptr;
  double address = 0;
  int itemsize = 1;
  bool contiguous = false;
  std::vector<double> shape;
  std::vector<double> strides;  // in elements
};
// Null for what is no ndarray, or has a dtype or strides that JavaScript has not.
std::unique_ptr<ArrayRecord> RecordArray(PyObject* object);
// The other half is the JS thread's and needs no GIL. `*owned`, a reference that keeps the memory,
// is taken over where it is null afterwards. An array as fromRecord (src/tensor/record.ts)
// reads it; null: a JS exception is pending.
napi_value OpenRecord(Environment* environment, const ArrayRecord& record, PyObject** owned);

}  // namespace snakepit

#endif  // SNAKEPIT_TAKE_OUT_H_
