// JavaScript's Arrow data to Python: what src/arrow describes is held, checked and handed over. The
// shapes are in arrow-binding.ts.
#include <memory>
#include <utility>

#include "arrow.h"
#include "arrow_held.h"
#include "call.h"
#include "errors.h"
#include "python_object.h"
#include "tensor.h"
#include "tensor_state.h"

namespace snakepit {
namespace {

// The numbers that describe a table, read in order. Past the end there are zeros.
class Numbers {
 public:
  Numbers(napi_env env, napi_value array) {
    void* data = nullptr;
    napi_get_typedarray_info(env, array, nullptr, &length_, &data, nullptr, nullptr);
    data_ = static_cast<const double*>(data);
  }
  int64_t Next() { return at_ < length_ ? static_cast<int64_t>(data_[at_++]) : 0; }
  bool Ended() const { return at_ >= length_; }

 private:
  const double* data_ = nullptr;
  size_t length_ = 0;
  size_t at_ = 0;
};

struct Dropping {
  void operator()(ArrowHeld* held) const { held->Drop(); }
};
using HeldGuard = std::unique_ptr<ArrowHeld, Dropping>;

std::string BytesOf(napi_env env, napi_value array) {
  void* data = nullptr;
  size_t length = 0;
  if (napi_get_typedarray_info(env, array, nullptr, &length, &data, nullptr, nullptr) != napi_ok) {
    return "";
  }
  return {static_cast<const char*>(data), length};
}

// `text`: format and name of each field, each ended by a NUL.
void ReadFields(napi_env env, napi_value text, napi_value metadata, Numbers* numbers,
                ArrowHeld* held) {
  const std::string joined = js::ToText(env, text);
  const bool any = js::TypeOf(env, metadata) == napi_object;
  size_t at = 0;
  const auto next = [&joined, &at] {
    const size_t end = joined.find('\0', at);
    std::string part = joined.substr(at, end - at);
    at = end == std::string::npos ? joined.size() : end + 1;
    return part;
  };
  const int64_t count = numbers->Next();
  for (int64_t i = 0; i < count && !numbers->Ended(); i++) {
    ArrowHeld::Field field;
    field.format = next();
    field.name = next();
    field.flags = numbers->Next();
    field.children = numbers->Next();
    field.dictionary = numbers->Next() != 0;
    if (any) {
      napi_value bytes = nullptr;
      napi_get_element(env, metadata, static_cast<uint32_t>(i), &bytes);
      field.metadata = BytesOf(env, bytes);
    }
    held->fields.push_back(std::move(field));
  }
}

// A stretch of JavaScript's memory that is held.
struct Stretch {
  const uint8_t* data;
  size_t bytes;
};

bool HoldAll(Environment* environment, napi_value memory, ArrowHeld* held,
             std::vector<Stretch>* out) {
  uint32_t count = 0;
  napi_get_array_length(environment->env, memory, &count);
  for (uint32_t i = 0; i < count; i++) {
    const HandleScope scope(environment->env);
    napi_value bytes = nullptr;
    napi_get_element(environment->env, memory, i, &bytes);
    HeldMemory one;
    if (!HoldBytes(environment, bytes, &one)) return false;
    held->holds.push_back(one.hold);
    out->push_back({one.source.data, one.source.bytes});
  }
  return true;
}

bool ReadBuffer(const std::vector<Stretch>& memory, Numbers* numbers, ArrowHeld::Node* node) {
  const int64_t index = numbers->Next();
  const int64_t offset = numbers->Next();
  const int64_t bytes = numbers->Next();
  // Consumers want a pointer for the one offset of nothing; only bitmaps may be null.
  static const int64_t kNothing[2] = {};
  const void* data = node->buffers.empty() ? nullptr : kNothing;
  if (index >= 0) {
    if (static_cast<size_t>(index) >= memory.size() || offset < 0 || bytes < 0) return false;
    const Stretch& stretch = memory[static_cast<size_t>(index)];
    if (static_cast<size_t>(offset) + static_cast<size_t>(bytes) > stretch.bytes) return false;
    data = stretch.data + offset;
  }
  node->buffers.push_back(data);
  node->sizes.push_back(index < 0 ? 0 : bytes);
  return true;
}

bool ReadNode(const std::vector<Stretch>& memory, const std::string& format, Numbers* numbers,
              ArrowHeld::Node* node) {
  node->length = numbers->Next();
  node->null_count = numbers->Next();
  node->offset = numbers->Next();
  const int64_t buffers = numbers->Next();
  for (int64_t i = 0; i < buffers; i++) {
    if (numbers->Ended() || !ReadBuffer(memory, numbers, node)) return false;
  }
  if (format != "vu" && format != "vz") return true;
  if (node->sizes.size() < 2) return false;
  node->variadic.assign(node->sizes.begin() + 2, node->sizes.end());
  node->buffers.push_back(node->variadic.data());
  return true;
}

bool ReadBatches(const std::vector<Stretch>& memory, Numbers* numbers, ArrowHeld* held) {
  const int64_t count = numbers->Next();
  for (int64_t i = 0; i < count; i++) {
    if (numbers->Ended()) return false;
    held->batches.emplace_back(held->fields.size());
    for (size_t j = 0; j < held->fields.size(); j++) {
      ArrowHeld::Node* node = &held->batches.back()[j];
      if (!ReadNode(memory, held->fields[j].format, numbers, node)) return false;
    }
  }
  return true;
}

HeldGuard Hold(Environment* environment, const Arguments<6>& in) {
  HeldGuard held(new ArrowHeld());
  Numbers numbers(environment->env, in[2]);
  ReadFields(environment->env, in[1], in[3], &numbers, held.get());
  std::vector<Stretch> memory;
  if (!HoldAll(environment, in[4], held.get(), &memory)) return nullptr;
  if (held->fields.empty() || !ReadBatches(memory, &numbers, held.get())) {
    ThrowSnakepit(environment, "ERR_CONVERSION",
                  "this Arrow data has a buffer that is gone (detached, or made smaller)");
    return nullptr;
  }
  const std::string wrong = held->Validate();
  if (wrong.empty()) return held;
  ThrowSnakepit(environment, "ERR_CONVERSION",
                "this Arrow data contradicts itself, so Python does not get it: " + wrong);
  return nullptr;
}

// arrowHandOver(function, text, numbers, metadata, memory, forbid): what the function makes of the
// data
napi_value HandOverArrow(napi_env env, napi_callback_info info) {
  const Arguments<6> in(env, info);
  Environment* environment = in.environment;
  const Entry entry(environment);
  const Ref function = environment->handles->Hold(in[0]);
  if (!function) return nullptr;
  TensorState* state = StateOf(environment);
  const bool before = state->forbid_copies;
  napi_get_value_bool(env, in[5], &state->forbid_copies);
  HeldGuard held = Hold(environment, in);
  state->forbid_copies = before;
  if (held == nullptr) return nullptr;
  const Ref object = MakeArrowObject(held.release());
  if (!object) return ThrowPython(environment);
  return Finish(environment, Ref::Steal(py.PyObject_CallOneArg(function.get(), object.get())));
}

constexpr NativeFunction kFunctions[] = {
    {"arrowHandOver", HandOverArrow},
};

}  // namespace

NativeTable ArrowHandOverTable() {
  return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])};
}

}  // namespace snakepit
