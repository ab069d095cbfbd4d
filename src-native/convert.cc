// JavaScript to Python.
#include "convert.h"

#include <cmath>

#include "codec.h"
#include "dates.h"
#include "errors.h"
#include "js_object.h"
#include "python_object.h"
#include "tape_reader.h"
#include "tensor.h"

namespace snakepit {

namespace {

constexpr double kMaxSafe = 9007199254740991.0;
constexpr size_t kPathLimit = 200;

bool IsIdentifier(const std::string& name) {
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c < 0;
    if (!letter && !(c >= '0' && c <= '9' && &c != name.data())) return false;
  }
  return !name.empty();
}

std::string PathOf(Environment* environment, const Place& place) {
  std::string path = place.name;
  if (place.index >= 0) path += "[" + std::to_string(place.index) + "]";
  if (place.key != nullptr) path += "." + js::ToText(environment->env, place.key);
  if (place.inside != nullptr) path += place.inside->Path();
  return ShortenPath(path);
}

// One value. Containers are for the TypeScript side to walk, see tape_reader.h.
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
    return ConvertHeld(value);
  }

  // What a codec gave instead of the value.
  Ref ConvertMade(napi_value made) {
    double number = 0;
    return napi_get_value_double(env_, made, &number) == napi_ok ? NumberToPython(number)
                                                                 : Convert(made);
  }

  Ref ConvertObject(napi_value value) {
    if (environment_->encodes && !encoded_) {
      napi_value made = nullptr;
      if (!Encode(environment_, value, &made)) return nullptr;
      encoded_ = made != nullptr;
      if (encoded_) return ConvertMade(made);
    }
    bool is = false;
    napi_is_typedarray(env_, value, &is);
    if (is) return HandOverArgument(environment_, value);
    // What lies on a tape was found to be no container there, unless a codec made it just now.
    if (place_.inside == nullptr || encoded_) {
      bool container = false;
      Ref made = ConvertContainer(value, &container);
      if (container) return made;
    }
    napi_is_arraybuffer(env_, value, &is);
    if (!is) napi_is_dataview(env_, value, &is);
    if (is) return HandOverBytes(environment_, value);
    napi_value bridge = BridgeOf(value);
    if (bridge == nullptr) return nullptr;
    const napi_valuetype bridged = js::TypeOf(env_, bridge);
    if (bridged == napi_number || bridged == napi_string) {
      return ConvertBridged(value, bridge, bridged);
    }
    return ConvertInstance(value);
  }

  // Arrays, plain objects, Maps and Sets.
  Ref ConvertContainer(napi_value value, bool* container) {
    TapeReader reader(environment_, place_);
    napi_value answer = nullptr;
    *container = true;  // or it threw
    if (napi_call_function(env_, js::Undefined(env_), js::Deref(env_, environment_->flatten), 1,
                           &value, &answer) != napi_ok) {
      return nullptr;
    }
    const double tags = js::ToDouble(env_, answer);
    *container = tags >= 0;
    if (tags <= 0) return reader.TakeResult();
    return reader.Read(static_cast<size_t>(tags), nullptr, nullptr) ? reader.TakeResult() : nullptr;
  }

  Ref ConvertInstance(napi_value value) {
    if (IsInstance(value, environment_->shared_buffer_class)) {
      return HandOverBytes(environment_, value);
    }
    bool is = IsKeywords(value);
    if (is) return RefuseBecause("kw() stands last in a call, and nowhere else");
    napi_is_date(env_, value, &is);
    if (is) return ConvertDate(value);
    return ConvertHeld(value);
  }

  // A function or an instance of a class: held, and live.
  Ref ConvertHeld(napi_value value) {
    JsKind kind = JsKind::kNone;
    Ref held = HoldJs(environment_, value, &kind);
    if (held || IsHeld(kind) || js::ExceptionPending(env_)) return held;
    if (kind == JsKind::kArrow) return ConvertArrow(value);
    // Made by another realm's class.
    if (kind == JsKind::kSharedBuffer) return HandOverBytes(environment_, value);
    return Refuse("this value");
  }

  // Arrow data, which the TypeScript side describes.
  Ref ConvertArrow(napi_value value) {
    napi_value proxy = CallHook(environment_, JsHook::kToArrow, 1, &value);
    napi_value bridge = proxy == nullptr ? nullptr : BridgeOf(proxy);
    return bridge == nullptr ? Ref() : environment_->handles->Hold(bridge);
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

  Ref ConvertDate(napi_value value) {
    double milliseconds = 0;
    napi_get_date_value(env_, value, &milliseconds);
    if (std::isnan(milliseconds)) return RefuseBecause("an invalid Date does not convert");
    if (milliseconds < kFirstMillisecond || milliseconds > kLastMillisecond) {
      return RefuseBecause("a Date outside of the years 1 to 9999 has no datetime in Python");
    }
    return DateToPython(milliseconds);
  }

  Ref Refuse(const std::string& what) {
    return RefuseBecause(what +
                         " has no counterpart in Python. What converts: null, undefined, "
                         "booleans, numbers, bigints, strings, arrays, plain objects, Map, "
                         "Set, typed arrays, buffers, tensors and Python objects");
  }

  Ref RefuseBecause(const std::string& why) {
    RefuseAt(environment_, place_, why);
    return nullptr;
  }

  Environment* environment_;
  napi_env env_;
  const Place& place_;
  bool encoded_ = false;  // the value is what a codec made
};

}  // namespace

// No cut goes through a UTF-8 character.
std::string ShortenPath(const std::string& path) {
  if (path.size() <= kPathLimit) return path;
  size_t head = kPathLimit / 2;
  size_t tail = path.size() - kPathLimit / 2;
  while (head > 0 && (path[head] & 0xC0) == 0x80) head--;
  while (tail < path.size() && (path[tail] & 0xC0) == 0x80) tail++;
  return path.substr(0, head) + "..." + path.substr(tail);
}

std::string KeyStep(PyObject* key) {
  const Ref repr = Ref::Steal(py.PyObject_Repr(key));
  const char* spelt = repr ? py.PyUnicode_AsUTF8AndSize(repr.get(), nullptr) : nullptr;
  py.PyErr_Clear();
  std::string text = spelt == nullptr ? "?" : spelt;
  if (Py_TYPE(key) == py.PyUnicode_Type && text.size() > 2) {
    const std::string name = text.substr(1, text.size() - 2);
    if (IsIdentifier(name)) return "." + name;
  }
  return "[" + ShortenPath(text) + "]";
}

Ref NumberToPython(double number) {
  // -0 and what is no safe integer would lose something as an int.
  if (number >= -kMaxSafe && number <= kMaxSafe) {
    const long long whole = static_cast<long long>(number);
    if (static_cast<double>(whole) == number && (whole != 0 || !std::signbit(number))) {
      return Ref::Steal(py.PyLong_FromLongLong(whole));
    }
  }
  return Ref::Steal(py.PyFloat_FromDouble(number));
}

void RefuseAt(Environment* environment, const Place& place, const std::string& why) {
  const std::string path = PathOf(environment, place);
  napi_value details = nullptr;
  napi_create_object(environment->env, &details);
  js::Set(environment->env, details, "path", js::Text(environment->env, path));
  ThrowSnakepit(environment, "ERR_CONVERSION", path + ": " + why, details);
}

Ref ToPython(Environment* environment, napi_value value, const Place& place) {
  // The commonest by far, told and read by one call.
  double number = 0;
  if (napi_get_value_double(environment->env, value, &number) == napi_ok) {
    Ref made = NumberToPython(number);
    if (!made) ThrowPython(environment);
    return made;
  }
  Ref result = Converter(environment, place).Convert(value);
  if (!result && !js::ExceptionPending(environment->env)) ThrowPython(environment);
  if (!result) py.PyErr_Clear();
  return result;
}

}  // namespace snakepit
