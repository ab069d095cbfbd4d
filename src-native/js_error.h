// Errors across the border, the same object on either side: what JavaScript throws is a JsError in
// Python, and what was Python's exception before is that exception again.
#ifndef SNAKEPIT_JS_ERROR_H_
#define SNAKEPIT_JS_ERROR_H_

#include "js_object.h"

namespace snakepit {

bool InitJsError(PyTypeObject** types);
JsData* JsErrorData(PyObject* error);

// The exception that stands for an Error, or for the box of what else was thrown. `text` is what
// str() gives; null: it is asked for. Null leaves an exception pending, in JS or in Python.
Ref MakeJsError(Environment* environment, napi_value value, JsKind kind, uint64_t id,
                napi_value text);

// What JavaScript threw where this exception began; null for Python's own. No error is pending.
napi_value ThrownOf(Environment* environment, PyObject* exception);

// Turns the pending JS exception into the pending Python one, and returns null. Holds the GIL.
PyObject* RaiseJs(Environment* environment);

}  // namespace snakepit

#endif  // SNAKEPIT_JS_ERROR_H_
