#include "errors.h"

#include <cstring>

#include "convert.h"
#include "python_object.h"

namespace snakepit {

namespace {

// Chains and groups deeper than this are cut: recursion ends, and nobody reads the hundredth.
constexpr int kChainLimit = 100;
// Frames of one traceback. A RecursionError has a thousand; a million would be an attack.
constexpr int kFrameLimit = 100000;
// A program that makes exception types without end must not fill the cache.
constexpr size_t kClassCacheLimit = 1024;

// Attribute names used on every exception, made once.
struct Names {
  PyObject* tb_frame = py.PyUnicode_InternFromString("tb_frame");
  PyObject* tb_lasti = py.PyUnicode_InternFromString("tb_lasti");
  PyObject* tb_next = py.PyUnicode_InternFromString("tb_next");
  PyObject* exceptions = py.PyUnicode_InternFromString("exceptions");
  PyObject* suppress = py.PyUnicode_InternFromString("__suppress_context__");
};

const Names& Name() {
  static const Names* names = new Names();
  return *names;
}

// Owned and normalised, its traceback attached; null when none is pending.
Ref TakeRaised() {
  if (py.PyErr_GetRaisedException != nullptr) return Ref::Steal(py.PyErr_GetRaisedException());
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  py.PyErr_Fetch(&type, &value, &traceback);
  if (type == nullptr) return nullptr;
  py.PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != nullptr) py.PyException_SetTraceback(value, traceback);
  const Ref type_dropped = Ref::Steal(type);
  const Ref traceback_dropped = Ref::Steal(traceback);
  return Ref::Steal(value);
}

// [code, lasti, code, lasti, …], outermost first. Code objects only: a frame would keep its locals.
Ref DetachTraceback(PyObject* exception) {
  Ref pairs = Ref::Steal(py.PyList_New(0));
  Ref entry = Ref::Steal(py.PyException_GetTraceback(exception));
  const Names& name = Name();
  for (int i = 0; entry && entry.get() != py._Py_NoneStruct && i < kFrameLimit; i++) {
    const Ref frame = Ref::Steal(py.PyObject_GetAttr(entry.get(), name.tb_frame));
    const Ref lasti = Ref::Steal(py.PyObject_GetAttr(entry.get(), name.tb_lasti));
    if (!frame || !lasti) break;
    const Ref code = Ref::Steal(reinterpret_cast<PyObject*>(
        py.PyFrame_GetCode(reinterpret_cast<PyFrameObject*>(frame.get()))));
    py.PyList_Append(pairs.get(), code.get());
    py.PyList_Append(pairs.get(), lasti.get());
    entry = Ref::Steal(py.PyObject_GetAttr(entry.get(), name.tb_next));
  }
  py.PyErr_Clear();
  py.PyException_SetTraceback(exception, py._Py_NoneStruct);
  return pairs;
}

// str(exception), which may itself raise.
napi_value MessageOf(Environment* environment, PyObject* exception) {
  const Ref text = Ref::Steal(py.PyObject_Str(exception));
  if (text && py.PyUnicode_GetLength(text.get()) >= 0) {
    napi_value message = TextToJs(environment, text.get());
    if (message != nullptr) return message;
  }
  py.PyErr_Clear();
  return js::Text(environment->env, "(str() of this exception failed)");
}

std::string QualifiedName(PyObject* type) {
  std::string text;
  for (const char* part : {"__module__", "__qualname__"}) {
    const Ref value = Ref::Steal(py.PyObject_GetAttrString(type, part));
    const char* utf8 = value && Py_TYPE(value.get()) == py.PyUnicode_Type
                           ? py.PyUnicode_AsUTF8AndSize(value.get(), nullptr)
                           : nullptr;
    if (!text.empty()) text += '.';
    text += utf8 != nullptr ? utf8 : "?";
    py.PyErr_Clear();
  }
  return text;
}

napi_value DescribeClass(Environment* environment, PyTypeObject* type) {
  napi_env env = environment->env;
  napi_value description = nullptr;
  napi_value mro = nullptr;
  napi_create_object(env, &description);
  napi_create_array(env, &mro);
  const Ref bases = Ref::Steal(py.PyObject_GetAttrString(AsObject(type), "__mro__"));
  const Py_ssize_t count = bases ? py.PyTuple_Size(bases.get()) : 0;
  for (Py_ssize_t i = 0; i < count; i++) {
    const std::string name = QualifiedName(py.PyTuple_GetItem(bases.get(), i));
    napi_set_element(env, mro, static_cast<uint32_t>(i), js::Text(env, name));
  }
  const Ref own = Ref::Steal(py.PyObject_GetAttrString(AsObject(type), "__name__"));
  const Ref module = Ref::Steal(py.PyObject_GetAttrString(AsObject(type), "__module__"));
  py.PyErr_Clear();
  const auto text = [&](const Ref& value) {
    return value && Py_TYPE(value.get()) == py.PyUnicode_Type ? TextToJs(environment, value.get())
                                                              : js::Text(env, "?");
  };
  js::Set(env, description, "type", text(own));
  js::Set(env, description, "module", text(module));
  js::Set(env, description, "mro", mro);
  return description;
}

napi_value ClassOf(Environment* environment, PyTypeObject* type) {
  auto& cache = environment->exception_classes;
  const auto known = cache.find(type);
  if (known != cache.end()) return js::Deref(environment->env, known->second);
  if (cache.size() >= kClassCacheLimit) {
    for (const auto& entry : cache) {
      napi_delete_reference(environment->env, entry.second);
      py.Py_DecRef(AsObject(entry.first));
    }
    cache.clear();
  }
  napi_value description = DescribeClass(environment, type);
  napi_ref reference = nullptr;
  if (napi_create_reference(environment->env, description, 1, &reference) == napi_ok) {
    py.Py_IncRef(AsObject(type));
    cache.emplace(type, reference);
  }
  return description;
}

// __cause__, else __context__ unless `from None` hides it. What is hidden lets its frames go too.
Ref ChainedWith(PyObject* exception) {
  Ref cause = Ref::Steal(py.PyException_GetCause(exception));
  Ref context = Ref::Steal(py.PyException_GetContext(exception));
  const Ref hidden = Ref::Steal(py.PyObject_GetAttr(exception, Name().suppress));
  if (!cause && context && hidden && py.PyObject_IsTrue(hidden.get()) == 0) return context;
  py.PyErr_Clear();
  for (int i = 0; context && context.get() != cause.get() && i < kChainLimit; i++) {
    DetachTraceback(context.get());
    context = Ref::Steal(py.PyException_GetContext(context.get()));
  }
  return cause;
}

napi_value BuildError(Environment* environment, PyObject* exception, int depth);

// { cause, errors } where there are any, else undefined: most exceptions stand alone.
napi_value PartsOf(Environment* environment, PyObject* exception, int depth) {
  napi_env env = environment->env;
  napi_value parts = nullptr;
  const Ref chained = depth < kChainLimit ? ChainedWith(exception) : nullptr;
  if (chained && chained.get() != exception) {
    napi_create_object(env, &parts);
    napi_value cause = BuildError(environment, chained.get(), depth + 1);
    if (cause != nullptr) js::Set(env, parts, "cause", cause);
  }
  if (py.PyErr_GivenExceptionMatches(exception, *py.PyExc_BaseExceptionGroup) == 0) return parts;
  const Ref members = Ref::Steal(py.PyObject_GetAttr(exception, Name().exceptions));
  const Py_ssize_t count = members ? py.PyTuple_Size(members.get()) : 0;
  py.PyErr_Clear();
  napi_value errors = nullptr;
  napi_create_array(env, &errors);
  for (Py_ssize_t i = 0; i < count && depth < kChainLimit; i++) {
    napi_value error = BuildError(environment, py.PyTuple_GetItem(members.get(), i), depth + 1);
    if (error != nullptr) napi_set_element(env, errors, static_cast<uint32_t>(i), error);
  }
  if (parts == nullptr) napi_create_object(env, &parts);
  js::Set(env, parts, "errors", errors);
  return parts;
}

// The PythonError of an exception; null with a JS exception pending when JS refused.
napi_value BuildError(Environment* environment, PyObject* exception, int depth) {
  napi_env env = environment->env;
  const Ref trace = DetachTraceback(exception);
  napi_value parts = PartsOf(environment, exception, depth);
  napi_value arguments[5] = {
      ClassOf(environment, Py_TYPE(exception)), MessageOf(environment, exception),
      // Outside of any py.scope: an error outlives the scope it is thrown through.
      environment->handles->Wrap(exception, HandleTable::kUnscoped),
      environment->handles->Wrap(trace.get(), HandleTable::kUnscoped),
      parts != nullptr ? parts : js::Undefined(env)};
  for (napi_value argument : arguments) {
    if (argument == nullptr) return nullptr;
  }
  napi_value error = nullptr;
  napi_call_function(env, js::Undefined(env), js::Deref(env, environment->make_exception), 5,
                     arguments, &error);
  return error;
}

}  // namespace

napi_value ThrowSnakepit(Environment* environment, const char* code, const std::string& message,
                         napi_value details) {
  napi_env env = environment->env;
  if (js::ExceptionPending(env)) return nullptr;
  napi_value factory =
      environment->make_error != nullptr ? js::Deref(env, environment->make_error) : nullptr;
  if (factory == nullptr) {
    napi_throw_error(env, code, message.c_str());
    return nullptr;
  }
  napi_value arguments[3] = {js::Text(env, code), js::Text(env, message),
                             details != nullptr ? details : js::Undefined(env)};
  napi_value error = nullptr;
  if (napi_call_function(env, js::Undefined(env), factory, 3, arguments, &error) == napi_ok) {
    napi_throw(env, error);
  }
  return nullptr;
}

napi_value ThrowPython(Environment* environment) {
  const Ref exception = TakeRaised();
  if (js::ExceptionPending(environment->env)) return nullptr;
  if (!exception) {
    return ThrowSnakepit(environment, "ERR_PROTOCOL",
                         "a call into Python failed without an exception (a faulty extension "
                         "module?)");
  }
  napi_value error = BuildError(environment, exception.get(), 0);
  if (error != nullptr) napi_throw(environment->env, error);
  return nullptr;
}

napi_value ThrowJs(Environment* environment, napi_status status, const char* doing) {
  napi_env env = environment->env;
  if (js::ExceptionPending(env)) return nullptr;
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  const char* reason = info != nullptr ? info->error_message : nullptr;
  const std::string message = std::string(doing) + " failed in Node-API (status " +
                              std::to_string(status) +
                              (reason != nullptr ? std::string(": ") + reason : "") + ")";
  napi_throw_error(env, "ERR_NODE_API", message.c_str());
  return nullptr;
}

std::string TakePythonError() {
  const Ref exception = TakeRaised();
  if (!exception) return "no exception";
  std::string text = QualifiedName(AsObject(Py_TYPE(exception.get())));
  if (text.rfind("builtins.", 0) == 0) text.erase(0, std::strlen("builtins."));
  const Ref message = Ref::Steal(py.PyObject_Str(exception.get()));
  const char* utf8 = message ? py.PyUnicode_AsUTF8AndSize(message.get(), nullptr) : nullptr;
  if (utf8 != nullptr && *utf8 != '\0') text += ": " + std::string(utf8);
  py.PyErr_Clear();
  return text;
}

}  // namespace snakepit
