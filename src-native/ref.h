// Ref owns a Python reference; a bare PyObject* borrows one. The two never mix silently.
#ifndef SNAKEPIT_REF_H_
#define SNAKEPIT_REF_H_

#include "libpython.h"

namespace snakepit {

// Make, copy and drop one only while the thread holds the GIL.
class Ref {
 public:
  constexpr Ref() = default;
  constexpr Ref(std::nullptr_t) {}  // NOLINT: `return nullptr` reads as "failed"

  // Takes over the caller's reference (what "new reference" in CPython's manual gives).
  static Ref Steal(PyObject* object) { return Ref(object); }
  // Adds a reference of its own.
  static Ref Borrow(PyObject* object) {
    if (object != nullptr) py.Py_IncRef(object);
    return Ref(object);
  }

  Ref(Ref&& other) noexcept : object_(other.Release()) {}
  Ref& operator=(Ref&& other) noexcept {
    if (this != &other) {
      PyObject* old = object_;
      object_ = other.Release();
      if (old != nullptr) py.Py_DecRef(old);
    }
    return *this;
  }
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  ~Ref() {
    if (object_ != nullptr) py.Py_DecRef(object_);
  }

  PyObject* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  Ref Share() const { return Borrow(object_); }
  // Gives the reference away to an API that steals it.
  PyObject* Release() {
    PyObject* object = object_;
    object_ = nullptr;
    return object;
  }

 private:
  explicit constexpr Ref(PyObject* object) : object_(object) {}
  PyObject* object_ = nullptr;
};

}  // namespace snakepit

#endif  // SNAKEPIT_REF_H_
