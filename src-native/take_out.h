// An ndarray's memory becomes visible to JavaScript.
#ifndef SNAKEPIT_TAKE_OUT_H_
#define SNAKEPIT_TAKE_OUT_H_

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

}  // namespace snakepit

#endif  // SNAKEPIT_TAKE_OUT_H_
