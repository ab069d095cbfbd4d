// Tensors of other libraries over JavaScript's memory, by the table of C functions that they offer
// to each other: DLPack 1.3 (https://dmlc.github.io/dlpack), of which the structures here are.
#ifndef SNAKEPIT_DLPACK_H_
#define SNAKEPIT_DLPACK_H_

#include "dtype.h"
#include "js_buffer.h"
#include "ref.h"

namespace snakepit {

// What a library makes tensors with; opaque.
struct DlpackExchange;

// Reads `capsule`, a type's `__dlpack_c_exchange_api__`. Null where it is none that we know; no
// error stays pending.
const DlpackExchange* ReadDlpackExchange(PyObject* capsule);

// A tensor on the CPU over memory that `hold` keeps, which goes with the tensor, on any thread.
// Strides are in bytes, and not negative; null: C order. Null result: Python error pending.
Ref MakeDlpackTensor(const DlpackExchange* exchange, MemoryHold hold, void* data, Dtype dtype,
                     int nd, const Py_ssize_t* shape, const Py_ssize_t* strides);

}  // namespace snakepit

#endif  // SNAKEPIT_DLPACK_H_
