// Failures on their way to JavaScript: our own errors and Python's exceptions become the pending JS
// exception.
#ifndef SNAKEPIT_ERRORS_H_
#define SNAKEPIT_ERRORS_H_

#include <string>

#include "environment.h"
#include "ref.h"

namespace snakepit {

// Leaves a SnakepitError of that code pending in JS (the TypeScript side chooses the class) and
// returns null, so that a native function ends with `return ThrowSnakepit(…)`. `details` is an
// optional plain object whose keys the error takes over ({ reason: 'strides' }). Needs no GIL. An
// exception that is already pending stays.
napi_value ThrowSnakepit(Environment* environment, const char* code, const std::string& message,
                         napi_value details = nullptr);

// Turns the pending Python exception into the pending JS one, and returns null. Holds the GIL.
napi_value ThrowPython(Environment* environment);

// The pending Python exception: owned, normalised, its traceback attached, and pending no longer.
// Null when none is.
Ref TakeRaised();
// Makes it pending again.
void RaiseAgain(Ref exception);

// A failed Node-API call: leaves an exception pending, whatever Node left, and returns null.
napi_value ThrowJs(Environment* environment, napi_status status, const char* doing);

// The pending Python exception as one line for our own messages, cleared: "ValueError: …".
std::string TakePythonError();

NativeTable ErrorsTable();

}  // namespace snakepit

#endif  // SNAKEPIT_ERRORS_H_
