// Python to JavaScript: exact types by value, everything else as a live proxy.
#include <cstring>

#include "codec.h"
#include "convert.h"
#include "dates.h"
#include "errors.h"
#include "js_object.h"
#include "python_object.h"
#include "tensor_state.h"

namespace snakepit {

namespace {

// A copy, because bytes are immutable and an ArrayBuffer is not.
napi_value BytesToJs(Environment* environment, PyObject* bytes) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (py.PyBytes_AsStringAndSize(bytes, &data, &size) != 0) return ThrowPython(environment);
  void* target = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  const size_t count = static_cast<size_t>(size);
  // Node 20 ends the process when it is asked for more than its largest buffer.
  const TensorState* tensors = environment->tensors;
  if (tensors != nullptr && static_cast<double>(count) > tensors->max_bytes) {
    return ThrowSnakepit(environment, "ERR_CONVERSION",
                         "bytes of this size (" + std::to_string(count) +
                             ") fit in no buffer of this Node; take them in parts, such as b[:n]");
  }
  napi_status status = napi_create_arraybuffer(environment->env, count, &target, &buffer);
  if (status == napi_ok) {
    if (count > 0) std::memcpy(target, data, count);
    status = napi_create_typedarray(environment->env, napi_uint8_array, count, buffer, 0, &array);
  }
  return status == napi_ok ? array : ThrowJs(environment, status, "making a Uint8Array");
}

// null where it is none of the exact types; `done` says which it was.
napi_value ExactToJs(Environment* environment, PyObject* object, bool* done) {
  PyTypeObject* type = Py_TYPE(object);
  *done = true;
  if (type == py.PyFloat_Type) return js::Number(environment->env, py.PyFloat_AsDouble(object));
  if (type == py.PyLong_Type || type == bigint_type) return IntToJs(environment, object);
  if (type == py.PyUnicode_Type) return TextToJs(environment, object);
  if (object == py._Py_NoneStruct) return js::Null(environment->env);
  if (type == py.PyBool_Type) return js::Boolean(environment->env, object == py._Py_TrueStruct);
  if (type == py.PyBytes_Type) return BytesToJs(environment, object);
  if (type == date_type) return DateToJs(environment, object);
  *done = false;
  return nullptr;
}

// NumPy's numbers and bools. False: it is none, or none that JavaScript has.
bool ScalarToJs(Environment* environment, PyObject* object, uint32_t flags, napi_value* value) {
  if ((flags & kFloat) != 0) {
    *value = js::Number(environment->env, py.PyFloat_AsDouble(object));
    return true;
  }
  if ((flags & kNumpyScalar) == 0) return false;
  const Ref item = Ref::Steal(py.PyObject_GetAttrString(object, "item"));
  const Ref plain = item ? Ref::Steal(py.PyObject_CallNoArgs(item.get())) : nullptr;
  if (!plain) {
    *value = ThrowPython(environment);
    return true;
  }
  bool done = false;
  // longdouble's item() is itself: no JS number holds it, so it stays a proxy.
  *value = ExactToJs(environment, plain.get(), &done);
  return done;
}

}  // namespace

bool ValueToJs(Environment* environment, PyObject* object, napi_value* value) {
  bool done = false;
  *value = ExactToJs(environment, object, &done);
  if (done) return true;
  *value = JsValueOf(environment, object);
  return *value != nullptr || ScalarToJs(environment, object, FlagsOf(object), value);
}

napi_value ToJs(Environment* environment, PyObject* object, ProxyMaking making) {
  bool done = false;
  napi_value value = ExactToJs(environment, object, &done);
  if (done) return value;
  if (environment->decodes && Decode(environment, object, &value)) return value;
  // One look at the type's flags for all that follows: most results are plain objects.
  const uint32_t flags = FlagsOf(object);
  if ((flags & kStandsForJs) != 0) {
    value = JsValueOf(environment, object);
    if (value != nullptr) return value;
  }
  HandleTable* handles = environment->handles;
  value = handles->Live(object);
  if (value != nullptr) return value;
  if (ScalarToJs(environment, object, flags, &value)) return value;
  return making == ProxyMaking::kLater ? handles->WrapLater(object, flags) : handles->Wrap(object);
}

}  // namespace snakepit
