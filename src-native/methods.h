// Methods of types that cannot change: NumPy's arrays, Arrow's tables, the builtins. What `a.sum`
// is needs to be asked once a type, and a call of it needs no bound method.
#ifndef SNAKEPIT_METHODS_H_
#define SNAKEPIT_METHODS_H_

#include <cstdint>

#include "js.h"
#include "libpython.h"

namespace snakepit {

// From 1 and never given again, for a type whose attributes are found by the plain rules, cannot be
// replaced, and are hidden by no object's own; 0 for all others. The GIL is held.
uint32_t StableTypeNumber(PyTypeObject* type);

// The function of what JavaScript passed as a method's number, borrowed for good. Null for what is
// none, with a JS exception pending.
PyObject* MethodAt(Environment* environment, napi_value number);

NativeTable MethodsTable();

}  // namespace snakepit

#endif  // SNAKEPIT_METHODS_H_
