#include "errors.h"

#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "call.h"
#include "codec.h"
#include "convert.h"
#include "js_error.h"
#include "operands.h"
#include "python_object.h"
#include "traceback.h"

namespace snakepit {

namespace {

// Chains and groups deeper than this are cut: recursion ends, and nobody reads the hundredth.
constexpr int kChainLimit = 100;
// A program that makes exception types without end must not fill the cache.
constexpr size_t kClassCacheLimit = 1024;
// JavaScript cuts a message at a million characters (src/errors/python-error.ts). What is far
// beyond is cut here, before a string that V8 cannot hold at all.
constexpr Py_ssize_t kTextLimit = 16'000'000;

// Attribute names used on every exception, made once.
struct Names {
  PyObject* exceptions = py.PyUnicode_InternFromString("exceptions");
  PyObject* suppress = py.PyUnicode_InternFromString("__suppress_context__");
  PyObject* mro = py.PyUnicode_InternFromString("__mro__");
  PyObject* module = py.PyUnicode_InternFromString("__module__");
  PyObject* qualname = py.PyUnicode_InternFromString("__qualname__");
  PyObject* name = py.PyUnicode_InternFromString("__name__");
};

const Names& Name() {
  static const Names* names = new Names();
  return *names;
}

// str(exception), which may itself raise.
napi_value MessageOf(Environment* environment, PyObject* exception) {
  Ref text = Ref::Steal(py.PyObject_Str(exception));
  const Py_ssize_t length = text ? py.PyUnicode_GetLength(text.get()) : -1;
  if (length > kTextLimit) {
    const std::string tail = "… [cut: " + std::to_string(length) + " characters in all]";
    const Ref head = Ref::Steal(py.PyUnicode_Substring(text.get(), 0, kTextLimit));
    const Ref end = Ref::Steal(
        py.PyUnicode_FromStringAndSize(tail.data(), static_cast<Py_ssize_t>(tail.size())));
    text = Ref::Steal(head && end ? py.PyUnicode_Concat(head.get(), end.get()) : nullptr);
  }
  if (text && length >= 0) {
    napi_value message = TextToJs(environment, text.get());
    if (message != nullptr) return message;
  }
  py.PyErr_Clear();
  return js::Text(environment->env, "(str() of this exception failed)");
}

// What type itself says of a class: a metaclass of the user's is not asked.
Ref OfType(PyObject* type, PyObject* name) {
  using Getter = PyObject* (*)(PyObject*, PyObject*);
  static const Getter get =
      reinterpret_cast<Getter>(py.PyType_GetSlot(py.PyType_Type, Py_tp_getattro));
  Ref value = Ref::Steal(get(type, name));
  py.PyErr_Clear();
  return value;
}

bool IsText(const Ref& value) { return value && Py_TYPE(value.get()) == py.PyUnicode_Type; }

std::string QualifiedName(PyObject* type) {
  std::string text;
  for (PyObject* part : {Name().module, Name().qualname}) {
    const Ref value = OfType(type, part);
    const char* utf8 = IsText(value) ? py.PyUnicode_AsUTF8AndSize(value.get(), nullptr) : nullptr;
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
  const Ref bases = OfType(AsObject(type), Name().mro);
  const Py_ssize_t count = bases ? py.PyTuple_Size(bases.get()) : 0;
  for (Py_ssize_t i = 0; i < count; i++) {
    const std::string name = QualifiedName(py.PyTuple_GetItem(bases.get(), i));
    napi_set_element(env, mro, static_cast<uint32_t>(i), js::Text(env, name));
  }
  const auto text = [&](PyObject* name) {
    const Ref value = OfType(AsObject(type), name);
    return IsText(value) ? TextToJs(environment, value.get()) : js::Text(env, "?");
  };
  js::Set(env, description, "type", text(Name().name));
  js::Set(env, description, "module", text(Name().module));
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
  if (!context) return cause;
  const Ref hidden = Ref::Steal(py.PyObject_GetAttr(exception, Name().suppress));
  if (!cause && hidden && py.PyObject_IsTrue(hidden.get()) == 0) return context;
  py.PyErr_Clear();
  for (int i = 0; context && context.get() != cause.get() && i < kChainLimit; i++) {
    // Nobody will read it.
    DropTraceback(context.get());
    context = Ref::Steal(py.PyException_GetContext(context.get()));
  }
  py.PyErr_Clear();
  return cause;
}

// What one throw has in hand.
struct Throw {
  // A JS error made before anything else of ours is called: it knows where JavaScript stood. One
  // for a chain: to walk the stack is two thirds of what an exception costs.
  napi_value at;
  // What was made so far: a chain may lead back into itself, and the cause of a group may be its
  // member, whose frames are gone by then. Held, so that an address goes on to mean the same.
  std::unordered_map<PyObject*, napi_value> made;
  std::vector<Ref> held;
  int depth = 0;

  void Note(PyObject* exception, napi_value error) {
    if (made.emplace(exception, error).second) held.push_back(Ref::Borrow(exception));
  }
};

napi_value BuildError(Environment* environment, PyObject* exception, Throw* now);

napi_value BuildChained(Environment* environment, PyObject* exception, Throw* now) {
  const auto known = now->made.find(exception);
  if (known != now->made.end()) return known->second;
  if (now->depth > kChainLimit) return nullptr;
  napi_value error = BuildError(environment, exception, now);
  if (error != nullptr) now->Note(exception, error);
  return error;
}

void SetHidden(napi_env env, napi_value object, const char* name, napi_value value) {
  const napi_property_descriptor property = {
      name,
      nullptr,
      nullptr,
      nullptr,
      nullptr,
      value,
      static_cast<napi_property_attributes>(napi_writable | napi_configurable),
      nullptr};
  napi_define_properties(env, object, 1, &property);
}

// `cause` and `errors`, where there are any. What cannot be built is left out: there is an error to
// throw already.
void AddParts(Environment* environment, PyObject* exception, napi_value error, Throw* now) {
  napi_env env = environment->env;
  const Ref chained = ChainedWith(exception);
  const bool group = py.PyErr_GivenExceptionMatches(exception, *py.PyExc_BaseExceptionGroup) != 0;
  if (!chained && !group) return;
  now->Note(exception, error);
  now->depth++;
  if (chained) {
    napi_value cause = BuildChained(environment, chained.get(), now);
    if (cause != nullptr) SetHidden(env, error, "cause", cause);
  }
  const Ref members =
      group ? Ref::Steal(py.PyObject_GetAttr(exception, Name().exceptions)) : nullptr;
  const Py_ssize_t count = members ? py.PyTuple_Size(members.get()) : -1;
  py.PyErr_Clear();
  if (count >= 0) {
    napi_value errors = nullptr;
    napi_create_array(env, &errors);
    uint32_t kept = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
      napi_value member = BuildChained(environment, py.PyTuple_GetItem(members.get(), i), now);
      if (member != nullptr) napi_set_element(env, errors, kept++, member);
    }
    napi_object_freeze(env, errors);
    SetHidden(env, error, "errors", errors);
  }
  now->depth--;
}

// The PythonError of an exception; null with a JS exception pending when JS refused.
napi_value BuildError(Environment* environment, PyObject* exception, Throw* now) {
  napi_env env = environment->env;
  // What JavaScript threw is a cause or a member as it was, if it is an Error at all.
  bool is_error = false;
  napi_value thrown = ThrownOf(environment, exception);
  if (thrown != nullptr) napi_is_error(env, thrown, &is_error);
  if (is_error) return thrown;
  const Ref trace = DetachTraceback(environment, exception);
  if (!trace) {
    py.PyErr_Clear();
    return ThrowSnakepit(environment, "ERR_PROTOCOL",
                         "Python raised an exception, and had no memory left to describe it");
  }
  napi_value arguments[4] = {ClassOf(environment, Py_TYPE(exception)),
                             MessageOf(environment, exception), nullptr, now->at};
  if (arguments[0] == nullptr || arguments[1] == nullptr) return nullptr;
  const HandleTable::Kept kept = environment->handles->Keep(exception, trace.get());
  if (kept.id < 0) return nullptr;
  arguments[2] = js::Number(env, kept.id);
  napi_value error = nullptr;
  napi_call_function(env, js::Undefined(env), js::Deref(env, environment->make_exception), 4,
                     arguments, &error);
  if (!environment->handles->AttachKept(kept, error)) return nullptr;
  AddParts(environment, exception, error, now);
  return error;
}

// exceptionOf(id): the proxy of the exception that a kept id stands for
napi_value ExceptionOf(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  const Ref exception = in.environment->handles->Hold(in[0]);
  // Outside of any py.scope: the error keeps no proxy, and gives one to whoever asks.
  return exception ? in.environment->handles->Wrap(exception.get(), HandleTable::kUnscoped)
                   : nullptr;
}

// traceOf(id, function): function((exception, objects, code, lasti, …)) of a kept id
napi_value TraceOf(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const Entry entry(in.environment);
  HandleTable* handles = in.environment->handles;
  const Ref function = handles->Hold(in[1]);
  if (!function || handles->Resolve(in[0]) == nullptr) return nullptr;
  const Ref trace = Ref::Borrow(handles->OwnerOf(handles->Read(in[0])));
  if (!trace) return js::Undefined(env);
  PyObject* arguments[2] = {nullptr, trace.get()};
  const WithoutCodecs plain(in.environment);
  return Finish(in.environment,
                Ref::Steal(py.PyObject_Vectorcall(function.get(), arguments + 1,
                                                  1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr)));
}

const NativeFunction kFunctions[] = {
    {"exceptionOf", ExceptionOf},
    {"traceOf", TraceOf},
};

}  // namespace

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

void RaiseAgain(Ref exception) {
  if (py.PyErr_SetRaisedException != nullptr) {
    py.PyErr_SetRaisedException(exception.Release());
    return;
  }
  Ref type = Ref::Borrow(AsObject(Py_TYPE(exception.get())));
  PyObject* traceback = py.PyException_GetTraceback(exception.get());
  py.PyErr_Restore(type.Release(), exception.Release(), traceback);
}

NativeTable ErrorsTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

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
  if (js::ExceptionPending(environment->env)) {
    ForgetOperands(environment, exception);
    return nullptr;
  }
  if (!exception) {
    return ThrowSnakepit(environment, "ERR_PROTOCOL",
                         "a call into Python failed without an exception (a faulty extension "
                         "module?)");
  }
  napi_value thrown = ThrownOf(environment, exception.get());
  if (thrown != nullptr) {
    ForgetOperands(environment, exception);
    DropTraceback(exception.get());
    napi_throw(environment->env, thrown);
    return nullptr;
  }
  Throw now = {};
  napi_create_error(environment->env, nullptr, js::Text(environment->env, "", 0), &now.at);
  napi_value error = BuildError(environment, exception.get(), &now);
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
