// Errands: what a Python thread needs of JavaScript, run on the JS thread while the Python thread
// waits without the GIL.
//
// They run when the event loop turns; inside a synchronous call where that call runs Python code on
// the interpreter's main thread; and where neither can be, the waiting thread gets ERR_DEADLOCK.
#ifndef SNAKEPIT_ERRANDS_H_
#define SNAKEPIT_ERRANDS_H_

#include "environment.h"

namespace snakepit {

// On the JS thread, before anything of it is given to Python.
void PrepareErrands(Environment* environment);

// Runs `run(data)` on the JS thread, with the GIL, and waits. The caller holds the GIL. Whatever
// Python exception it left is pending here afterwards; so is the reason where it was not run
// (false).
bool RunOnJsThread(Environment* environment, void (*run)(void*), void* data);

}  // namespace snakepit

#endif  // SNAKEPIT_ERRANDS_H_
