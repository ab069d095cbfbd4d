#include "access.h"

#include <memory>
#include <utility>
#include <vector>

#include "call.h"
#include "codec.h"
#include "convert.h"
#include "errors.h"
#include "gil.h"
#include "operands.h"
#include "python_object.h"

namespace snakepit {

namespace {

// Attribute names that JavaScript uses again and again, by the small number it was given for them
// (internName). Interned text compares by address inside CPython. Process-wide, under the GIL.
std::vector<PyObject*>& Interned() {
  static auto* names = new std::vector<PyObject*>();
  return *names;
}

// internName(text): the number that stands for it
napi_value InternName(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  // No Entry, which sweeps: callers read an id, then make the name, then pass both.
  const GilAcquire gil;
  Ref name = TextToPython(in.environment, in[0]);
  if (!name) return nullptr;
  PyObject* interned = name.Release();
  py.PyUnicode_InternInPlace(&interned);
  Interned().push_back(interned);
  return js::Number(env, static_cast<double>(Interned().size() - 1));
}

// What each function of attributes begins with: the GIL, the object of the handle, the name. False:
// a JS exception is pending.
template <size_t N>
class Attribute {
 public:
  explicit Attribute(const Arguments<N>& in)
      : environment(in.environment),
        entry_(in.environment),
        object(in.environment->handles->Hold(in[0])),
        name(object ? NameOf(in.environment, in[1]) : nullptr) {}
  explicit operator bool() const { return static_cast<bool>(name); }
  Ref Get() const { return Ref::Steal(py.PyObject_GetAttr(object.get(), name.get())); }
  // Lets go of the object and the name too, which may run Python code.
  Ref Take() {
    Ref value = Get();
    object = Ref();
    name = Ref();
    return value;
  }
  // null deletes it
  napi_value Set(PyObject* value) const {
    if (py.PyObject_SetAttr(object.get(), name.get(), value) != 0) return ThrowPython(environment);
    return js::Undefined(environment->env);
  }

  Environment* const environment;

 private:
  const Entry entry_;  // before the references: it outlives them

 public:
  Ref object;
  Ref name;
};

// getAttr(id, name)
napi_value GetAttr(napi_env env, napi_callback_info info) {
  const Attribute<2> attribute(Arguments<2>(env, info));
  return attribute ? Finish(attribute.environment, attribute.Get()) : nullptr;
}

// getAttrLater(id, name): undefined where the value is an object whose proxy is to be made
napi_value GetAttrLater(napi_env env, napi_callback_info info) {
  Attribute<2> attribute(Arguments<2>(env, info));
  if (!attribute) return nullptr;
  return Finish(attribute.environment, attribute.Take(), ProxyMaking::kLater);
}

// findAttr(id, name): undefined where there is no such attribute
napi_value FindAttr(napi_env env, napi_callback_info info) {
  const Attribute<2> attribute(Arguments<2>(env, info));
  if (!attribute) return nullptr;
  Ref value = attribute.Get();
  if (!value && py.PyErr_ExceptionMatches(*py.PyExc_AttributeError) != 0) {
    py.PyErr_Clear();
    return js::Undefined(env);
  }
  return Finish(attribute.environment, std::move(value));
}

// hasAttr(id, name): no exception leaves
napi_value HasAttr(napi_env env, napi_callback_info info) {
  const Attribute<2> attribute(Arguments<2>(env, info));
  if (!attribute) return nullptr;
  const Ref value = attribute.Get();
  py.PyErr_Clear();
  return js::Boolean(env, static_cast<bool>(value));
}

// setAttr(id, name, value)
napi_value SetAttr(napi_env env, napi_callback_info info) {
  const Arguments<3> in(env, info);
  const Attribute<3> attribute(in);
  const Ref value = attribute ? ToPython(in.environment, in[2], {"value"}) : nullptr;
  return value ? attribute.Set(value.get()) : nullptr;
}

// deleteAttr(id, name)
napi_value DeleteAttr(napi_env env, napi_callback_info info) {
  const Attribute<2> attribute(Arguments<2>(env, info));
  return attribute ? attribute.Set(nullptr) : nullptr;
}

// The key of an item: one value, or a tuple of several. Null: a JS exception is pending.
Ref KeyOf(Environment* environment, napi_value keys) {
  uint32_t count = 0;
  napi_get_array_length(environment->env, keys, &count);
  std::vector<Ref> parts;
  for (uint32_t i = 0; i < count; i++) {
    napi_value key = nullptr;
    napi_get_element(environment->env, keys, i, &key);
    parts.push_back(ToPython(environment, key, {"keys", static_cast<int>(i)}));
    if (!parts.back()) return nullptr;
  }
  if (count == 1) return std::move(parts[0]);
  Ref tuple = Ref::Steal(py.PyTuple_New(count));
  for (uint32_t i = 0; tuple && i < count; i++) {
    py.PyTuple_SetItem(tuple.get(), i, parts[i].Release());
  }
  if (!tuple) ThrowPython(environment);
  return tuple;
}

void NoteItem(Environment* environment, const Ref& object, const Ref& key, PyObject* value) {
  PyObject* operands[3] = {object.get(), key.get(), value};
  NoteOperands(environment, {operands, value != nullptr ? size_t{3} : size_t{2}});
}

// getItem(id, keys)
napi_value GetItem(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  const Ref key = object ? KeyOf(in.environment, in[1]) : nullptr;
  if (!key) return nullptr;
  Ref item = Ref::Steal(py.PyObject_GetItem(object.get(), key.get()));
  if (!item) NoteItem(in.environment, object, key, nullptr);
  return Finish(in.environment, std::move(item));
}

// setItem(id, keys, value)
napi_value SetItem(napi_env env, napi_callback_info info) {
  const Arguments<3> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  const Ref key = object ? KeyOf(in.environment, in[1]) : nullptr;
  const Ref value = key ? ToPython(in.environment, in[2], {"value"}) : nullptr;
  if (!value) return nullptr;
  if (py.PyObject_SetItem(object.get(), key.get(), value.get()) != 0) {
    NoteItem(in.environment, object, key, value.get());
    return ThrowPython(in.environment);
  }
  return js::Undefined(env);
}

// deleteItem(id, keys)
napi_value DeleteItem(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  const Ref key = object ? KeyOf(in.environment, in[1]) : nullptr;
  if (!key) return nullptr;
  if (py.PyObject_DelItem(object.get(), key.get()) != 0) return ThrowPython(in.environment);
  return js::Undefined(env);
}

// index(id, n): a digit key on a sequence; undefined out of range, as in an Array
napi_value Index(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  if (!object) return nullptr;
  const Ref key = ToPython(in.environment, in[1], {"index"});
  if (!key) return nullptr;
  Ref item = Ref::Steal(py.PyObject_GetItem(object.get(), key.get()));
  if (!item && py.PyErr_ExceptionMatches(*py.PyExc_IndexError) != 0) {
    py.PyErr_Clear();
    return js::Undefined(env);
  }
  return Finish(in.environment, std::move(item));
}

// iterate(id): the iterator, as a proxy
napi_value Iterate(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  if (!object) return nullptr;
  Ref iterator = Ref::Steal(py.PyObject_GetIter(object.get()));
  const WithoutCodecs plain(in.environment);
  return Finish(in.environment, std::move(iterator));
}

// next(id, step, sent): the next value; at the end `step.done` is set and it is the return value
napi_value Next(napi_env env, napi_callback_info info) {
  const Arguments<3> in(env, info);
  const Entry entry(in.environment);
  const Ref iterator = in.environment->handles->Hold(in[0]);
  const Ref sent = iterator ? ToPython(in.environment, in[2], {"value"}) : nullptr;
  if (!sent) return nullptr;
  PyObject* value = nullptr;
  const int sending = py.PyIter_Send(iterator.get(), sent.get(), &value);
  if (sending < 0) return ThrowPython(in.environment);
  if (sending == 0) js::Set(env, in[1], "done", js::Boolean(env, true));
  return Finish(in.environment, Ref::Steal(value));
}

// text(id, repr): str(object), or repr(object)
napi_value Text(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  if (!object) return nullptr;
  bool repr = false;
  napi_get_value_bool(env, in[1], &repr);
  const Ref text =
      Ref::Steal(repr ? py.PyObject_Repr(object.get()) : py.PyObject_Str(object.get()));
  if (!text) return ThrowPython(in.environment);
  return TextToJs(in.environment, text.get());
}

// names(id): dir(object), without the names that begin and end with two underscores
napi_value Names(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  if (!object) return nullptr;
  const Ref names = Ref::Steal(py.PyObject_Dir(object.get()));
  if (!names) return ThrowPython(in.environment);
  napi_value result = nullptr;
  napi_create_array(env, &result);
  const Py_ssize_t count = py.PyList_Size(names.get());
  uint32_t kept = 0;
  for (Py_ssize_t i = 0; i < count; i++) {
    PyObject* name = py.PyList_GetItem(names.get(), i);
    if (Py_TYPE(name) != py.PyUnicode_Type) continue;
    const HandleScope scope(env);
    napi_value text = TextToJs(in.environment, name);
    if (text == nullptr) return nullptr;
    const std::string spelt = js::ToText(env, text);
    const bool dunder = spelt.size() > 4 && spelt.compare(0, 2, "__") == 0 &&
                        spelt.compare(spelt.size() - 2, 2, "__") == 0;
    if (!dunder) napi_set_element(env, result, kept++, text);
  }
  return result;
}

// isTrue(id)
napi_value IsTrue(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  if (!object) return nullptr;
  const int truth = py.PyObject_IsTrue(object.get());
  if (truth < 0) return ThrowPython(in.environment);
  return js::Boolean(env, truth == 1);
}

// examine(id, extra): what the function says of [(handle, object), …], all that JavaScript holds,
// and of `extra`
napi_value Examine(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const Entry entry(in.environment);
  const Ref function = in.environment->handles->Hold(in[0]);
  const Ref extra = function ? ToPython(in.environment, in[1], {"extra"}) : nullptr;
  if (!extra) return nullptr;
  const Ref rows = Ref::Steal(py.PyList_New(0));
  bool whole = static_cast<bool>(rows);
  in.environment->handles->ForEach([&](HandleId id, PyObject* object) {
    const Ref row = Ref::Steal(py.PyTuple_New(2));
    if (!row) {
      whole = false;
      return;
    }
    py.PyTuple_SetItem(row.get(), 0, py.PyLong_FromDouble(id));
    py.PyTuple_SetItem(row.get(), 1, Ref::Borrow(object).Release());
    whole = whole && py.PyList_Append(rows.get(), row.get()) == 0;
  });
  if (!whole) return ThrowPython(in.environment);
  PyObject* arguments[2] = {rows.get(), extra.get()};
  return Finish(in.environment,
                Ref::Steal(py.PyObject_Vectorcall(function.get(), arguments, 2, nullptr)));
}

// proxyOf(id)
napi_value ProxyOf(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  const Ref object = in.environment->handles->Hold(in[0]);
  return object ? in.environment->handles->Wrap(object.get()) : nullptr;
}

const NativeFunction kFunctions[] = {
    {"internName", InternName},
    {"getAttr", GetAttr},
    {"getAttrLater", GetAttrLater},
    {"findAttr", FindAttr},
    {"hasAttr", HasAttr},
    {"setAttr", SetAttr},
    {"deleteAttr", DeleteAttr},
    {"getItem", GetItem},
    {"setItem", SetItem},
    {"deleteItem", DeleteItem},
    {"index", Index},
    {"iterate", Iterate},
    {"next", Next},
    {"text", Text},
    {"names", Names},
    {"isTrue", IsTrue},
    {"examine", Examine},
    {"proxyOf", ProxyOf},
};

}  // namespace

Ref NameOf(Environment* environment, napi_value name) {
  if (js::TypeOf(environment->env, name) == napi_number) {
    uint32_t index = 0;
    napi_get_value_uint32(environment->env, name, &index);
    const auto& names = Interned();
    return index < names.size() ? Ref::Borrow(names[index]) : nullptr;
  }
  return TextToPython(environment, name);
}

NativeTable AccessTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

}  // namespace snakepit
