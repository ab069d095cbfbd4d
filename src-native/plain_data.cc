#include "plain_data.h"

#include <string>
#include <vector>

#include "codec.h"
#include "convert.h"
#include "errors.h"
#include "interpreter.h"
#include "js_object.h"
#include "numpy.h"
#include "pointer_map.h"
#include "python_object.h"
#include "tape_writer.h"

namespace snakepit {

namespace {

constexpr long long kSmallInteger = 1LL << 30;
constexpr double kTextLimit = 536870888;  // V8's longest string, in UTF-16 units

struct DataOptions {
  int64_t depth = -1;  // -1: all levels
  bool proxies = false;
  bool dates = false;
};

// One $toJS: walks Python's data and writes it on a tape. Sharing and cycles are kept: a container
// is written once, before its members.
class PlainData {
 public:
  PlainData(Environment* environment, const DataOptions& options)
      : environment_(environment), env_(environment->env), options_(options), tape_(environment) {}

  // Null: a JS exception is pending.
  napi_value Convert(PyObject* object) {
    if (!tape_.Start() || !Write(object)) return nullptr;
    while (!frames_.empty()) {
      if (!Step()) return nullptr;
    }
    return tape_.Finish();
  }

 private:
  enum class Kind { kList, kTuple, kRecord, kMapping, kSet };
  struct Frame {
    Kind kind;
    Ref object;  // of a set: a list of its members
    Py_ssize_t count;
    Py_ssize_t index;
    Py_ssize_t place;  // PyDict_Next's
    Ref key;           // of the member that is being written
    Ref value;         // of a mapping, while its key is written
  };

  // The next member of the innermost container.
  bool Step() {
    Frame& frame = frames_.back();
    if (frame.value) return Write(Ref(std::move(frame.value)).get());
    if (frame.index == frame.count) return Close(frame);
    frame.index++;
    if (frame.kind == Kind::kRecord || frame.kind == Kind::kMapping) return StepInDict(frame);
    PyObject* list = frame.object.get();
    PyObject* member = frame.kind == Kind::kTuple ? py.PyTuple_GetItem(list, frame.index - 1)
                                                  : py.PyList_GetItem(list, frame.index - 1);
    return member == nullptr ? RefuseChanged() : Write(member);
  }

  bool StepInDict(Frame& frame) {
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    if (py.PyDict_Next(frame.object.get(), &frame.place, &key, &value) == 0) return RefuseChanged();
    if (frame.kind == Kind::kRecord) return Write(value);
    frame.key = Ref::Borrow(key);
    frame.value = Ref::Borrow(value);
    return Write(key);
  }

  // Converting a member may run Python code, which may change what is being walked.
  bool Close(const Frame& frame) {
    PyObject* object = frame.object.get();
    const bool dict = frame.kind == Kind::kRecord || frame.kind == Kind::kMapping;
    const Py_ssize_t size = dict                         ? py.PyDict_Size(object)
                            : frame.kind == Kind::kTuple ? py.PyTuple_Size(object)
                                                         : py.PyList_Size(object);
    if (size != frame.count) return RefuseChanged();
    frames_.pop_back();
    return true;
  }

  bool Write(PyObject* object) {
    if (!tape_.Reserve()) return false;
    PyTypeObject* type = Py_TYPE(object);
    if (type == py.PyUnicode_Type) return WriteText(object);
    if (type == py.PyLong_Type) return WriteInt(object);
    if (type == py.PyFloat_Type) {
      tape_.Number(kTapeNumber, py.PyFloat_AsDouble(object));
    } else if (object == py._Py_NoneStruct) {
      tape_.Tag(kTapeNull);
    } else if (type == py.PyBool_Type) {
      tape_.Tag(object == py._Py_TrueStruct ? kTapeTrue : kTapeFalse);
    } else {
      return WriteObject(object);
    }
    return true;
  }

  bool WriteInt(PyObject* integer) {
    int overflow = 0;
    const long long value = py.PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (overflow == 0 && value > -kSmallInteger && value < kSmallInteger) {
      tape_.Number(kTapeInteger, static_cast<double>(value));
      return true;
    }
    return WriteOther(IntToJs(environment_, integer));
  }

  bool WriteText(PyObject* text) {
    if (static_cast<double>(py.PyUnicode_GetLength(text)) > kTextLimit) {
      return Refuse(
          "a text of this length does not fit into a JavaScript string; take it in parts");
    }
    return tape_.Text(text);
  }

  bool WriteOther(napi_value value) {
    if (value != nullptr) tape_.Other(value);
    return value != nullptr;
  }

  bool WriteObject(PyObject* object) {
    const PyTypeObject* type = Py_TYPE(object);
    if (environment_->decodes) {
      bool done = false;
      if (!WriteDecoded(object, &done)) return false;
      if (done) return true;
    }
    // The commonest containers first: the question below costs more than a small dict.
    if (type == py.PyDict_Type || type == py.PyList_Type || type == py.PyTuple_Type) {
      return WriteContainer(object);
    }
    // What follows may run Python code, which may take it out of its container: the last reference.
    const Ref held = Ref::Borrow(object);
    napi_value value = nullptr;
    return ValueToJs(environment_, object, &value) ? WriteOther(value) : WriteContainer(object);
  }

  // By a codec of the user's, once for each object.
  bool WriteDecoded(PyObject* object, bool* done) {
    const Ref held = Ref::Borrow(object);
    const uint32_t* known = known_.Find(object);
    napi_value value = nullptr;
    *done = known != nullptr || Decode(environment_, object, &value);
    if (known != nullptr) {
      tape_.Number(kTapeAgain, *known);
    } else if (value != nullptr) {
      Remember(object);
      WriteOther(value);
    }
    return !*done || known != nullptr || value != nullptr;
  }

  bool WriteContainer(PyObject* object) {
    const uint32_t* known = known_.Find(object);
    if (known != nullptr) {
      tape_.Number(kTapeAgain, *known);
      return true;
    }
    PyTypeObject* type = Py_TYPE(object);
    if (type == py.PyList_Type) return WriteSequence(Kind::kList, object, object);
    if (type == py.PyTuple_Type) return WriteSequence(Kind::kTuple, object, object);
    if (type == py.PyDict_Type) return WriteDict(object, object);
    if (type == py.PySet_Type || type == py.PyFrozenSet_Type) return WriteSet(object, object);
    return IsNdArray(object) ? WriteArray(object) : WriteApart(object);
  }

  // Whether the container may be opened; what is too deep was written as a proxy, or refused.
  bool MayOpen(PyObject* object, bool* good) {
    if (options_.depth >= 0 && static_cast<int64_t>(frames_.size()) >= options_.depth) {
      *good = WriteOther(environment_->handles->Wrap(object));
      return false;
    }
    *good = frames_.size() < kTapeDepthLimit;
    if (!*good) Refuse("data nested deeper than " + std::to_string(kTapeDepthLimit) + " levels");
    return *good;
  }

  // The next value may be met again, unless it is known to nobody but its container. It is kept
  // alive: the address of what dies here could come back with another object.
  void Remember(PyObject* object) {
    if (HasOneReference(object)) return;
    kept_.push_back(Ref::Borrow(object));
    known_.Insert(object, static_cast<uint32_t>(kept_.size() - 1));
    tape_.Tag(kTapeKeep);
  }

  // `identity` is the object that a second meeting would see, `sequence` has the members.
  bool WriteSequence(Kind kind, PyObject* sequence, PyObject* identity) {
    bool good = false;
    if (!MayOpen(identity, &good)) return good;
    const Py_ssize_t count =
        kind == Kind::kTuple ? py.PyTuple_Size(sequence) : py.PyList_Size(sequence);
    Remember(identity);
    tape_.Number(kind == Kind::kSet ? kTapeSet : kTapeList, static_cast<double>(count));
    frames_.push_back({kind, Ref::Borrow(sequence), count, 0, 0, {}, {}});
    return true;
  }

  bool WriteSet(PyObject* set, PyObject* identity) {
    const Ref members = Ref::Steal(py.PySequence_List(set));
    return members ? WriteSequence(Kind::kSet, members.get(), identity) : FailInPython();
  }

  bool WriteDict(PyObject* dict, PyObject* identity) {
    bool good = false;
    if (!MayOpen(identity, &good)) return good;
    const Py_ssize_t count = py.PyDict_Size(dict);
    if (!TakeKeys(dict)) {
      Remember(identity);
      tape_.Number(kTapeMapping, static_cast<double>(count));
      frames_.push_back({Kind::kMapping, Ref::Borrow(dict), count, 0, 0, {}, {}});
      return true;
    }
    const size_t shape = FindShape();
    if (shape == kNoShape && !WriteShape()) return false;
    Remember(identity);
    const size_t last = shapes_.size() - 1;
    tape_.Number(kTapeRecord, static_cast<double>(shape == kNoShape ? last : shape));
    frames_.push_back({Kind::kRecord, Ref::Borrow(dict), count, 0, 0, {}, {}});
    return true;
  }

  // False: not all of them are str.
  bool TakeKeys(PyObject* dict) {
    keys_.clear();
    Py_ssize_t place = 0;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    while (py.PyDict_Next(dict, &place, &key, &value) != 0) {
      if (Py_TYPE(key) != py.PyUnicode_Type) return false;
      keys_.push_back(key);
    }
    return true;
  }

  // By the addresses of the keys: rows mostly have the very keys of the row before.
  size_t FindShape() {
    if (IsShape(recent_)) return recent_;
    for (size_t i = 0; i < shapes_.size() && i < kTapeShapeLimit; i++) {
      if (IsShape(i)) return recent_ = i;
    }
    return kNoShape;
  }

  bool IsShape(size_t index) const {
    if (index >= shapes_.size() || index >= kTapeShapeLimit) return false;
    const std::vector<Ref>& shape = shapes_[index];
    if (shape.size() != keys_.size()) return false;
    for (size_t i = 0; i < shape.size(); i++) {
      if (shape[i].get() != keys_[i]) return false;
    }
    return true;
  }

  // Beyond the limit every shape takes the last place.
  bool WriteShape() {
    std::vector<Ref> shape;
    shape.reserve(keys_.size());
    for (PyObject* key : keys_) shape.push_back(Ref::Borrow(key));
    if (shapes_.size() > kTapeShapeLimit) shapes_.pop_back();
    shapes_.push_back(std::move(shape));
    recent_ = shapes_.size() - 1;
    tape_.Number(kTapeShape, static_cast<double>(keys_.size()));
    for (const Ref& key : shapes_.back()) {
      if (!tape_.Reserve() || !WriteText(key.get())) return false;
    }
    return tape_.Reserve();
  }

  // The TypeScript side copies an array's memory (src/tensor).
  bool WriteArray(PyObject* array) {
    napi_value arguments[2] = {environment_->handles->Wrap(array), js::Text(env_, Path())};
    if (arguments[0] == nullptr) return false;
    Remember(array);
    napi_value data = nullptr;
    napi_call_function(env_, js::Undefined(env_), js::Deref(env_, environment_->copy_array), 2,
                       arguments, &data);
    return WriteOther(data);
  }

  // Dataclasses, datetimes, Decimals and their kin: _snakepit.plain says what they are made of.
  bool WriteApart(PyObject* object) {
    napi_value own = JsValueOf(environment_, object);
    if (own != nullptr) return WriteOther(own);  // JavaScript's own is itself
    if (!take_apart_) {
      const Ref module = ImportOwn("plain");
      if (module) take_apart_ = Ref::Steal(py.PyObject_GetAttrString(module.get(), "take_apart"));
      if (!take_apart_) return FailInPython();
    }
    PyObject* arguments[2] = {object, options_.dates ? py._Py_TrueStruct : py._Py_FalseStruct};
    const Ref parts = Ref::Steal(py.PyObject_Vectorcall(take_apart_.get(), arguments, 2, nullptr));
    if (!parts) return FailInPython();
    if (parts.get() == py._Py_NoneStruct) {
      return options_.proxies ? WriteOther(environment_->handles->Wrap(object))
                              : RefuseObject(object);
    }
    const std::string kind = AsText(py.PyTuple_GetItem(parts.get(), 0));
    return WriteParts(kind, py.PyTuple_GetItem(parts.get(), 1), object);
  }

  bool WriteParts(const std::string& kind, PyObject* value, PyObject* object) {
    if (kind == "value") return Write(value);
    if (kind == "list") return WriteSequence(Kind::kList, value, object);
    if (kind == "dict") return WriteDict(value, object);
    if (kind == "set") return WriteSet(value, object);
    if (kind == "memory") return WriteMemory(value, object);
    if (kind == "date") return WriteDate(value);
    if (kind == "lossy") return RefuseDate(value);
    return Refuse(AsText(value));
  }

  bool WriteMemory(PyObject* memory, PyObject* object) {
    Remember(object);
    napi_value arguments[3] = {};
    for (Py_ssize_t i = 0; i < 2; i++) {
      arguments[i] = ToJs(environment_, py.PyTuple_GetItem(memory, i));
      if (arguments[i] == nullptr) return false;
    }
    PyObject* shape = py.PyTuple_GetItem(memory, 2);
    napi_create_array(env_, &arguments[2]);
    for (Py_ssize_t i = 0; i < py.PyTuple_Size(shape); i++) {
      napi_set_element(env_, arguments[2], static_cast<uint32_t>(i),
                       IntToJs(environment_, py.PyTuple_GetItem(shape, i)));
    }
    napi_value data = nullptr;
    napi_call_function(env_, js::Undefined(env_), js::Deref(env_, environment_->make_array), 3,
                       arguments, &data);
    return WriteOther(data);
  }

  bool WriteDate(PyObject* milliseconds) {
    napi_value date = nullptr;
    napi_create_date(env_, py.PyFloat_AsDouble(milliseconds), &date);
    return WriteOther(date);
  }

  bool RefuseDate(PyObject* why) {
    const std::string message =
        Path() + ": " + AsText(why) + "; ask for dates: 'iso', or for the object itself";
    napi_throw_range_error(env_, "ERR_CONVERSION", message.c_str());
    return false;
  }

  bool RefuseObject(PyObject* object) {
    const Ref name = Ref::Steal(py.PyType_GetQualName(Py_TYPE(object)));
    return Refuse("an object of type " + (name ? AsText(name.get()) : std::string("?")) +
                  " is no plain data; { fallback: 'proxy' } keeps it as it is");
  }

  bool RefuseChanged() {
    py.PyErr_Clear();
    return Refuse("this container changed while it was converted");
  }

  bool FailInPython() {
    ThrowPython(environment_);
    return false;
  }

  bool Refuse(const std::string& why) {
    const std::string path = Path();
    napi_value details = nullptr;
    napi_create_object(env_, &details);
    js::Set(env_, details, "path", js::Text(env_, path));
    ThrowSnakepit(environment_, "ERR_CONVERSION", path + ": " + why, details);
    return false;
  }

  std::string Path() const {
    std::string path = "value";
    for (const Frame& frame : frames_) path += StepOf(frame);
    return ShortenPath(path);
  }

  std::string StepOf(const Frame& frame) const {
    const std::string place = std::to_string(frame.index - 1);
    switch (frame.kind) {
      case Kind::kRecord: {
        PyObject* key = nullptr;
        PyObject* value = nullptr;
        Py_ssize_t at = 0;
        for (Py_ssize_t i = 0; i < frame.index; i++) {
          py.PyDict_Next(frame.object.get(), &at, &key, &value);
        }
        return key == nullptr ? "" : KeyStep(key);
      }
      case Kind::kMapping:
        return frame.value ? ".keys()[" + place + "]" : KeyStep(frame.key.get());
      case Kind::kSet:
        return ".values()[" + place + "]";
      default:
        return "[" + place + "]";
    }
  }

  static std::string AsText(PyObject* text) {
    const char* utf8 = py.PyUnicode_AsUTF8AndSize(text, nullptr);
    if (utf8 != nullptr) return utf8;
    py.PyErr_Clear();
    return "?";
  }

  static constexpr size_t kNoShape = static_cast<size_t>(-1);

  Environment* environment_;
  napi_env env_;
  DataOptions options_;
  TapeWriter tape_;
  std::vector<Frame> frames_;
  PointerMap known_;  // the places in kept_
  std::vector<Ref> kept_;
  std::vector<std::vector<Ref>> shapes_;
  size_t recent_ = 0;
  std::vector<PyObject*> keys_;  // of the dict at hand
  Ref take_apart_;
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
