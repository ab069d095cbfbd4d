// JavaScript functions as Python callables: functions, bound methods, functions held weakly.
#ifndef SNAKEPIT_JS_FUNCTION_H_
#define SNAKEPIT_JS_FUNCTION_H_

#include "js_object.h"

namespace snakepit {

// Makes the types and enters those that HoldJs makes into `types`, by kind.
bool InitJsFunction(PyTypeObject** types);

// The last step of making one: how it is called.
void MakeCallable(PyObject* function, JsKind kind);

// A function of an object, called with that object as `this`. Python's own bound methods would
// pass it as the first argument.
Ref MakeJsMethod(PyObject* function, PyObject* self);
// Borrowed; null where the object is no such method.
PyObject* FunctionOfMethod(PyObject* object);
// Whether this is the type of such bound methods.
bool IsJsMethod(const PyTypeObject* type);

// A callable that does not keep its function. Null leaves an exception pending.
Ref MakeWeakFunction(Environment* environment, napi_value function);

}  // namespace snakepit

#endif  // SNAKEPIT_JS_FUNCTION_H_
