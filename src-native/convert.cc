// JavaScript to Python.
#include "convert.h"

#include <cmath>
#include <vector>

#include "errors.h"
#include "python_object.h"
#include "tensor.h"

namespace snakepit {

namespace {

constexpr double kMaxSafe = 9007199254740991.0;
// Each level costs frames of ours on the thread's stack, and V8 ends the process where a call
// into it comes from below the stack that it allots itself (about 1 MB, JavaScript's part counted).
constexpr size_t kDepthLimit = 400;
constexpr size_t kPathLimit = 200;

Ref NumberToPython(napi_env env, napi_value value) {
  const double number = js::ToDouble(env, value);
  // -0 and what is no safe integer would lose something as an int.
  if (number >= -kMaxSafe && number <= kMaxSafe) {
    const long long whole = static_cast<long long>(number);
    if (static_cast<double>(whole) == number && (whole != 0 || !std::signbit(number))) {
      return Ref::Steal(py.PyLong_FromLongLong(whole));
    }
  }
  return Ref::Steal(py.PyFloat_FromDouble(number));
}

// The middle of a long path says little. No cut goes through a UTF-8 character.
std::string Shorten(const std::string& path) {
  if (path.size() <= kPathLimit) return path;
  size_t head = kPathLimit / 2;
  size_t tail = path.size() - kPathLimit / 2;
  while (head > 0 && (path[head] & 0xC0) == 0x80) head--;
  while (tail < path.size() && (path[tail] & 0xC0) == 0x80) tail++;
  return path.substr(0, head) + "..." + path.substr(tail);
}

// One argument with all that hangs on it. Containers are copied; a container that contains itself
// becomes a Python one that does.
class Converter {
 public:
  Converter(Environment* environment, const Place& place)
      : environment_(environment), env_(environment->env), place_(place) {}

  Ref Convert(napi_value value) {
    const napi_valuetype type = js::TypeOf(env_, value);
    switch (type) {
      case napi_undefined:
      case napi_null:
        return Ref::Borrow(py._Py_NoneStruct);
      case napi_boolean: {
        bool truth = false;
        napi_get_value_bool(env_, value, &truth);
        return Ref::Borrow(truth ? py._Py_TrueStruct : py._Py_FalseStruct);
      }
      case napi_number:
        return NumberToPython(env_, value);
      case napi_string:
        return TextToPython(environment_, value);
      case napi_bigint:
        return BigIntToPython(environment_, value);
      case napi_function:
        return ConvertFunction(value);
      case napi_object:
        return ConvertObject(value);
      default:
        return Refuse(type == napi_symbol ? "a symbol" : "an external value");
    }
  }

 private:
  struct Level {
    napi_value value;
    PyObject* made;
    uint32_t index = 0;
    napi_value key = nullptr;
  };

  // A proxy, an exception that came from Python, or a Tensor; undefined for all others.
  napi_value BridgeOf(napi_value value) {
    napi_value bridge = nullptr;
    napi_get_property(env_, value, js::Deref(env_, environment_->bridge_symbol), &bridge);
    return bridge;
  }

  Ref ConvertBridged(napi_value value, napi_value bridge, napi_valuetype type) {
    if (type == napi_string) return HandOverTensor(environment_, value);
    return environment_->handles->Hold(bridge);
  }

  Ref ConvertFunction(napi_value value) {
    napi_value bridge = BridgeOf(value);
    if (bridge == nullptr) return nullptr;
    const napi_valuetype type = js::TypeOf(env_, bridge);
    if (type == napi_number) return ConvertBridged(value, bridge, type);
    return Refuse("a function");
  }

  Ref ConvertObject(napi_value value) {
    bool is = false;
    napi_is_typedarray(env_, value, &is);
    if (is) return HandOverArgument(environment_, value);
    napi_is_array(env_, value, &is);
    if (is) return ConvertNested(value, &Converter::FillList);
    napi_is_arraybuffer(env_, value, &is);
    if (!is) napi_is_dataview(env_, value, &is);
    if (is) return HandOverBytes(environment_, value);
    napi_value bridge = BridgeOf(value);
    if (bridge == nullptr) return nullptr;
    const napi_valuetype bridged = js::TypeOf(env_, bridge);
    if (bridged == napi_number || bridged == napi_string) {
      return ConvertBridged(value, bridge, bridged);
    }
    if (!IsPlain(value)) return ConvertInstance(value);
    bool proxied = false;
    if (!IsProxiedArray(value, &proxied)) return nullptr;
    return proxied ? ConvertProxiedArray(value) : ConvertNested(value, &Converter::FillDict);
  }

  // A user's Proxy shows Node-API no prototype; Array.isArray sees through it. False: it threw.
  bool IsProxiedArray(napi_value value, bool* proxied) {
    napi_value prototype = nullptr;
    napi_get_prototype(env_, value, &prototype);
    if (prototype == nullptr || js::TypeOf(env_, prototype) != napi_null) return true;
    napi_value answer = nullptr;
    if (napi_call_function(env_, js::Undefined(env_), js::Deref(env_, environment_->is_array), 1,
                           &value, &answer) != napi_ok) {
      return false;
    }
    napi_get_value_bool(env_, answer, proxied);
    return true;
  }

  Ref ConvertProxiedArray(napi_value value) {
    napi_value elements = nullptr;
    if (napi_call_function(env_, js::Undefined(env_), js::Deref(env_, environment_->array_from), 1,
                           &value, &elements) != napi_ok) {
      return nullptr;
    }
    return ConvertNested(elements, &Converter::FillList);
  }

  Ref ConvertInstance(napi_value value) {
    if (IsInstance(value, environment_->map_class)) {
      return ConvertNested(value, &Converter::FillFromMap);
    }
    if (IsInstance(value, environment_->set_class)) {
      return ConvertNested(value, &Converter::FillSet);
    }
    if (IsInstance(value, environment_->shared_buffer_class)) {
      return HandOverBytes(environment_, value);
    }
    bool is = IsKeywords(value);
    if (is) return RefuseBecause("kw() stands last in a call, and nowhere else");
    napi_is_promise(env_, value, &is);
    if (is) return Refuse("a Promise");
    napi_is_date(env_, value, &is);
    return Refuse(is ? "a Date" : "an instance of a class");
  }

  // A registered symbol: the value may come from another copy of the package.
  bool IsKeywords(napi_value value) {
    napi_value symbol = nullptr;
    bool has = false;
    node_api_symbol_for(env_, "snakepit.kw", NAPI_AUTO_LENGTH, &symbol);
    napi_has_property(env_, value, symbol, &has);
    return has;
  }

  bool IsInstance(napi_value value, napi_ref constructor) {
    bool is = false;
    napi_instanceof(env_, value, js::Deref(env_, constructor), &is);
    return is;
  }

  // Made by a literal or Object.create(null), in this realm or another.
  bool IsPlain(napi_value value) {
    napi_value prototype = nullptr;
    if (napi_get_prototype(env_, value, &prototype) != napi_ok) return false;
    if (js::TypeOf(env_, prototype) == napi_null) return true;
    bool same = false;
    napi_strict_equals(env_, prototype, js::Deref(env_, environment_->object_prototype), &same);
    if (same) return true;
    napi_value root = nullptr;
    bool own = false;
    napi_get_prototype(env_, prototype, &root);
    if (root == nullptr || js::TypeOf(env_, root) != napi_null) return false;
    napi_has_own_property(env_, prototype, js::Text(env_, "isPrototypeOf"), &own);
    return own;
  }

  using Fill = bool (Converter::*)(napi_value value, PyObject* made);

  Ref ConvertNested(napi_value value, Fill fill) {
    for (const Level& level : levels_) {
      bool same = false;
      napi_strict_equals(env_, level.value, value, &same);
      if (same && level.made != nullptr) return Ref::Borrow(level.made);
      if (same) return RefuseBecause("a Set that contains itself does not convert");
    }
    if (levels_.size() >= kDepthLimit) {
      return RefuseBecause("data nested deeper than " + std::to_string(kDepthLimit) +
                           " levels does not convert");
    }
    const bool list = fill == &Converter::FillList;
    const bool set = fill == &Converter::FillSet;
    Ref made = Ref::Steal(list ? py.PyList_New(0) : set ? py.PySet_New(nullptr) : py.PyDict_New());
    if (!made) return Fail();
    levels_.push_back({value, set ? nullptr : made.get()});
    const bool filled = (this->*fill)(value, made.get());
    if (!filled) return Fail();
    levels_.pop_back();
    return made;
  }

  bool FillList(napi_value value, PyObject* made) {
    uint32_t count = 0;
    napi_get_array_length(env_, value, &count);
    for (uint32_t i = 0; i < count; i++) {
      const HandleScope scope(env_);
      levels_.back().index = i;
      napi_value element = nullptr;
      if (napi_get_element(env_, value, i, &element) != napi_ok) return false;
      const Ref item = Convert(element);
      if (!item || py.PyList_Append(made, item.get()) != 0) return false;
    }
    return true;
  }

  bool FillDict(napi_value value, PyObject* made) {
    napi_value names = nullptr;
    uint32_t count = 0;
    if (napi_get_all_property_names(
            env_, value, napi_key_own_only,
            static_cast<napi_key_filter>(napi_key_enumerable | napi_key_skip_symbols),
            napi_key_numbers_to_strings, &names) != napi_ok) {
      return false;
    }
    napi_get_array_length(env_, names, &count);
    for (uint32_t i = 0; i < count; i++) {
      const HandleScope scope(env_);
      napi_value element = nullptr;
      napi_get_element(env_, names, i, &levels_.back().key);
      if (napi_get_property(env_, value, levels_.back().key, &element) != napi_ok) return false;
      const Ref key = TextToPython(environment_, levels_.back().key);
      const Ref item = key ? Convert(element) : nullptr;
      if (!item || py.PyDict_SetItem(made, key.get(), item.get()) != 0) return false;
    }
    return true;
  }

  // Array.from(value): the entries of a Map, the members of a Set.
  napi_value ElementsOf(napi_value value, uint32_t* count) {
    napi_value elements = nullptr;
    if (napi_call_function(env_, js::Undefined(env_), js::Deref(env_, environment_->array_from), 1,
                           &value, &elements) != napi_ok) {
      return nullptr;
    }
    napi_get_array_length(env_, elements, count);
    return elements;
  }

  bool FillFromMap(napi_value value, PyObject* made) {
    uint32_t count = 0;
    napi_value entries = ElementsOf(value, &count);
    for (uint32_t i = 0; entries != nullptr && i < count; i++) {
      const HandleScope scope(env_);
      levels_.back().index = i;
      napi_value entry = nullptr;
      napi_value parts[2] = {};
      napi_get_element(env_, entries, i, &entry);
      napi_get_element(env_, entry, 0, &parts[0]);
      napi_get_element(env_, entry, 1, &parts[1]);
      const Ref key = Convert(parts[0]);
      if (!key) return false;
      const int known = py.PyDict_Contains(made, key.get());
      if (known != 0) return known < 0 ? RefuseKey() : Collide(key.get());
      const Ref item = Convert(parts[1]);
      if (!item || py.PyDict_SetItem(made, key.get(), item.get()) != 0) return false;
    }
    return entries != nullptr;
  }

  bool FillSet(napi_value value, PyObject* made) {
    uint32_t count = 0;
    napi_value members = ElementsOf(value, &count);
    for (uint32_t i = 0; members != nullptr && i < count; i++) {
      const HandleScope scope(env_);
      levels_.back().index = i;
      napi_value element = nullptr;
      napi_get_element(env_, members, i, &element);
      const Ref member = Convert(element);
      if (!member) return false;
      if (py.PySet_Add(made, member.get()) != 0) return RefuseKey();
      if (py.PySet_Size(made) != static_cast<Py_ssize_t>(i) + 1) return Collide(member.get());
    }
    return members != nullptr;
  }

  // 1, 1n, true and 1.0 are one key to Python: which value would win is not for us to choose.
  bool Collide(PyObject* key) {
    const Ref text = Ref::Steal(py.PyObject_Repr(key));
    const char* utf8 = text ? py.PyUnicode_AsUTF8AndSize(text.get(), nullptr) : nullptr;
    const std::string name = utf8 != nullptr ? utf8 : "?";
    py.PyErr_Clear();
    RefuseBecause("two keys are the same to Python (" + name + "), and only one could stay");
    return false;
  }

  bool RefuseKey() {
    const std::string reason = TakePythonError();
    RefuseBecause("Python cannot hash this key or member (" + reason + ")");
    return false;
  }

  // Leaves whatever went wrong pending in JS.
  Ref Fail() {
    if (js::ExceptionPending(env_)) {
      py.PyErr_Clear();
    } else {
      ThrowPython(environment_);
    }
    return nullptr;
  }

  Ref Refuse(const std::string& what) {
    return RefuseBecause(what +
                         " has no counterpart in Python. What converts: null, undefined, "
                         "booleans, numbers, bigints, strings, arrays, plain objects, Map, "
                         "Set, typed arrays, buffers, tensors and Python objects");
  }

  Ref RefuseBecause(const std::string& why) {
    const std::string path = Path();
    napi_value details = nullptr;
    napi_create_object(env_, &details);
    js::Set(env_, details, "path", js::Text(env_, path));
    ThrowSnakepit(environment_, "ERR_CONVERSION", path + ": " + why, details);
    return nullptr;
  }

  std::string Path() const {
    std::string path = place_.name;
    if (place_.index >= 0) path += "[" + std::to_string(place_.index) + "]";
    if (place_.key != nullptr) path += "." + js::ToText(env_, place_.key);
    for (const Level& level : levels_) {
      if (level.key != nullptr) {
        path += "." + js::ToText(env_, level.key);
      } else {
        path += "[" + std::to_string(level.index) + "]";
      }
    }
    return Shorten(path);
  }

  Environment* environment_;
  napi_env env_;
  const Place& place_;
  std::vector<Level> levels_;
};

}  // namespace

Ref ToPython(Environment* environment, napi_value value, const Place& place) {
  Ref result = Converter(environment, place).Convert(value);
  if (!result && !js::ExceptionPending(environment->env)) ThrowPython(environment);
  return result;
}

}  // namespace snakepit
