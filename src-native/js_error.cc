#include "js_error.h"

#include "convert.h"
#include "errors.h"
#include "js_live.h"
#include "python_object.h"

namespace snakepit {

namespace {

PyTypeObject* g_error = nullptr;
// Where our data stand: behind BaseException's, whose size no header tells.
size_t g_offset = 0;
void (*g_base_dealloc)(PyObject*) = nullptr;
newfunc g_base_new = nullptr;
// The attribute of an exception of Python's own that JavaScript made, and whether there ever was
// one.
constexpr const char* kThrownName = "_snakepit_thrown";
bool g_made_own = false;

PyTypeObject* ExceptionType() { return reinterpret_cast<PyTypeObject*>(*py.PyExc_Exception); }

void Free(PyObject* self) {
  LetGo(JsErrorData(self));
  g_base_dealloc(self);
  py.Py_DecRef(AsObject(g_error));  // the base's dealloc knows no heap type
}

// An exception's own attributes first: args, add_note, with_traceback.
PyObject* GetAttribute(PyObject* self, PyObject* name) {
  PyObject* own = py.PyObject_GenericGetAttr(self, name);
  if (own != nullptr || IsPythonName(name) ||
      py.PyErr_ExceptionMatches(*py.PyExc_AttributeError) == 0) {
    return own;
  }
  py.PyErr_Clear();
  return GetJsProperty(self, *JsErrorData(self), name);
}

bool IsExceptionType(PyObject* object) {
  const unsigned long flags = py.PyType_GetFlags(Py_TYPE(object));
  return (flags & Py_TPFLAGS_TYPE_SUBCLASS) != 0 &&
         py.PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(object),
                             reinterpret_cast<PyTypeObject*>(*py.PyExc_BaseException)) != 0;
}

bool IsException(PyObject* object) {
  return (py.PyType_GetFlags(Py_TYPE(object)) & Py_TPFLAGS_BASE_EXC_SUBCLASS) != 0;
}

// The frames of an exception that JavaScript caught were let go. Where it goes on in Python,
// stand-ins take their places: the same files, lines and names, and no locals. So do the frames of
// JavaScript that it left since.
void GiveTraceBack(Environment* environment, napi_value error, PyObject* exception) {
  const Ref traceback = Ref::Steal(py.PyException_GetTraceback(exception));
  if (traceback && traceback.get() != py._Py_NoneStruct) return;
  napi_value between = CallHook(environment, JsHook::kFramesBetween, 1, &error);
  const Ref text = between != nullptr ? TextToPython(environment, between) : nullptr;
  if (!text) return;
  napi_value id = CallHook(environment, JsHook::kTraceOf, 1, &error);
  if (id == nullptr || js::TypeOf(environment->env, id) != napi_number) return;
  HandleTable* handles = environment->handles;
  const Ref trace = Ref::Borrow(handles->OwnerOf(handles->Read(id)));
  const Ref rebuilt = trace ? CallOwn("tracebacks", "rebuild", {trace.get(), text.get()}) : nullptr;
  if (rebuilt && rebuilt.get() != py._Py_NoneStruct)
    py.PyException_SetTraceback(exception, rebuilt.get());
  py.PyErr_Clear();
}

// What was thrown is Python's own: a PythonError, or the proxy of an exception or of its class.
bool RaiseOwn(Environment* environment, napi_value thrown) {
  napi_env env = environment->env;
  const napi_valuetype type = js::TypeOf(env, thrown);
  if (type != napi_object && type != napi_function) return false;
  napi_value bridge = nullptr;
  napi_get_property(env, thrown, js::Deref(env, environment->bridge_symbol), &bridge);
  if (bridge == nullptr || js::TypeOf(env, bridge) != napi_number) {
    napi_value ignored = nullptr;  // a Proxy whose trap throws is thrown as it is
    napi_get_and_clear_last_exception(env, &ignored);
    return false;
  }
  HandleTable* handles = environment->handles;
  const Ref object = Ref::Borrow(handles->Find(handles->Read(bridge)));
  if (!object) return false;
  if (IsException(object.get())) {
    if (type == napi_object) GiveTraceBack(environment, thrown, object.get());
    py.PyErr_SetObject(AsObject(Py_TYPE(object.get())), object.get());
    return true;
  }
  if (!IsExceptionType(object.get())) return false;
  py.PyErr_SetNone(object.get());
  return true;
}

void RaiseEnding() {
  py.PyErr_SetString(*py.PyExc_RuntimeError,
                     "JavaScript could not be called: its thread is ending");
}

// Of `new errors.IndexError('x')`: Python's own IndexError, which leads back to the JavaScript
// error. Null where there is no such class, or it takes other arguments: nothing is pending then.
Ref MakeOwn(Environment* environment, napi_value name, napi_value arguments, PyObject* error) {
  if (js::TypeOf(environment->env, name) != napi_string) return nullptr;
  const Ref text = TextToPython(environment, name);
  const Ref values = text ? ToPython(environment, arguments, {"args"}) : nullptr;
  Ref made = values ? CallOwn("js", "exception", {text.get(), values.get()}) : nullptr;
  if (made && (!IsException(made.get()) ||
               py.PyObject_SetAttrString(made.get(), kThrownName, error) != 0)) {
    made = nullptr;
  }
  if (made) {
    g_made_own = true;
    const Ref cause = Ref::Steal(py.PyException_GetCause(error));
    if (cause) py.PyException_SetCause(made.get(), cause.Share().Release());
  }
  napi_value ignored = nullptr;
  if (js::ExceptionPending(environment->env)) {
    napi_get_and_clear_last_exception(environment->env, &ignored);
  }
  py.PyErr_Clear();
  return made;
}

void Raise(Environment* environment, napi_value thrown) {
  napi_env env = environment->env;
  if (RaiseOwn(environment, thrown)) return;
  // [holder, number, text, cause]
  napi_value prepared = CallHook(environment, JsHook::kPrepareThrown, 1, &thrown);
  if (prepared == nullptr) return RaiseEnding();
  // and of a Python error that was made in JavaScript: class, arguments
  napi_value parts[6] = {};
  for (uint32_t i = 0; i < 6; i++) napi_get_element(env, prepared, i, &parts[i]);
  const auto number = static_cast<uint64_t>(js::ToDouble(env, parts[1]));
  const auto kind = static_cast<JsKind>(number & ((1u << kJsKindBits) - 1));
  Ref error = PrepareJs(environment)
                  ? MakeJsError(environment, parts[0], kind, number >> kJsKindBits, parts[2])
                  : nullptr;
  if (error && js::TypeOf(env, parts[3]) != napi_undefined) {
    Ref cause = ToPython(environment, parts[3], {"cause"});
    if (cause && IsException(cause.get()) && cause.get() != error.get()) {
      py.PyException_SetCause(error.get(), cause.Release());
    }
  }
  if (!error) return;
  const Ref own = MakeOwn(environment, parts[4], parts[5], error.get());
  const Ref& raised = own ? own : error;
  py.PyErr_SetObject(AsObject(Py_TYPE(raised.get())), raised.get());
}

}  // namespace

bool InitJsError(PyTypeObject** types) {
  const Ref size =
      Ref::Steal(py.PyObject_GetAttrString(AsObject(ExceptionType()), "__basicsize__"));
  if (!size) return false;
  g_offset = static_cast<size_t>(py.PyLong_AsLong(size.get()));
  g_base_dealloc =
      reinterpret_cast<void (*)(PyObject*)>(py.PyType_GetSlot(ExceptionType(), Py_tp_dealloc));
  g_base_new = reinterpret_cast<newfunc>(py.PyType_GetSlot(ExceptionType(), Py_tp_new));
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, Slot(Free)},
      {Py_tp_getattro, Slot(GetAttribute)},
      {Py_tp_doc, const_cast<char*>("An error that JavaScript threw. Its properties are the "
                                    "JavaScript object's: name, message, stack, cause.")},
      {0, nullptr},
  };
  PyType_Spec spec = {
      "snakepit.JsError", static_cast<int>(g_offset + sizeof(JsData)), 0,
      Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE, slots};
  g_error = reinterpret_cast<PyTypeObject*>(
      py.PyType_FromSpecWithBases(&spec, AsObject(ExceptionType())));
  types[static_cast<size_t>(JsKind::kError)] = g_error;
  types[static_cast<size_t>(JsKind::kThrown)] = g_error;
  return g_error != nullptr;
}

JsData* JsErrorData(PyObject* error) {
  return reinterpret_cast<JsData*>(reinterpret_cast<char*>(error) + g_offset);
}

Ref MakeJsError(Environment* environment, napi_value value, JsKind kind, uint64_t id,
                napi_value text) {
  PyObject* known = KnownJs(environment, id);
  if (known != nullptr) return Ref::Borrow(known);
  if (text == nullptr) text = CallHook(environment, JsHook::kDescribe, 1, &value);
  const Ref message = text != nullptr ? TextToPython(environment, text) : nullptr;
  const Ref arguments = message ? Ref::Steal(py.PyTuple_New(1)) : nullptr;
  if (!arguments) return nullptr;
  py.PyTuple_SetItem(arguments.get(), 0, message.Share().Release());
  Ref error = Ref::Steal(g_base_new(g_error, arguments.get(), nullptr));
  if (!error || !Adopt(environment, error.get(), JsErrorData(error.get()), value, kind, id)) {
    return nullptr;
  }
  return error;
}

napi_value ThrownOf(Environment* environment, PyObject* exception) {
  napi_value thrown = JsValueOf(environment, exception);
  if (thrown != nullptr || !g_made_own) return thrown;
  const Ref dict = Ref::Steal(py.PyObject_GenericGetDict(exception, nullptr));
  PyObject* error = dict ? py.PyDict_GetItemString(dict.get(), kThrownName) : nullptr;
  py.PyErr_Clear();
  return error != nullptr ? JsValueOf(environment, error) : nullptr;
}

PyObject* RaiseJs(Environment* environment) {
  napi_value thrown = nullptr;
  if (js::ExceptionPending(environment->env)) {
    napi_get_and_clear_last_exception(environment->env, &thrown);
    py.PyErr_Clear();
    if (thrown != nullptr) Raise(environment, thrown);
  }
  // What went wrong on the way leaves its own trace, in one of the two.
  napi_value ignored = nullptr;
  if (js::ExceptionPending(environment->env)) {
    napi_get_and_clear_last_exception(environment->env, &ignored);
  }
  if (py.PyErr_Occurred() == nullptr) RaiseEnding();
  return nullptr;
}

}  // namespace snakepit
