// What a failed call worked on: shapes and dtypes, read while the operands are there, for the
// context of its error (python/snakepit/error_context.py).
#ifndef SNAKEPIT_OPERANDS_H_
#define SNAKEPIT_OPERANDS_H_

#include <vector>

#include "environment.h"
#include "ref.h"

namespace snakepit {

// Borrowed.
struct Operands {
  PyObject* const* objects = nullptr;
  size_t count = 0;
};

// What a bound method is a method of, borrowed; null for all other callables.
PyObject* ReceiverOf(PyObject* callable);

// Whether any library of arrays was imported by now: without one there is nothing to look at.
bool ArraysLoaded();

// A call of JavaScript's failed with the pending exception, which stays: if there is an array among
// its operands, they are looked at now, for they may be gone when the error is made.
void NoteOperands(Environment* environment, const Operands& operands);

// No error is made of it.
void ForgetOperands(Environment* environment, const Ref& exception);

// The fields of a caught exception's context that its operands give, None where there are none.
// Its traceback is attached; `items` are code and lasti of each entry, outermost first. Null where
// there is no memory, with nothing pending. The GIL is held.
Ref ObserveOperands(Environment* environment, PyObject* exception,
                    const std::vector<PyObject*>& items);

}  // namespace snakepit

#endif  // SNAKEPIT_OPERANDS_H_
