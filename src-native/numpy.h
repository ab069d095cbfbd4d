// NumPy's own C interface, read from its capsule once NumPy is loaded: making an ndarray over
// memory, reading one's fields, and putting our allocator behind NumPy's (NEP 49).
#ifndef SNAKEPIT_NUMPY_H_
#define SNAKEPIT_NUMPY_H_

#include "dtype.h"
#include "ref.h"

namespace snakepit {

// NumPy's PyArrayObject_fields, the same from 1.22 to 2.x; its head is 16 bytes (libpython.h).
struct NdArray {
  PyObjectHead head;
  char* data;
  int nd;
  Py_ssize_t* dimensions;
  Py_ssize_t* strides;  // bytes
  PyObject* base;
  PyObject* descr;
  int flags;
};

constexpr int kNpyCContiguous = 0x0001;
constexpr int kNpyOwnData = 0x0004;
constexpr int kNpyAligned = 0x0100;
constexpr int kNpyWriteable = 0x0400;
constexpr int kMaxDimensions = 64;  // NumPy 2; 32 before

// Imports NumPy unless it is there and reads its table. False where NumPy cannot be imported (no
// Python error stays pending then) or is older than 1.22. The GIL is held.
bool LoadNumpy();
// Has the table been read? (Someone may have imported NumPy without us: NoticeNumpy reads it.)
bool NumpyLoaded();
// If NumPy is in sys.modules and its table was not read: reads it. Called after imports.
void NoticeNumpy();

bool IsNdArray(const PyObject* object);
inline const NdArray* AsNdArray(const PyObject* object) {
  return reinterpret_cast<const NdArray*>(object);
}
bool IsExactNdArray(const PyObject* object);
// A numeric, bool or other scalar of NumPy's (numpy.generic).
bool IsNumpyScalar(const PyObject* object);
// Bytes that only this ndarray keeps alive; 0 for views and everything else.
int64_t HeldBytes(const PyObject* object);

// The dtype of an ndarray; kUnsupported for object, str, void, big-endian, longdouble.
Dtype DtypeOf(const NdArray* array);
// "datetime64[ns]", "object", ">f4": for messages and for types with a unit. Null: error pending.
Ref DtypeText(const NdArray* array);

// A new ndarray over memory that `base` keeps alive (its reference is taken over). Strides are in
// bytes; null: C order. Null result: Python error pending.
Ref NewNdArray(Dtype dtype, const char* dtype_text, int nd, const Py_ssize_t* dimensions,
               const Py_ssize_t* strides, void* data, bool readonly, Ref base);

}  // namespace snakepit

#endif  // SNAKEPIT_NUMPY_H_
