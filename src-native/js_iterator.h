// JavaScript's iterators and promises by Python's protocols.
#ifndef SNAKEPIT_JS_ITERATOR_H_
#define SNAKEPIT_JS_ITERATOR_H_

#include "js_object.h"

namespace snakepit {

bool InitJsIterator(PyTypeObject** types);

// tp_iter of what has Symbol.iterator: an iterator that is closed when Python drops it.
PyObject* IterateJs(PyObject* self);

}  // namespace snakepit

#endif  // SNAKEPIT_JS_ITERATOR_H_
