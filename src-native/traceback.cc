#include "traceback.h"

#include <vector>

#include "operands.h"

namespace snakepit {

namespace {

// Of one traceback. A RecursionError has a thousand; a million would be an attack.
constexpr int kFrameLimit = 100000;
constexpr size_t kUsualItems = 32;

// Attribute names used on every exception, made once.
struct Names {
  PyObject* frame = py.PyUnicode_InternFromString("tb_frame");
  PyObject* lasti = py.PyUnicode_InternFromString("tb_lasti");
  PyObject* next = py.PyUnicode_InternFromString("tb_next");
};

const Names& Name() {
  static const Names* names = new Names();
  return *names;
}

// Appends owned references: code and lasti of each entry.
void WalkEntries(Ref entry, std::vector<PyObject*>* items) {
  const Names& name = Name();
  items->reserve(kUsualItems);
  for (int i = 0; entry && entry.get() != py._Py_NoneStruct && i < kFrameLimit; i++) {
    const Ref frame = Ref::Steal(py.PyObject_GetAttr(entry.get(), name.frame));
    Ref lasti = Ref::Steal(py.PyObject_GetAttr(entry.get(), name.lasti));
    if (!frame || !lasti) break;
    items->push_back(reinterpret_cast<PyObject*>(
        py.PyFrame_GetCode(reinterpret_cast<PyFrameObject*>(frame.get()))));
    items->push_back(lasti.Release());
    entry = Ref::Steal(py.PyObject_GetAttr(entry.get(), name.next));
  }
  py.PyErr_Clear();
}

}  // namespace

Ref DetachTraceback(Environment* environment, PyObject* exception) {
  std::vector<PyObject*> items;
  Ref entry = Ref::Steal(py.PyException_GetTraceback(exception));
  const bool any = static_cast<bool>(entry);
  if (any) WalkEntries(std::move(entry), &items);
  Ref objects = ObserveOperands(environment, exception, items);
  Ref trace = Ref::Steal(py.PyTuple_New(static_cast<Py_ssize_t>(items.size() + 2)));
  if (!trace) {
    for (PyObject* item : items) py.Py_DecRef(item);
    return nullptr;
  }
  py.PyTuple_SetItem(trace.get(), 0, Ref::Borrow(exception).Release());
  py.PyTuple_SetItem(trace.get(), 1, objects.Release());
  Py_ssize_t place = 2;
  for (PyObject* item : items) py.PyTuple_SetItem(trace.get(), place++, item);
  if (any) DropTraceback(exception);
  return trace;
}

void DropTraceback(PyObject* exception) {
  // The frames die here, with their locals: any code may run.
  py.PyException_SetTraceback(exception, py._Py_NoneStruct);
}

}  // namespace snakepit
