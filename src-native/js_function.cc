#include "js_function.h"

#include <cstddef>
#include <vector>

#include "convert.h"
#include "errands.h"
#include "errors.h"
#include "js_error.h"
#include "js_live.h"

namespace snakepit {

namespace {

constexpr size_t kInline = 8;

struct JsFunction {
  JsValue value;
  vectorcallfunc vectorcall;
};

struct JsMethod {
  PyObjectHead head;
  vectorcallfunc vectorcall;
  PyObject* function;  // a JsFunction
  PyObject* self;      // whatever carries JsData
};

PyTypeObject* g_method = nullptr;
PyTypeObject* g_weak = nullptr;

const JsData& FunctionData(PyObject* function) {
  return reinterpret_cast<JsFunction*>(function)->value.data;
}

// Keywords become one branded object, as `kw()` makes it.
napi_value KeywordsToJs(Environment* environment, PyObject* const* values, PyObject* names) {
  napi_env env = environment->env;
  const Py_ssize_t count = py.PyTuple_Size(names);
  napi_value parts[2] = {};
  for (napi_value& part : parts)
    napi_create_array_with_length(env, static_cast<size_t>(count), &part);
  for (Py_ssize_t i = 0; i < count; i++) {
    const auto index = static_cast<uint32_t>(i);
    napi_value name = TextToJs(environment, py.PyTuple_GetItem(names, i));
    napi_value value = name != nullptr ? ToJs(environment, values[i]) : nullptr;
    if (value == nullptr) return nullptr;
    napi_set_element(env, parts[0], index, name);
    napi_set_element(env, parts[1], index, value);
  }
  return CallHook(environment, JsHook::kKeywords, 2, parts);
}

// The converted arguments of one call.
class JsArguments {
 public:
  // False: a JS exception is pending.
  bool Fill(Environment* environment, PyObject* const* arguments, size_t positional,
            PyObject* names) {
    count_ = positional + (names != nullptr && py.PyTuple_Size(names) > 0 ? 1 : 0);
    if (count_ > kInline) heap_.resize(count_);
    napi_value* values = heap_.empty() ? inline_ : heap_.data();
    for (size_t i = 0; i < positional; i++) {
      values[i] = ToJs(environment, arguments[i]);
      if (values[i] == nullptr) return false;
    }
    if (count_ == positional) return true;
    values[positional] = KeywordsToJs(environment, arguments + positional, names);
    return values[positional] != nullptr;
  }
  size_t count() const { return count_; }
  const napi_value* values() const { return heap_.empty() ? inline_ : heap_.data(); }

 private:
  napi_value inline_[kInline];
  std::vector<napi_value> heap_;
  size_t count_ = 0;
};

PyObject* Invoke(const JsData& function, const JsData* self, PyObject* const* arguments,
                 size_t positional, PyObject* names);

// A call, for the thread that can make it.
struct Invocation {
  const JsData& function;
  const JsData* self;
  PyObject* const* arguments;
  size_t positional;
  PyObject* names;
  PyObject* result = nullptr;
};

void InvokeThere(void* data) {
  auto* call = static_cast<Invocation*>(data);
  call->result = Invoke(call->function, call->self, call->arguments, call->positional, call->names);
}

// One call from Python into JavaScript. `self` is null for a plain function.
PyObject* Invoke(const JsData& function, const JsData* self, PyObject* const* arguments,
                 size_t positional, PyObject* names) {
  if (IsElsewhere(function)) {
    Invocation call = {function, self, arguments, positional, names};
    RunOnJsThread(function.environment, InvokeThere, &call);
    return call.result;
  }
  if (!CanEnter(function)) return nullptr;
  Environment* environment = function.environment;
  napi_env env = environment->env;
  const JsEntry entry(function);
  napi_value target = js::Deref(env, function.reference);
  if (target == nullptr) {
    py.PyErr_SetString(*py.PyExc_ReferenceError,
                       "the JavaScript function that py.weak() was given is gone");
    return nullptr;
  }
  JsArguments converted;
  if (!converted.Fill(environment, arguments, positional, names)) return RaiseJs(environment);
  napi_value result = nullptr;
  napi_status status = napi_ok;
  if (function.kind == JsKind::kClass) {
    status = napi_new_instance(env, target, converted.count(), converted.values(), &result);
  } else {
    napi_value receiver = self != nullptr ? js::Deref(env, self->reference) : js::Undefined(env);
    status =
        napi_call_function(env, receiver, target, converted.count(), converted.values(), &result);
  }
  if (status != napi_ok) return RaiseJs(environment);
  Ref value = ToPython(environment, result, {"result"});
  return value ? value.Release() : RaiseJs(environment);
}

PyObject* CallFunction(PyObject* callable, PyObject* const* arguments, size_t flagged,
                       PyObject* names) {
  return Invoke(FunctionData(callable), nullptr, arguments, PyVectorcall_NARGS(flagged), names);
}

PyObject* CallMethod(PyObject* callable, PyObject* const* arguments, size_t flagged,
                     PyObject* names) {
  auto* method = reinterpret_cast<JsMethod*>(callable);
  const JsData* self = JsDataOf(method->self);
  if (!IsElsewhere(*self) && !CanEnter(*self)) return nullptr;
  return Invoke(FunctionData(method->function), self, arguments, PyVectorcall_NARGS(flagged),
                names);
}

// As an attribute of a Python class it is a method: `self` comes first, as in Python.
PyObject* Bind(PyObject* function, PyObject* self, PyObject*) {
  if (self == nullptr || self == py._Py_NoneStruct) return Ref::Borrow(function).Release();
  return py.PyMethod_New(function, self);
}

// What Python code stored under a name (functools.wraps does), or null.
PyObject* Stored(PyObject* function, const char* name) {
  PyObject* dict = reinterpret_cast<JsValue*>(function)->dict;
  return dict == nullptr ? nullptr : py.PyDict_GetItemString(dict, name);
}

int Store(PyObject* function, const char* name, PyObject* value) {
  PyObject*& dict = reinterpret_cast<JsValue*>(function)->dict;
  if (dict == nullptr) dict = py.PyDict_New();
  if (dict == nullptr) return -1;
  const Ref key = Ref::Steal(py.PyUnicode_InternFromString(name));
  if (value != nullptr) return py.PyDict_SetItem(dict, key.get(), value);
  return py.PyDict_DelItem(dict, key.get());
}

// `closure` is the attribute's name.
PyObject* GetName(PyObject* function, void* closure) {
  PyObject* stored = Stored(function, static_cast<const char*>(closure));
  if (stored != nullptr) return Ref::Borrow(stored).Release();
  Ref name = AskHook(function, JsHook::kFunctionName);
  if (name) return name.Release();
  py.PyErr_Clear();  // on another thread, say: a log line asks for names there
  return py.PyUnicode_FromString("<JavaScript function>");
}

PyObject* GetSignature(PyObject* function, void* closure) {
  PyObject* stored = Stored(function, static_cast<const char*>(closure));
  if (stored != nullptr) return Ref::Borrow(stored).Release();
  const Ref parameters = AskHook(function, JsHook::kParameters);
  return parameters ? CallOwn("js", "signature", {parameters.get()}).Release() : nullptr;
}

int SetStored(PyObject* function, PyObject* value, void* closure) {
  return Store(function, static_cast<const char*>(closure), value);
}

void FreeMethod(PyObject* self) {
  auto* method = reinterpret_cast<JsMethod*>(self);
  py.PyObject_GC_UnTrack(self);
  py.Py_DecRef(method->function);
  py.Py_DecRef(method->self);
  PyTypeObject* type = Py_TYPE(self);
  py.PyObject_GC_Del(self);
  py.Py_DecRef(AsObject(type));
}

int VisitMethod(PyObject* self, visitproc visit, void* data) {
  auto* method = reinterpret_cast<JsMethod*>(self);
  for (PyObject* held : {method->function, method->self}) {
    if (held == nullptr) continue;
    const int stop = visit(held, data);
    if (stop != 0) return stop;
  }
  return 0;
}

PyObject* CompareMethods(PyObject* a, PyObject* b, int operation) {
  if ((operation != Py_EQ && operation != Py_NE) || Py_TYPE(b) != g_method) {
    return Ref::Borrow(py._Py_NotImplementedStruct).Release();
  }
  auto* left = reinterpret_cast<JsMethod*>(a);
  auto* right = reinterpret_cast<JsMethod*>(b);
  const bool same = left->function == right->function && left->self == right->self;
  return py.PyBool_FromLong(same == (operation == Py_EQ) ? 1 : 0);
}

Py_hash_t HashMethod(PyObject* self) {
  auto* method = reinterpret_cast<JsMethod*>(self);
  const auto mixed = reinterpret_cast<uintptr_t>(method->function) * 31 ^
                     reinterpret_cast<uintptr_t>(method->self);
  const auto hash = static_cast<Py_hash_t>(mixed >> 4);
  return hash == -1 ? -2 : hash;  // -1 says that it failed
}

PyObject* ReprMethod(PyObject* self) {
  const Ref name = Ref::Steal(
      py.PyObject_GetAttrString(reinterpret_cast<JsMethod*>(self)->function, "__name__"));
  return name ? py.PyUnicode_FromFormat("<JavaScript method %S>", name.get()) : nullptr;
}

// What a method lacks, its function has: __name__, __signature__, properties.
PyObject* MethodAttribute(PyObject* self, PyObject* name) {
  PyObject* own = py.PyObject_GenericGetAttr(self, name);
  if (own != nullptr || py.PyErr_ExceptionMatches(*py.PyExc_AttributeError) == 0) return own;
  py.PyErr_Clear();
  return py.PyObject_GetAttr(reinterpret_cast<JsMethod*>(self)->function, name);
}

PyTypeObject* MakeMethodType() {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(JsMethod, vectorcall), Py_READONLY, nullptr},
      {"__self__", Py_T_OBJECT_EX, offsetof(JsMethod, self), Py_READONLY, nullptr},
      {"__func__", Py_T_OBJECT_EX, offsetof(JsMethod, function), Py_READONLY, nullptr},
      {nullptr, 0, 0, 0, nullptr},
  };
  static PyType_Slot slots[] = {
      {Py_tp_members, members},
      {Py_tp_call, Slot(py.PyVectorcall_Call)},
      {Py_tp_dealloc, Slot(FreeMethod)},
      {Py_tp_traverse, Slot(VisitMethod)},
      {Py_tp_richcompare, Slot(CompareMethods)},
      {Py_tp_hash, Slot(HashMethod)},
      {Py_tp_repr, Slot(ReprMethod)},
      {Py_tp_getattro, Slot(MethodAttribute)},
      {0, nullptr},
  };
  static PyType_Spec spec = {"snakepit.JsMethod", sizeof(JsMethod), 0,
                             Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                                 Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
                             slots};
  return reinterpret_cast<PyTypeObject*>(py.PyType_FromSpec(&spec));
}

PyTypeObject* MakeFunctionType(const char* name) {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(JsFunction, vectorcall), Py_READONLY,
       nullptr},
      {nullptr, 0, 0, 0, nullptr},
  };
  static PyGetSetDef attributes[] = {
      {"__name__", GetName, SetStored, nullptr, const_cast<char*>("__name__")},
      {"__qualname__", GetName, SetStored, nullptr, const_cast<char*>("__qualname__")},
      {"__signature__", GetSignature, SetStored, nullptr, const_cast<char*>("__signature__")},
      {nullptr, nullptr, nullptr, nullptr, nullptr},
  };
  static PyType_Slot slots[] = {
      {Py_tp_members, members},
      {Py_tp_getset, attributes},
      {Py_tp_call, Slot(py.PyVectorcall_Call)},
      {Py_tp_descr_get, Slot(Bind)},
      {0, nullptr},
  };
  PyType_Spec spec = {name, sizeof(JsFunction), 0,
                      Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR |
                          Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
                      slots};
  return MakeJsType(&spec);
}

}  // namespace

bool InitJsFunction(PyTypeObject** types) {
  g_method = MakeMethodType();
  if (g_method == nullptr) return false;
  g_weak = MakeFunctionType("snakepit.JsWeakFunction");
  if (g_weak == nullptr) return false;
  PyTypeObject* function = MakeFunctionType("snakepit.JsFunction");
  types[static_cast<size_t>(JsKind::kFunction)] = function;
  types[static_cast<size_t>(JsKind::kClass)] = function;
  return function != nullptr;
}

void MakeCallable(PyObject* function, JsKind) {
  reinterpret_cast<JsFunction*>(function)->vectorcall = CallFunction;
}

Ref MakeJsMethod(PyObject* function, PyObject* self) {
  Ref object = Ref::Steal(py.PyType_GenericAlloc(g_method, 0));
  if (!object) return nullptr;
  auto* method = reinterpret_cast<JsMethod*>(object.get());
  method->vectorcall = CallMethod;
  method->function = Ref::Borrow(function).Release();
  method->self = Ref::Borrow(self).Release();
  return object;
}

bool IsJsMethod(const PyTypeObject* type) { return type == g_method; }

PyObject* FunctionOfMethod(PyObject* object) {
  return Py_TYPE(object) == g_method ? reinterpret_cast<JsMethod*>(object)->function : nullptr;
}

Ref MakeWeakFunction(Environment* environment, napi_value function) {
  JsKind kind = JsKind::kNone;
  uint64_t id = 0;
  if (!PrepareJs(environment) || !Identify(environment, function, /*forced=*/false, &kind, &id)) {
    return nullptr;
  }
  Ref object = Ref::Steal(py.PyType_GenericAlloc(g_weak, 0));
  if (!object) return nullptr;
  auto* made = reinterpret_cast<JsFunction*>(object.get());
  made->vectorcall = CallFunction;
  const napi_status status =
      napi_create_reference(environment->env, function, 0, &made->value.data.reference);
  if (status != napi_ok) {
    ThrowJs(environment, status, "holding a JavaScript function weakly");
    return nullptr;
  }
  made->value.data.environment = environment;
  made->value.data.kind = kind;
  return object;
}

}  // namespace snakepit
