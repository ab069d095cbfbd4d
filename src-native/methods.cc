#include "methods.h"

#include <vector>

#include "access.h"
#include "call.h"
#include "environment.h"
#include "errors.h"
#include "pointer_map.h"
#include "python_object.h"

namespace snakepit {

namespace {

// Numbers stay small for V8, and a program that makes types without end must not fill the tables.
constexpr uint32_t kTypeLimit = 1u << 16;
constexpr uint32_t kMethodLimit = 1u << 16;

// Process-wide, under the GIL. The functions are held for good, as their types hold them.
struct Methods {
  std::vector<PyObject*> functions;
  PointerMap numbers;
};

Methods& Known() {
  static auto* methods = new Methods();
  return *methods;
}

bool IsImmutable(PyObject* type) {
  return (py.PyType_GetFlags(reinterpret_cast<PyTypeObject*>(type)) & Py_TPFLAGS_IMMUTABLETYPE) !=
         0;
}

bool IsStable(PyTypeObject* type) {
  // A metaclass has attributes of its own.
  if (Py_TYPE(AsObject(type)) != py.PyType_Type) return false;
  if (py.PyType_GetSlot(type, Py_tp_getattro) !=
      reinterpret_cast<void*>(py.PyObject_GenericGetAttr)) {
    return false;
  }
  const Ref own = Ref::Steal(py.PyObject_GetAttrString(AsObject(type), "__dictoffset__"));
  if (!own || py.PyLong_AsLong(own.get()) != 0) return false;
  const Ref mro = Ref::Steal(py.PyObject_GetAttrString(AsObject(type), "__mro__"));
  const Py_ssize_t count = mro ? py.PyTuple_Size(mro.get()) : 0;
  for (Py_ssize_t i = 0; i < count; i++) {
    if (!IsImmutable(py.PyTuple_GetItem(mro.get(), i))) return false;
  }
  return count > 0;
}

double NumberOf(PyObject* function) {
  Methods& known = Known();
  if (const uint32_t* number = known.numbers.Find(function)) return *number;
  if (known.functions.size() >= kMethodLimit) return -1;
  const auto number = static_cast<uint32_t>(known.functions.size());
  known.functions.push_back(Ref::Borrow(function).Release());
  known.numbers.Insert(function, number);
  return number;
}

// methodOf(id, name)
napi_value MethodOf(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  const Ref name = object ? NameOf(in.environment, in[1]) : nullptr;
  if (!name) return nullptr;
  if (FlagsOf(object.get()) >> kTypeShift == 0) return js::Number(env, -1);
  const Ref function = Ref::Steal(py.PyObject_GetAttr(AsObject(Py_TYPE(object.get())), name.get()));
  py.PyErr_Clear();
  constexpr unsigned long kMethod = Py_TPFLAGS_METHOD_DESCRIPTOR;
  const bool method = function && (py.PyType_GetFlags(Py_TYPE(function.get())) & kMethod) != 0;
  return js::Number(env, method ? NumberOf(function.get()) : -1);
}

// bindMethod(id, method, proxy): [id, flags] of Python's bound method, whose proxy this is
napi_value BindMethod(napi_env env, napi_callback_info info) {
  const Arguments<3> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  if (!object) return nullptr;
  PyObject* function = MethodAt(in.environment, in[1]);
  if (function == nullptr) return nullptr;
  using Bind = PyObject* (*)(PyObject*, PyObject*, PyObject*);
  const Bind bind = reinterpret_cast<Bind>(py.PyType_GetSlot(Py_TYPE(function), Py_tp_descr_get));
  const Ref bound = Ref::Steal(bind(function, object.get(), AsObject(Py_TYPE(object.get()))));
  if (!bound) return ThrowPython(in.environment);
  const HandleId id = in.environment->handles->WrapAs(bound.get(), in[2]);
  if (id < 0) return nullptr;
  napi_value pair = nullptr;
  napi_create_array_with_length(env, 2, &pair);
  napi_set_element(env, pair, 0, js::Number(env, id));
  napi_set_element(env, pair, 1, js::Number(env, FlagsOf(bound.get())));
  return pair;
}

const NativeFunction kFunctions[] = {
    {"methodOf", MethodOf},
    {"bindMethod", BindMethod},
};

}  // namespace

uint32_t StableTypeNumber(PyTypeObject* type) {
  static uint32_t last = 0;
  const bool stable = last < kTypeLimit && IsStable(type);
  py.PyErr_Clear();
  return stable ? ++last : 0;
}

PyObject* MethodAt(Environment* environment, napi_value number) {
  double given = -1;
  napi_get_value_double(environment->env, number, &given);
  const auto& functions = Known().functions;
  // NaN is not above 0 either.
  const bool inside = given >= 0 && given < static_cast<double>(functions.size());
  if (inside) return functions[static_cast<size_t>(given)];
  ThrowSnakepit(environment, "ERR_PROTOCOL", "there is no method of this number");
  return nullptr;
}

NativeTable MethodsTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

}  // namespace snakepit
