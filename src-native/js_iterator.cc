#include "js_iterator.h"

#include "convert.h"
#include "errors.h"
#include "exception_keeper.h"
#include "js_error.h"
#include "js_live.h"

namespace snakepit {

namespace {

struct JsIterator {
  JsValue value;
  bool owned;  // made for Python alone: nobody in JavaScript could go on with it
  bool finished;
};

const JsData& DataOf(PyObject* self) { return reinterpret_cast<JsValue*>(self)->data; }

PyObject* Itself(PyObject* self) { return Ref::Borrow(self).Release(); }

// After an answer to kAdvance or kThrowInto: the value, or StopIteration with the return value.
PyObject* Step(PyObject* self, bool asked, Ref value) {
  auto* iterator = reinterpret_cast<JsIterator*>(self);
  if (!asked) {
    iterator->finished = true;
    return nullptr;
  }
  if (value) return value.Release();
  iterator->finished = true;
  Ref last;
  if (!Ask(DataOf(self), JsHook::kEnded, {}, &last) || !last) return nullptr;
  // By a call: a tuple that is set as the value of an exception becomes its arguments.
  const Ref stop = Ref::Steal(py.PyObject_CallOneArg(*py.PyExc_StopIteration, last.get()));
  if (stop) py.PyErr_SetObject(*py.PyExc_StopIteration, stop.get());
  return nullptr;
}

PyObject* Next(PyObject* self) {
  if (reinterpret_cast<JsIterator*>(self)->finished) return nullptr;
  Ref value;
  const bool asked = Ask(DataOf(self), JsHook::kAdvance, {}, &value);
  return Step(self, asked, std::move(value));
}

// The methods raise StopIteration themselves where the slot leaves it unsaid.
PyObject* Explicit(PyObject* result) {
  if (result == nullptr && py.PyErr_Occurred() == nullptr) {
    py.PyErr_SetNone(*py.PyExc_StopIteration);
  }
  return result;
}

PyObject* Send(PyObject* self, PyObject* sent) {
  if (reinterpret_cast<JsIterator*>(self)->finished) return Explicit(nullptr);
  Ref value;
  const bool asked = Ask(DataOf(self), JsHook::kAdvance, {sent}, &value);
  return Explicit(Step(self, asked, std::move(value)));
}

PyObject* Throw(PyObject* self, PyObject* exception) {
  Ref value;
  const bool asked = Ask(DataOf(self), JsHook::kThrowInto, {exception}, &value);
  return Explicit(Step(self, asked, std::move(value)));
}

PyObject* Close(PyObject* self, PyObject*) {
  auto* iterator = reinterpret_cast<JsIterator*>(self);
  if (iterator->finished) return Itself(py._Py_NoneStruct);
  iterator->finished = true;
  return AskHook(self, JsHook::kClose).Release();
}

// A loop in Python that ends early drops its iterator, and JavaScript's `finally` must run.
void FreeIterator(PyObject* self) {
  auto* iterator = reinterpret_cast<JsIterator*>(self);
  const JsData& data = iterator->value.data;
  if (iterator->owned && !iterator->finished && data.reference != nullptr) {
    const ExceptionKeeper keeper;
    Ref ignored;
    Ask(data, JsHook::kClose, {}, &ignored);
    py.PyErr_Clear();
  }
  FreeJsValue(self);
}

// `send`, `throw` and `close` are the generator's protocol here, whatever JavaScript calls so.
PyObject* IteratorAttribute(PyObject* self, PyObject* name) {
  for (const char* own : {"send", "throw", "close"}) {
    if (py.PyUnicode_CompareWithASCIIString(name, own) == 0) {
      return py.PyObject_GenericGetAttr(self, name);
    }
  }
  if (IsPythonName(name)) return py.PyObject_GenericGetAttr(self, name);
  return GetJsProperty(self, DataOf(self), name);
}

// An iterator over what a settled promise gave; the error where it was rejected.
PyObject* Await(PyObject* self) {
  Ref value;
  if (!Ask(DataOf(self), JsHook::kSettled, {}, &value)) return nullptr;
  if (value) return CallOwn("js", "answer", {value.get()}).Release();
  if (IsElsewhere(DataOf(self))) return CallOwn("promises", "wait", {self}).Release();
  py.PyErr_SetString(*py.PyExc_RuntimeError,
                     "ERR_DEADLOCK: this promise is pending, and JavaScript cannot settle it "
                     "while Python runs on its thread: await it in JavaScript and pass its value, "
                     "or run the coroutine through py.async");
  return nullptr;
}

// __notify__(descriptor, ticket)
PyObject* Notify(PyObject* self, PyObject* arguments) {
  Ref ignored;
  const bool asked =
      Ask(DataOf(self), JsHook::kNotify,
          {py.PyTuple_GetItem(arguments, 0), py.PyTuple_GetItem(arguments, 1)}, &ignored);
  return asked ? Itself(py._Py_NoneStruct) : nullptr;
}

PyObject* AsyncIterate(PyObject* self) { return AskHook(self, JsHook::kAsyncIterator).Release(); }

PyObject* AsyncNext(PyObject* self) { return CallOwn("js", "advance", {self}).Release(); }

constexpr unsigned int kFlags = Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE;

PyTypeObject* MakeIteratorType() {
  static PyMethodDef methods[] = {
      {"send", Send, METH_O, "send(value): next(value) in JavaScript"},
      {"throw", Throw, METH_O, "throw(exception): throws it into the JavaScript generator"},
      {"close", Close, METH_NOARGS, "close(): return() in JavaScript"},
      {nullptr, nullptr, 0, nullptr},
  };
  static PyType_Slot slots[] = {
      {Py_tp_methods, methods},
      {Py_tp_dealloc, Slot(FreeIterator)},
      {Py_tp_iter, Slot(Itself)},
      {Py_tp_iternext, Slot(Next)},
      {Py_tp_getattro, Slot(IteratorAttribute)},
      {0, nullptr},
  };
  static PyType_Spec spec = {"snakepit.JsIterator", sizeof(JsIterator), 0, kFlags, slots};
  return MakeJsType(&spec);
}

PyTypeObject* MakeSimpleType(const char* name, PyType_Slot* slots) {
  PyType_Spec spec = {name, sizeof(JsValue), 0, kFlags, slots};
  return MakeJsType(&spec);
}

}  // namespace

bool InitJsIterator(PyTypeObject** types) {
  PyType_Slot iterable[] = {{Py_tp_iter, Slot(IterateJs)}, {0, nullptr}};
  static PyMethodDef promise_methods[] = {
      {"__notify__", Notify, METH_VARARGS, nullptr},
      {nullptr, nullptr, 0, nullptr},
  };
  PyType_Slot promise[] = {
      {Py_tp_methods, promise_methods}, {Py_am_await, Slot(Await)}, {0, nullptr}};
  PyType_Slot asynchronous[] = {
      {Py_am_aiter, Slot(AsyncIterate)}, {Py_am_anext, Slot(AsyncNext)}, {0, nullptr}};
  const auto enter = [types](JsKind kind, PyTypeObject* type) {
    types[static_cast<size_t>(kind)] = type;
    return type != nullptr;
  };
  return enter(JsKind::kIterator, MakeIteratorType()) &&
         enter(JsKind::kIterable, MakeSimpleType("snakepit.JsIterable", iterable)) &&
         enter(JsKind::kPromise, MakeSimpleType("snakepit.JsPromise", promise)) &&
         enter(JsKind::kAsyncIterable, MakeSimpleType("snakepit.JsAsyncIterable", asynchronous));
}

PyObject* IterateJs(PyObject* self) {
  Ref iterator = AskHook(self, JsHook::kIterator);
  if (iterator && iterator.get() != self &&
      Py_TYPE(iterator.get()) == JsTypeOf(JsKind::kIterator)) {
    reinterpret_cast<JsIterator*>(iterator.get())->owned = true;
  }
  return iterator.Release();
}

}  // namespace snakepit
