#include "tape_reader.h"

#include <utility>

#include "errors.h"

namespace snakepit {

namespace {

// Nothing that a conversion makes is garbage, so looking for some is wasted.
class PauseCollector {
 public:
  PauseCollector() : ran_(py.PyGC_Disable() != 0) {}
  ~PauseCollector() {
    if (ran_) py.PyGC_Enable();
  }
  PauseCollector(const PauseCollector&) = delete;
  PauseCollector& operator=(const PauseCollector&) = delete;

 private:
  bool ran_;
};

std::string ReprOf(PyObject* object) {
  const Ref text = Ref::Steal(py.PyObject_Repr(object));
  const char* utf8 = text ? py.PyUnicode_AsUTF8AndSize(text.get(), nullptr) : nullptr;
  py.PyErr_Clear();
  return utf8 == nullptr ? "?" : utf8;
}

}  // namespace

TapeReader::TapeReader(Environment* environment, const Place& place)
    : environment_(environment),
      env_(environment->env),
      outer_(environment->tapes.reader),
      level_(outer_ == nullptr ? 0 : outer_->level_ + 1),
      place_(place) {
  environment->tapes.reader = this;
}

TapeReader::~TapeReader() { environment_->tapes.reader = outer_; }

bool TapeReader::Read(size_t tags, napi_value text, napi_value others) {
  // By index: a conversion inside may add a level.
  auto tape = [this]() -> TapeMemory& { return environment_->tapes.levels[level_]; };
  if (level_ >= environment_->tapes.levels.size() || tags > kTapeCapacity) return false;
  Piece piece = {tape().numbers, nullptr, others};
  std::vector<char16_t> units;
  if (text != nullptr) {
    size_t count = 0;
    napi_get_value_string_utf16(env_, text, nullptr, 0, &count);
    units.swap(tape().text);
    if (units.size() < count + 1) units.resize(count + 1);
    napi_get_value_string_utf16(env_, text, units.data(), count + 1, &count);
    piece.text = units.data();
  }
  const PauseCollector pause;
  const uint8_t* tag = tape().tags;
  bool good = true;
  for (size_t i = 0; good && i < tags; i++) {
    PopFull();
    good = ReadTag(tag[i], &piece);
  }
  tape().text.swap(units);
  return good;
}

bool TapeReader::ReadTag(uint8_t tag, Piece* piece) {
  switch (tag) {
    case kTapeNull:
      return Put(Ref::Borrow(py._Py_NoneStruct));
    case kTapeTrue:
      return Put(Ref::Borrow(py._Py_TrueStruct));
    case kTapeFalse:
      return Put(Ref::Borrow(py._Py_FalseStruct));
    case kTapeNumber:
      return Put(NumberToPython(*piece->number++));
    case kTapeText: {
      const size_t count = static_cast<size_t>(*piece->number++);
      const char16_t* units = piece->text;
      piece->text += count;
      return Put(UnitsToPython(units, count));
    }
    case kTapeOther:
      return PutOther(piece);
    case kTapeList: {
      const double count = *piece->number++;
      return Open(Kind::kList, Ref::Steal(py.PyList_New(static_cast<Py_ssize_t>(count))),
                  static_cast<uint64_t>(count));
    }
    case kTapeMapping:
      return Open(Kind::kMapping, Ref::Steal(py.PyDict_New()),
                  static_cast<uint64_t>(*piece->number++) * 2);
    case kTapeSet:
      return Open(Kind::kSet, Ref::Steal(py.PySet_New(nullptr)),
                  static_cast<uint64_t>(*piece->number++));
    case kTapeRecord: {
      const size_t shape = static_cast<size_t>(*piece->number++);
      return Open(Kind::kRecord, Ref::Steal(py.PyDict_New()), shapes_[shape].size(), shape);
    }
    case kTapeShape:
      return OpenShape(static_cast<uint64_t>(*piece->number++));
    case kTapeAgain:
      return Put(Ref::Borrow(containers_[static_cast<size_t>(*piece->number++)]));
    default:
      return Refuse(*piece->number == kTooDeep
                        ? "data nested deeper than " + std::to_string(kTapeDepthLimit) +
                              " levels does not convert"
                        : "an array of this length does not convert; most of it can only be holes");
  }
}

bool TapeReader::Open(Kind kind, Ref made, uint64_t count, size_t shape) {
  PyObject* raw = made.get();
  if (raw == nullptr) return FailInPython();
  if (!frames_.empty()) {
    const Frame& parent = frames_.back();
    const bool key = parent.kind == Kind::kMapping && parent.index % 2 == 0;
    if (key || parent.kind == Kind::kSet) {
      return Refuse(std::string("a ") +
                    (kind == Kind::kList  ? "list"
                     : kind == Kind::kSet ? "set"
                                          : "dict") +
                    " cannot be a key or a set's member in Python; py.tuple(…) makes one that can");
    }
    if (!Put(std::move(made))) return false;
  } else {
    result_ = std::move(made);
  }
  containers_.push_back(raw);
  frames_.push_back({kind, raw, shape, 0, count, nullptr});
  return true;
}

bool TapeReader::OpenShape(uint64_t count) {
  shapes_.emplace_back();
  shapes_.back().reserve(static_cast<size_t>(count));
  frames_.push_back({Kind::kShape, nullptr, shapes_.size() - 1, 0, count, nullptr});
  return true;
}

bool TapeReader::Put(Ref value) {
  if (!value) return FailInPython();
  Frame& frame = frames_.back();
  if (!PutIn(frame, std::move(value))) return false;
  frame.index++;
  return true;
}

bool TapeReader::PutIn(Frame& frame, Ref value) {
  switch (frame.kind) {
    case Kind::kList:
      py.PyList_SetItem(frame.made, static_cast<Py_ssize_t>(frame.index), value.Release());
      return true;
    case Kind::kRecord: {
      PyObject* key = shapes_[frame.shape][frame.index].get();
      return py.PyDict_SetItem(frame.made, key, value.get()) == 0 || FailInPython();
    }
    case Kind::kMapping:
      if (frame.index % 2 == 0) {
        frame.key = std::move(value);
        return true;
      }
      if (py.PyDict_SetItem(frame.made, frame.key.get(), value.get()) != 0) return RefuseKey();
      if (static_cast<uint64_t>(py.PyDict_Size(frame.made)) * 2 <= frame.index) {
        return RefuseSame(frame.key.get());
      }
      return true;
    case Kind::kSet:
      return PutMember(frame, std::move(value));
    case Kind::kShape: {
      PyObject* key = value.Release();
      py.PyUnicode_InternInPlace(&key);
      shapes_[frame.shape].push_back(Ref::Steal(key));
      return true;
    }
  }
  return false;
}

bool TapeReader::PutMember(Frame& frame, Ref member) {
  if (py.PySet_Add(frame.made, member.get()) != 0) return RefuseKey();
  if (static_cast<uint64_t>(py.PySet_Size(frame.made)) == frame.index) {
    return RefuseSame(member.get());
  }
  return true;
}

bool TapeReader::PutOther(Piece* piece) {
  const HandleScope scope(env_);
  napi_value value = nullptr;
  if (napi_get_element(env_, piece->others, piece->other++, &value) != napi_ok) return false;
  Place place = place_;
  place.inside = this;
  Ref converted = ToPython(environment_, value, place);
  return converted && Put(std::move(converted));
}

bool TapeReader::Refuse(const std::string& why) const {
  Place place = place_;
  place.inside = this;
  RefuseAt(environment_, place, why);
  return false;
}

bool TapeReader::RefuseKey() {
  const std::string reason = TakePythonError();
  return Refuse("Python cannot hash this key or member (" + reason + ")");
}

// 1, 1n, true and 1.0 are one key to Python: which value would win is not for us to choose.
bool TapeReader::RefuseSame(PyObject* key) {
  return Refuse("two keys are the same to Python (" + ReprOf(key) + "), and only one could stay");
}

bool TapeReader::FailInPython() const {
  if (!js::ExceptionPending(env_)) ThrowPython(environment_);
  return false;
}

std::string TapeReader::Path() const {
  std::string path;
  for (const Frame& frame : frames_) {
    // A member that is itself being read was counted when it was opened.
    const bool last = &frame == &frames_.back();
    const uint64_t index = last || frame.index == 0 ? frame.index : frame.index - 1;
    if (frame.kind == Kind::kRecord || (frame.kind == Kind::kMapping && index % 2 == 1)) {
      path += KeyStep(frame.kind == Kind::kRecord ? shapes_[frame.shape][index].get()
                                                  : frame.key.get());
    } else if (frame.kind == Kind::kMapping) {
      path += ".keys()[" + std::to_string(index / 2) + "]";
    } else if (frame.kind != Kind::kShape) {
      path += "[" + std::to_string(index) + "]";
    }
  }
  return path;
}

namespace {

// registerTape(level, tags, numbers, writable)
napi_value RegisterTape(napi_env env, napi_callback_info info) {
  const Arguments<4> in(env, info);
  Tapes& tapes = in.environment->tapes;
  bool writable = false;
  napi_get_value_bool(env, in[3], &writable);
  const size_t level = static_cast<size_t>(js::ToDouble(env, in[0]));
  if (level != (writable ? tapes.writable.size() : tapes.levels.size())) return nullptr;
  void* tags = nullptr;
  void* numbers = nullptr;
  napi_get_typedarray_info(env, in[1], nullptr, nullptr, &tags, nullptr, nullptr);
  napi_get_typedarray_info(env, in[2], nullptr, nullptr, &numbers, nullptr, nullptr);
  // For good: a level that was reached once is reached again.
  for (size_t i = 1; i < 3; i++) {
    napi_ref keep = nullptr;
    napi_create_reference(env, in[i], 1, &keep);
  }
  uint8_t* first_tag = static_cast<uint8_t*>(tags);
  double* first_number = static_cast<double*>(numbers);
  if (writable) {
    tapes.writable.push_back({first_tag, first_number});
  } else {
    tapes.levels.push_back({first_tag, first_number, {}});
  }
  return nullptr;
}

// readTape(tags, text, others): a full tape, or its end
napi_value ReadTape(napi_env env, napi_callback_info info) {
  const Arguments<3> in(env, info);
  TapeReader* reader = in.environment->tapes.reader;
  if (reader == nullptr) return nullptr;
  reader->Read(static_cast<size_t>(js::ToDouble(env, in[0])), in[1], in[2]);
  return nullptr;
}

// tapeTags(): the tags by name, for the test that TypeScript has the same
napi_value TapeTags(napi_env env, napi_callback_info) {
  constexpr struct {
    const char* name;
    TapeTag tag;
  } kTags[] = {
      {"null", kTapeNull},       {"true", kTapeTrue},     {"false", kTapeFalse},
      {"integer", kTapeInteger}, {"number", kTapeNumber}, {"text", kTapeText},
      {"other", kTapeOther},     {"list", kTapeList},     {"mapping", kTapeMapping},
      {"set", kTapeSet},         {"record", kTapeRecord}, {"shape", kTapeShape},
      {"again", kTapeAgain},     {"keep", kTapeKeep},     {"refuse", kTapeRefuse},
  };
  napi_value result = nullptr;
  napi_create_object(env, &result);
  for (const auto& row : kTags) js::Set(env, result, row.name, js::Number(env, row.tag));
  return result;
}

const NativeFunction kFunctions[] = {
    {"registerTape", RegisterTape}, {"readTape", ReadTape}, {"tapeTags", TapeTags}};

}  // namespace

NativeTable TapeTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

}  // namespace snakepit
