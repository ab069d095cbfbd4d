// Keeps the pending Python exception while other Python code runs.
#ifndef SNAKEPIT_EXCEPTION_KEEPER_H_
#define SNAKEPIT_EXCEPTION_KEEPER_H_

#include "libpython.h"

namespace snakepit {

// Any Python code may run in a decref, and it must not see or lose the caller's exception.
class ExceptionKeeper {
 public:
  ExceptionKeeper() {
    if (py.PyErr_Occurred() != nullptr) py.PyErr_Fetch(&type_, &value_, &traceback_);
  }
  ~ExceptionKeeper() {
    if (type_ != nullptr) py.PyErr_Restore(type_, value_, traceback_);
  }
  ExceptionKeeper(const ExceptionKeeper&) = delete;
  ExceptionKeeper& operator=(const ExceptionKeeper&) = delete;

 private:
  PyObject* type_ = nullptr;
  PyObject* value_ = nullptr;
  PyObject* traceback_ = nullptr;
};

}  // namespace snakepit

#endif  // SNAKEPIT_EXCEPTION_KEEPER_H_
