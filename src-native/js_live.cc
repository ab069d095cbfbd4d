#include "js_live.h"

#include <cstddef>
#include <cstring>

#include "convert.h"
#include "errands.h"
#include "errors.h"
#include "interpreter.h"
#include "js_error.h"
#include "js_function.h"
#include "js_iterator.h"

namespace snakepit {

namespace {

PyTypeObject* g_base = nullptr;

const JsData& DataOf(PyObject* self) { return reinterpret_cast<JsValue*>(self)->data; }

PyObject* GetAttribute(PyObject* self, PyObject* name) {
  if (IsPythonName(name)) return py.PyObject_GenericGetAttr(self, name);
  return GetJsProperty(self, DataOf(self), name);
}

int SetAttribute(PyObject* self, PyObject* name, PyObject* value) {
  if (IsPythonName(name)) return py.PyObject_GenericSetAttr(self, name, value);
  return SetJsProperty(DataOf(self), name, value);
}

int VisitValue(PyObject* self, visitproc visit, void* data) {
  PyObject* dict = reinterpret_cast<JsValue*>(self)->dict;
  return dict == nullptr ? 0 : visit(dict, data);
}

int ClearValue(PyObject* self) {
  auto* value = reinterpret_cast<JsValue*>(self);
  const Ref dropped = Ref::Steal(value->dict);
  value->dict = nullptr;
  return 0;
}

// A text for people must not fail where JavaScript cannot be asked, on another thread say.
PyObject* Represent(PyObject* self) {
  Ref text;
  if (Ask(DataOf(self), JsHook::kRepresent, {}, &text) && text) return text.Release();
  py.PyErr_Clear();
  return py.PyUnicode_FromString("<JavaScript object>");
}

PyObject* Text(PyObject* self) {
  Ref text;
  if (!Ask(DataOf(self), JsHook::kText, {}, &text)) return nullptr;
  return text ? text.Release() : Represent(self);
}

PyObject* Names(PyObject* self, PyObject*) { return AskHook(self, JsHook::kNames).Release(); }

// KeyError, or IndexError where an array was asked for a number.
PyObject* RaiseMissing(PyObject* self, PyObject* key) {
  if (DataOf(self).kind == JsKind::kSequence) {
    py.PyErr_SetString(*py.PyExc_IndexError, "index out of range of this JavaScript array");
  } else {
    py.PyErr_SetObject(*py.PyExc_KeyError, key);
  }
  return nullptr;
}

PyObject* GetItem(PyObject* self, PyObject* key) {
  if (Py_TYPE(key) == py.PySlice_Type) return CallOwn("js", "items", {self, key}).Release();
  Ref item;
  if (!Ask(DataOf(self), JsHook::kItem, {key}, &item)) return nullptr;
  return item ? item.Release() : RaiseMissing(self, key);
}

// A null value deletes.
int SetItem(PyObject* self, PyObject* key, PyObject* value) {
  Ref answer;
  const bool asked = value != nullptr ? Ask(DataOf(self), JsHook::kSetItem, {key, value}, &answer)
                                      : Ask(DataOf(self), JsHook::kDeleteItem, {key}, &answer);
  if (asked && !answer) RaiseMissing(self, key);
  return answer ? 0 : -1;
}

int Contains(PyObject* self, PyObject* key) {
  Ref answer;
  if (!Ask(DataOf(self), JsHook::kContains, {key}, &answer)) return -1;
  return py.PyObject_IsTrue(answer.get());
}

Py_ssize_t Length(PyObject* self) {
  const Ref length = AskHook(self, JsHook::kLength);
  return length ? py.PyLong_AsSsize_t(length.get()) : -1;
}

PyObject* ItemAt(PyObject* self, Py_ssize_t index) {
  const Ref key = Ref::Steal(py.PyLong_FromSsize_t(index));
  return key ? GetItem(self, key.get()) : nullptr;
}

PyTypeObject* MakeBaseType() {
  static PyMemberDef members[] = {
      {"__dictoffset__", Py_T_PYSSIZET, offsetof(JsValue, dict), Py_READONLY, nullptr},
      {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(JsValue, weak_references), Py_READONLY,
       nullptr},
      {nullptr, 0, 0, 0, nullptr},
  };
  static PyGetSetDef attributes[] = {
      {"__dict__", py.PyObject_GenericGetDict, py.PyObject_GenericSetDict, nullptr, nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr},
  };
  static PyMethodDef methods[] = {
      {"__dir__", Names, METH_NOARGS, nullptr},
      {nullptr, nullptr, 0, nullptr},
  };
  static PyType_Slot slots[] = {
      {Py_tp_members, members},
      {Py_tp_getset, attributes},
      {Py_tp_methods, methods},
      {Py_tp_dealloc, Slot(FreeJsValue)},
      {Py_tp_traverse, Slot(VisitValue)},
      {Py_tp_clear, Slot(ClearValue)},
      {Py_tp_getattro, Slot(GetAttribute)},
      {Py_tp_setattro, Slot(SetAttribute)},
      {Py_tp_repr, Slot(Represent)},
      {Py_tp_str, Slot(Text)},
      {0, nullptr},
  };
  static PyType_Spec spec = {"snakepit.JsValue", sizeof(JsValue), 0,
                             Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE |
                                 Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
                             slots};
  return reinterpret_cast<PyTypeObject*>(py.PyType_FromSpec(&spec));
}

// An instance of a class, a collection, a sequence: each has what the one before has.
PyTypeObject* MakeItemsType(const char* name, JsKind kind) {
  const bool sized = kind != JsKind::kObject;
  PyType_Slot slots[] = {
      {Py_mp_subscript, Slot(GetItem)}, {Py_mp_ass_subscript, Slot(SetItem)},
      {Py_sq_contains, Slot(Contains)}, {sized ? Py_mp_length : 0, Slot(Length)},
      {Py_tp_iter, Slot(IterateJs)},    {kind == JsKind::kSequence ? Py_sq_item : 0, Slot(ItemAt)},
      {Py_sq_length, Slot(Length)},     {0, nullptr},
  };
  PyType_Spec spec = {name, sizeof(JsValue), 0,
                      Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE, slots};
  return MakeJsType(&spec);
}

}  // namespace

bool InitJsLive(PyTypeObject** types) {
  g_base = MakeBaseType();
  if (g_base == nullptr) return false;
  const struct {
    JsKind kind;
    const char* name;
  } kRows[] = {{JsKind::kObject, "snakepit.JsObject"},
               {JsKind::kCollection, "snakepit.JsCollection"},
               {JsKind::kSequence, "snakepit.JsSequence"}};
  for (const auto& row : kRows) {
    PyTypeObject* type = MakeItemsType(row.name, row.kind);
    if (type == nullptr) return false;
    types[static_cast<size_t>(row.kind)] = type;
  }
  return true;
}

PyTypeObject* MakeJsType(PyType_Spec* spec) {
  return reinterpret_cast<PyTypeObject*>(py.PyType_FromSpecWithBases(spec, AsObject(g_base)));
}

void FreeJsValue(PyObject* self) {
  auto* value = reinterpret_cast<JsValue*>(self);
  PyTypeObject* type = Py_TYPE(self);
  py.PyObject_GC_UnTrack(self);
  LetGo(&value->data);
  if (value->weak_references != nullptr) py.PyObject_ClearWeakRefs(self);
  ClearValue(self);
  py.PyObject_GC_Del(self);
  py.Py_DecRef(AsObject(type));
}

namespace {

// What Ask was given, for the thread that can ask.
struct Question {
  const JsData& data;
  JsHook hook;
  std::initializer_list<PyObject*> arguments;
  Ref* answer;
  bool asked = false;
};

void AskThere(void* data) {
  auto* question = static_cast<Question*>(data);
  question->asked = Ask(question->data, question->hook, question->arguments, question->answer);
}

}  // namespace

bool Ask(const JsData& data, JsHook hook, std::initializer_list<PyObject*> arguments, Ref* answer) {
  if (IsElsewhere(data)) {
    Question question = {data, hook, arguments, answer};
    return RunOnJsThread(data.environment, AskThere, &question) && question.asked;
  }
  if (!CanEnter(data)) return false;
  Environment* environment = data.environment;
  const JsEntry entry(data);
  napi_value values[4] = {js::Deref(environment->env, data.reference)};
  size_t count = 1;
  bool ready = values[0] != nullptr;
  for (PyObject* argument : arguments) {
    values[count] = ready ? ToJs(environment, argument) : nullptr;
    ready = ready && values[count++] != nullptr;
  }
  napi_value result = ready ? CallHook(environment, hook, count, values) : nullptr;
  if (result == nullptr) {
    RaiseJs(environment);
    return false;
  }
  if (IsMissing(environment, result)) return true;
  *answer = ToPython(environment, result, {"result"});
  if (!*answer) RaiseJs(environment);
  return static_cast<bool>(*answer);
}

Ref AskHook(PyObject* self, JsHook hook) {
  Ref answer;
  if (Ask(DataOf(self), hook, {}, &answer) && !answer) return Ref::Borrow(py._Py_NoneStruct);
  return answer;
}

Ref CallOwn(const char* module, const char* function, std::initializer_list<PyObject*> arguments) {
  const Ref own = ImportOwn(module);
  const Ref callable = own ? Ref::Steal(py.PyObject_GetAttrString(own.get(), function)) : nullptr;
  if (!callable) return nullptr;
  return Ref::Steal(
      py.PyObject_Vectorcall(callable.get(), arguments.begin(), arguments.size(), nullptr));
}

bool IsPythonName(PyObject* name) {
  Py_ssize_t length = 0;
  const char* text = py.PyUnicode_AsUTF8AndSize(name, &length);
  if (text == nullptr) {
    py.PyErr_Clear();  // lone surrogates: a property can be called so
    return false;
  }
  return length > 4 && std::memcmp(text, "__", 2) == 0 &&
         std::memcmp(text + length - 2, "__", 2) == 0;
}

PyObject* GetJsProperty(PyObject* self, const JsData& data, PyObject* name) {
  Ref value;
  if (!Ask(data, JsHook::kAttribute, {name}, &value)) return nullptr;
  if (!value) {
    return py.PyErr_Format(*py.PyExc_AttributeError, "this JavaScript object has no property '%U'",
                           name);
  }
  const JsData* function = JsDataOf(value.get());
  if (function == nullptr || function->kind != JsKind::kFunction) return value.Release();
  return MakeJsMethod(value.get(), self).Release();
}

int SetJsProperty(const JsData& data, PyObject* name, PyObject* value) {
  Ref answer;
  if (value != nullptr) return Ask(data, JsHook::kSetAttribute, {name, value}, &answer) ? 0 : -1;
  if (!Ask(data, JsHook::kDeleteAttribute, {name}, &answer)) return -1;
  if (answer) return 0;
  py.PyErr_Format(*py.PyExc_AttributeError, "this JavaScript object has no property '%U'", name);
  return -1;
}

}  // namespace snakepit
