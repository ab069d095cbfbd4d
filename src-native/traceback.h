// Tracebacks without their frames: a frame keeps every local of its function alive, and a caught
// error may be kept for long.
#ifndef SNAKEPIT_TRACEBACK_H_
#define SNAKEPIT_TRACEBACK_H_

#include "ref.h"

namespace snakepit {

// The tuple (exception, code, lasti, code, lasti, …), outermost first, of an exception that lets
// its traceback go here. Null with MemoryError pending. The GIL is held.
Ref DetachTraceback(PyObject* exception);

}  // namespace snakepit

#endif  // SNAKEPIT_TRACEBACK_H_
