// Tracebacks without their frames: a frame keeps every local of its function alive, and a caught
// error may be kept for long.
#ifndef SNAKEPIT_TRACEBACK_H_
#define SNAKEPIT_TRACEBACK_H_

#include "environment.h"
#include "ref.h"

namespace snakepit {

// The tuple (exception, objects, code, lasti, code, lasti, …), outermost first, of an exception
// that lets its traceback go here; `objects` is what ObserveOperands says while the frames are
// there. Null with MemoryError pending. The GIL is held.
Ref DetachTraceback(Environment* environment, PyObject* exception);

// Lets its traceback go, for an exception that nobody will see.
void DropTraceback(PyObject* exception);

}  // namespace snakepit

#endif  // SNAKEPIT_TRACEBACK_H_
