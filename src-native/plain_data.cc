#include "plain_data.h"

#include <string>
#include <unordered_map>
#include <vector>

#include "convert.h"
#include "errors.h"
#include "interpreter.h"
#include "numpy.h"
#include "python_object.h"

namespace snakepit {

namespace {

// Each level costs a frame of ours on the thread's stack; worker_threads have 4 MiB of it.
constexpr size_t kDepthLimit = 400;

struct DataOptions {
  int64_t depth = -1;  // -1: all levels
  bool proxies = false;
  bool dates = false;
};

// One $toJS. Sharing and cycles are kept: a container is made once, before its members.
class PlainData {
 public:
  PlainData(Environment* environment, const DataOptions& options)
      : environment_(environment), env_(environment->env), options_(options) {}

  // Null: a JS exception is pending.
  napi_value Convert(PyObject* object) {
    if (ConvertsByValue(object)) return ToJs(environment_, object);
    const auto known = made_.find(object);
    if (known != made_.end()) return known->second;
    const Kind kind = KindOf(object);
    if (kind == Kind::kOther) return ConvertOther(object);
    if (options_.depth >= 0 && static_cast<int64_t>(path_.size()) >= options_.depth) {
      return environment_->handles->Wrap(object);
    }
    if (path_.size() >= kDepthLimit) return Refuse("data nested deeper than 400 levels");
    switch (kind) {
      case Kind::kSequence:
        return ConvertSequence(object, object);
      case Kind::kDict:
        return ConvertDict(object, object);
      case Kind::kSet:
        return ConvertSet(object);
      default:
        return ConvertArray(object);
    }
  }

 private:
  enum class Kind { kSequence, kDict, kSet, kArray, kOther };

  // Exact types here; what is a subclass (a namedtuple, say) is for Python to take apart.
  Kind KindOf(PyObject* object) const {
    PyTypeObject* type = Py_TYPE(object);
    if (type == py.PyList_Type || type == py.PyTuple_Type) return Kind::kSequence;
    if (type == py.PyDict_Type) return Kind::kDict;
    if (type == py.PySet_Type || type == py.PyFrozenSet_Type) return Kind::kSet;
    return IsNdArray(object) ? Kind::kArray : Kind::kOther;
  }

  // `identity` is the object that a second meeting would see.
  napi_value ConvertSequence(PyObject* sequence, PyObject* identity) {
    const Ref items = Ref::Steal(py.PySequence_Tuple(sequence));
    if (!items) return ThrowPython(environment_);
    const Py_ssize_t count = py.PyTuple_Size(items.get());
    napi_value array = nullptr;
    napi_create_array_with_length(env_, static_cast<size_t>(count), &array);
    Remember(identity, array);
    path_.emplace_back();
    for (Py_ssize_t i = 0; i < count; i++) {
      path_.back() = "[" + std::to_string(i) + "]";
      PyObject* item = py.PyTuple_GetItem(items.get(), i);
      if (!Put(item, [&](napi_value value) {
            napi_set_element(env_, array, static_cast<uint32_t>(i), value);
          })) {
        return nullptr;
      }
    }
    path_.pop_back();
    return array;
  }

  napi_value ConvertDict(PyObject* dict, PyObject* identity) {
    // A copy: converting a member may run Python code that changes the dict.
    const Ref items = Ref::Steal(py.PyDict_Items(dict));
    if (!items) return ThrowPython(environment_);
    const Py_ssize_t count = py.PyList_Size(items.get());
    bool text = true;
    for (Py_ssize_t i = 0; i < count && text; i++) {
      PyObject* key = py.PyTuple_GetItem(py.PyList_GetItem(items.get(), i), 0);
      text = Py_TYPE(key) == py.PyUnicode_Type;
    }
    napi_value target = text ? NewObject() : NewInstance("Map");
    if (target == nullptr) return nullptr;
    Remember(identity, target);
    path_.emplace_back();
    for (Py_ssize_t i = 0; i < count; i++) {
      PyObject* item = py.PyList_GetItem(items.get(), i);
      PyObject* key = py.PyTuple_GetItem(item, 0);
      PyObject* value = py.PyTuple_GetItem(item, 1);
      if (!(text ? PutProperty(target, key, value) : PutEntry(target, key, value))) return nullptr;
    }
    path_.pop_back();
    // NaNs are many keys to Python and one to a Map; which value would win is not for us to choose.
    return text || HasSize(target, count)
               ? target
               : Refuse("a dict with keys that a Map takes for the same");
  }

  bool HasSize(napi_value target, Py_ssize_t count) {
    return js::ToDouble(env_, js::Get(env_, target, "size")) == static_cast<double>(count);
  }

  bool PutProperty(napi_value target, PyObject* key, PyObject* value) {
    napi_value name = TextToJs(environment_, key);
    if (name == nullptr) return false;
    path_.back() = "." + js::ToText(env_, name);
    return Put(value, [&](napi_value made) {
      // Defined, not set: a key "__proto__" is data here.
      const napi_property_descriptor property = {
          nullptr, name, nullptr, nullptr, nullptr, made, napi_default_jsproperty, nullptr};
      napi_define_properties(env_, target, 1, &property);
    });
  }

  bool PutEntry(napi_value target, PyObject* key, PyObject* value) {
    path_.back() = ".keys()";
    napi_value arguments[2] = {Convert(key), nullptr};
    if (arguments[0] == nullptr) return false;
    path_.back() = "[" + KeyText(key) + "]";
    arguments[1] = Convert(value);
    return arguments[1] != nullptr && CallMethod(target, "set", 2, arguments);
  }

  napi_value ConvertSet(PyObject* set) {
    const Ref items = Ref::Steal(py.PySequence_List(set));
    if (!items) return ThrowPython(environment_);
    napi_value target = NewInstance("Set");
    if (target == nullptr) return nullptr;
    Remember(set, target);
    path_.emplace_back();
    const Py_ssize_t count = py.PyList_Size(items.get());
    for (Py_ssize_t i = 0; i < count; i++) {
      PyObject* item = py.PyList_GetItem(items.get(), i);
      path_.back() = "{" + KeyText(item) + "}";
      napi_value member = Convert(item);
      if (member == nullptr || !CallMethod(target, "add", 1, &member)) return nullptr;
    }
    path_.pop_back();
    return HasSize(target, count) ? target
                                  : Refuse("a set with members that JavaScript takes for the same");
  }

  // The TypeScript side copies an array's memory (src/tensor).
  napi_value ConvertArray(PyObject* array) {
    napi_value arguments[2] = {environment_->handles->Wrap(array), js::Text(env_, Path())};
    if (arguments[0] == nullptr) return nullptr;
    napi_value data = nullptr;
    napi_call_function(env_, js::Undefined(env_), js::Deref(env_, environment_->copy_array), 2,
                       arguments, &data);
    if (data != nullptr) Remember(array, data);
    return data;
  }

  // Dataclasses, datetimes, Decimals and their kin: _snakepit.plain says what they are made of.
  napi_value ConvertOther(PyObject* object) {
    const Ref module = ImportOwn("plain");
    const Ref take =
        module ? Ref::Steal(py.PyObject_GetAttrString(module.get(), "take_apart")) : nullptr;
    PyObject* arguments[2] = {object, options_.dates ? py._Py_TrueStruct : py._Py_FalseStruct};
    const Ref parts =
        take ? Ref::Steal(py.PyObject_Vectorcall(take.get(), arguments, 2, nullptr)) : nullptr;
    if (!parts) return ThrowPython(environment_);
    if (parts.get() == py._Py_NoneStruct) {
      return options_.proxies ? environment_->handles->Wrap(object) : RefuseObject(object);
    }
    const std::string kind = AsText(py.PyTuple_GetItem(parts.get(), 0));
    PyObject* value = py.PyTuple_GetItem(parts.get(), 1);
    if (kind == "date") return MakeDate(value);
    if (kind == "lossy") return RefuseDate(value);
    if (kind == "value") return Convert(value);
    if (options_.depth >= 0 && static_cast<int64_t>(path_.size()) >= options_.depth) {
      return environment_->handles->Wrap(object);
    }
    // A meeting of the parts themselves is no meeting of the object, and they die here.
    kept_.push_back(Ref::Borrow(value));
    if (kind == "sequence") return ConvertSequence(value, object);
    return ConvertDict(value, object);
  }

  napi_value MakeDate(PyObject* milliseconds) {
    napi_value date = nullptr;
    napi_create_date(env_, py.PyFloat_AsDouble(milliseconds), &date);
    return date;
  }

  napi_value RefuseDate(PyObject* why) {
    const std::string message =
        Path() + ": " + AsText(why) + "; ask for dates: 'iso', or for the object itself";
    napi_throw_range_error(env_, "ERR_CONVERSION", message.c_str());
    return nullptr;
  }

  // Leaves get a scope of their own; containers must stay reachable for made_.
  template <typename Store>
  bool Put(PyObject* object, Store store) {
    if (ConvertsByValue(object)) {
      const HandleScope scope(env_);
      napi_value value = ToJs(environment_, object);
      if (value != nullptr) store(value);
      return value != nullptr;
    }
    napi_value value = Convert(object);
    if (value != nullptr) store(value);
    return value != nullptr;
  }

  napi_value NewObject() {
    napi_value object = nullptr;
    napi_create_object(env_, &object);
    return object;
  }

  napi_value NewInstance(const char* name) {
    napi_ref held = *name == 'M' ? environment_->map_class : environment_->set_class;
    napi_value instance = nullptr;
    const napi_status status =
        napi_new_instance(env_, js::Deref(env_, held), 0, nullptr, &instance);
    if (status != napi_ok) ThrowJs(environment_, status, "making a Map or Set");
    return instance;
  }

  bool CallMethod(napi_value target, const char* name, size_t count, const napi_value* arguments) {
    napi_value result = nullptr;
    const napi_status status =
        napi_call_function(env_, target, js::Get(env_, target, name), count, arguments, &result);
    if (status != napi_ok) ThrowJs(environment_, status, "filling a Map or Set");
    return status == napi_ok;
  }

  // An object that dies during the conversion could lend its address to the next one.
  void Remember(PyObject* object, napi_value value) {
    kept_.push_back(Ref::Borrow(object));
    made_.emplace(object, value);
  }

  std::string AsText(PyObject* text) const {
    const char* utf8 = py.PyUnicode_AsUTF8AndSize(text, nullptr);
    if (utf8 != nullptr) return utf8;
    py.PyErr_Clear();
    return "?";
  }

  std::string KeyText(PyObject* key) const {
    if (!ConvertsByValue(key)) return "…";
    const Ref text = Ref::Steal(py.PyObject_Repr(key));
    if (text) return AsText(text.get());
    py.PyErr_Clear();
    return "?";
  }

  napi_value RefuseObject(PyObject* object) {
    const Ref name = Ref::Steal(py.PyType_GetQualName(Py_TYPE(object)));
    return Refuse("an object of type " + (name ? AsText(name.get()) : std::string("?")) +
                  " is no plain data; { fallback: 'proxy' } keeps it as it is");
  }

  napi_value Refuse(const std::string& why) {
    const std::string path = Path();
    napi_value details = NewObject();
    js::Set(env_, details, "path", js::Text(env_, path));
    return ThrowSnakepit(environment_, "ERR_CONVERSION", path + ": " + why, details);
  }

  std::string Path() const {
    std::string path = "value";
    for (const std::string& step : path_) path += step;
    return path;
  }

  Environment* environment_;
  napi_env env_;
  DataOptions options_;
  std::unordered_map<PyObject*, napi_value> made_;
  std::vector<Ref> kept_;
  std::vector<std::string> path_;
};

// toData(id, { depth, proxies, dates })
napi_value ToData(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  if (!object) return nullptr;
  DataOptions options;
  napi_get_value_int64(env, js::Get(env, in[1], "depth"), &options.depth);
  napi_get_value_bool(env, js::Get(env, in[1], "proxies"), &options.proxies);
  napi_get_value_bool(env, js::Get(env, in[1], "dates"), &options.dates);
  return PlainData(in.environment, options).Convert(object.get());
}

const NativeFunction kFunctions[] = {{"toData", ToData}};

}  // namespace

NativeTable PlainDataTable() { return {kFunctions, 1}; }

}  // namespace snakepit
