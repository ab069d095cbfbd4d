#include "call.h"

#include <utility>
#include <vector>

#include "codec.h"
#include "convert.h"
#include "errors.h"
#include "interpreter.h"
#include "methods.h"
#include "numpy.h"
#include "operands.h"
#include "python_object.h"

namespace snakepit {

namespace {

constexpr size_t kInline = 8;

// The raw arguments of a variadic native function, the handle first.
class RawArguments {
 public:
  RawArguments(napi_env env, napi_callback_info info) : count_(kInline + 1) {
    void* data = nullptr;
    napi_get_cb_info(env, info, &count_, inline_, nullptr, &data);
    environment_ = static_cast<Environment*>(data);
    if (count_ <= kInline + 1) return;
    heap_.resize(count_);
    napi_get_cb_info(env, info, &count_, heap_.data(), nullptr, nullptr);
  }
  Environment* environment() const { return environment_; }
  napi_value handle() const { return values()[0]; }
  const napi_value* rest() const { return values() + 1; }
  size_t rest_count() const { return count_ == 0 ? 0 : count_ - 1; }

 private:
  const napi_value* values() const { return heap_.empty() ? inline_ : heap_.data(); }
  napi_value inline_[kInline + 1];
  std::vector<napi_value> heap_;
  size_t count_;
  Environment* environment_ = nullptr;
};

// Converted arguments, with the free slot in front that PY_VECTORCALL_ARGUMENTS_OFFSET promises.
class PythonArguments {
 public:
  explicit PythonArguments(size_t capacity) {
    if (capacity <= kInline) return;
    heap_.resize(capacity + 1);
    slots_ = heap_.data();
  }
  ~PythonArguments() {
    for (size_t i = 1; i <= count_; i++) py.Py_DecRef(slots_[i]);
  }
  PythonArguments(const PythonArguments&) = delete;
  PythonArguments& operator=(const PythonArguments&) = delete;

  bool Add(Environment* environment, napi_value value, const Place& place) {
    Ref converted = ToPython(environment, value, place);
    if (!converted) return false;
    slots_[++count_] = converted.Release();
    return true;
  }
  // An argument that is Python's already.
  void Add(Ref object) { slots_[++count_] = object.Release(); }
  Ref Call(Environment* environment, PyObject* callable, size_t positional, PyObject* names) const {
    Ref result = Ref::Steal(py.PyObject_Vectorcall(
        callable, slots_ + 1, positional | PY_VECTORCALL_ARGUMENTS_OFFSET, names));
    if (!result) Note(environment, callable);
    return result;
  }

 private:
  // The object of a method is an operand too, and takes the free slot.
  void Note(Environment* environment, PyObject* callable) const {
    slots_[0] = ReceiverOf(callable);
    const size_t extra = slots_[0] == nullptr ? 0 : 1;
    NoteOperands(environment, {slots_ + 1 - extra, count_ + extra});
  }
  PyObject* inline_[kInline + 1];
  std::vector<PyObject*> heap_;
  PyObject** slots_ = inline_;
  size_t count_ = 0;
};

// Null: a JS exception is pending, or the Python one is. The arguments are let go before it
// returns: that may run Python code, and the result may wait for its proxy
// (HandleTable::WrapLater).
Ref CallWith(const RawArguments& raw) {
  Environment* environment = raw.environment();
  const Ref callable = environment->handles->Hold(raw.handle());
  if (!callable) return nullptr;
  const size_t count = raw.rest_count();
  PythonArguments arguments(count);
  for (size_t i = 0; i < count; i++) {
    if (!arguments.Add(environment, raw.rest()[i], {"args", static_cast<int>(i)})) return nullptr;
  }
  return arguments.Call(environment, callable.get(), count, nullptr);
}

// call(id, ...args)
napi_value Call(napi_env env, napi_callback_info info) {
  const RawArguments raw(env, info);
  const Entry entry(raw.environment());
  return Finish(raw.environment(), CallWith(raw));
}

// callAsIs(id, ...args): the result past the user's codecs, for the bridge's own questions
napi_value CallAsIs(napi_env env, napi_callback_info info) {
  const RawArguments raw(env, info);
  const Entry entry(raw.environment());
  Ref result = CallWith(raw);
  const WithoutCodecs plain(raw.environment());
  return Finish(raw.environment(), std::move(result));
}

// callLater(id, ...args): undefined where the result is an object whose proxy is to be made
napi_value CallLater(napi_env env, napi_callback_info info) {
  const RawArguments raw(env, info);
  const Entry entry(raw.environment());
  return Finish(raw.environment(), CallWith(raw), ProxyMaking::kLater);
}

// As CallWith, of a function with the object before the arguments.
Ref CallMethodWith(const RawArguments& raw) {
  Environment* environment = raw.environment();
  Ref object = environment->handles->Hold(raw.handle());
  if (!object) return nullptr;
  const size_t count = raw.rest_count();
  PyObject* function =
      MethodAt(environment, count > 0 ? raw.rest()[0] : js::Undefined(environment->env));
  if (function == nullptr) return nullptr;
  PythonArguments arguments(count);
  arguments.Add(std::move(object));
  for (size_t i = 1; i < count; i++) {
    const Place place = {"args", static_cast<int>(i - 1)};
    if (!arguments.Add(environment, raw.rest()[i], place)) return nullptr;
  }
  return arguments.Call(environment, function, count, nullptr);
}

// callMethodLater(id, method, ...args)
napi_value CallMethodLater(napi_env env, napi_callback_info info) {
  const RawArguments raw(env, info);
  const Entry entry(raw.environment());
  return Finish(raw.environment(), CallMethodWith(raw), ProxyMaking::kLater);
}

// callForProxy(id, ...args): the result as a proxy whatever it is: a Python float stays one.
napi_value CallForProxy(napi_env env, napi_callback_info info) {
  const RawArguments raw(env, info);
  const Entry entry(raw.environment());
  const Ref result = CallWith(raw);
  if (!result) return ThrowPython(raw.environment());
  return raw.environment()->handles->Wrap(result.get());
}

napi_value ElementOf(napi_env env, napi_value array, uint32_t index) {
  napi_value element = nullptr;
  napi_get_element(env, array, index, &element);
  return element;
}

uint32_t LengthOf(napi_env env, napi_value array) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  return length;
}

// callWithKeywords(id, args, names, values)
napi_value CallWithKeywords(napi_env env, napi_callback_info info) {
  const Arguments<4> in(env, info);
  Environment* environment = in.environment;
  const Entry entry(environment);
  const Ref callable = environment->handles->Hold(in[0]);
  if (!callable) return nullptr;
  const uint32_t positional = LengthOf(env, in[1]);
  const uint32_t keywords = LengthOf(env, in[2]);
  PythonArguments arguments(positional + keywords);
  for (uint32_t i = 0; i < positional; i++) {
    if (!arguments.Add(environment, ElementOf(env, in[1], i), {"args", static_cast<int>(i)})) {
      return nullptr;
    }
  }
  const Ref names = Ref::Steal(py.PyTuple_New(keywords));
  for (uint32_t i = 0; names && i < keywords; i++) {
    napi_value name = ElementOf(env, in[2], i);
    Ref text = TextToPython(environment, name);
    if (!text) return nullptr;
    py.PyTuple_SetItem(names.get(), i, text.Release());
    if (!arguments.Add(environment, ElementOf(env, in[3], i), {"kwargs", -1, name})) return nullptr;
  }
  return Finish(
      environment,
      names ? arguments.Call(environment, callable.get(), positional, names.get()) : nullptr);
}

// import(name)
napi_value Import(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  const Ref name = TextToPython(in.environment, in[0]);
  if (!name) return nullptr;
  // PyImport_Import gives a package's root for a dotted name; its submodule is in sys.modules.
  const Ref root = Ref::Steal(py.PyImport_Import(name.get()));
  if (!root) return ThrowPython(in.environment);
  NoticeNumpy();
  NoticeMultiprocessing();
  const Ref module = Ref::Steal(py.PyImport_GetModule(name.get()));
  if (!module && py.PyErr_Occurred() != nullptr) return ThrowPython(in.environment);
  return in.environment->handles->Wrap(module ? module.get() : root.get());
}

// ofLoaded(module, name): a value of a module; undefined where that was not imported by now
napi_value OfLoaded(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const Entry entry(in.environment);
  const Ref name = TextToPython(in.environment, in[0]);
  if (!name) return nullptr;
  const Ref module = Ref::Steal(py.PyImport_GetModule(name.get()));
  if (!module) return py.PyErr_Occurred() != nullptr ? ThrowPython(in.environment) : nullptr;
  return Finish(in.environment, Ref::Steal(py.PyObject_GetAttrString(
                                    module.get(), js::ToText(env, in[1]).c_str())));
}

// importOwn(name): a module of our own Python package
napi_value ImportOwnModule(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  return Finish(in.environment, ImportOwn(js::ToText(env, in[0]).c_str()));
}

const NativeFunction kFunctions[] = {
    {"call", Call},
    {"callAsIs", CallAsIs},
    {"callLater", CallLater},
    {"callMethodLater", CallMethodLater},
    {"callForProxy", CallForProxy},
    {"callWithKeywords", CallWithKeywords},
    {"import", Import},
    {"ofLoaded", OfLoaded},
    {"importOwn", ImportOwnModule},
};

}  // namespace

napi_value Finish(Environment* environment, Ref result, ProxyMaking making) {
  if (!result) return ThrowPython(environment);
  return ToJs(environment, result.get(), making);
}

NativeTable CallTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

}  // namespace snakepit
