// Live JavaScript objects in Python: attributes, items, length and text, asked of JavaScript each
// time.
#ifndef SNAKEPIT_JS_LIVE_H_
#define SNAKEPIT_JS_LIVE_H_

#include <initializer_list>

#include "js_object.h"

namespace snakepit {

// Makes the types and enters them into `types`, by kind.
bool InitJsLive(PyTypeObject** types);

// A type over JsValue with its collection of cycles (so no GC flag in `spec`), attributes, weak
// references and lifetime. Null leaves the error pending.
PyTypeObject* MakeJsType(PyType_Spec* spec);
// The end of every object of such a type.
void FreeJsValue(PyObject* self);

// One question to the TypeScript side about `data`'s object, with its arguments and answer
// converted. False leaves the Python error pending; a null `answer` says that there is no such
// thing.
bool Ask(const JsData& data, JsHook hook, std::initializer_list<PyObject*> arguments, Ref* answer);
// The same of an object that begins with JsValue, for questions that have an answer.
Ref AskHook(PyObject* self, JsHook hook);

// A function of our own Python package: python/snakepit/<module>.py.
Ref CallOwn(const char* module, const char* function, std::initializer_list<PyObject*> arguments);

// Attributes, for types whose layout is another. Names between double underscores belong to
// Python, all others are properties.
bool IsPythonName(PyObject* name);
PyObject* GetJsProperty(PyObject* self, const JsData& data, PyObject* name);
int SetJsProperty(const JsData& data, PyObject* name, PyObject* value);

template <typename F>
void* Slot(F function) {
  return reinterpret_cast<void*>(function);
}

}  // namespace snakepit

#endif  // SNAKEPIT_JS_LIVE_H_
