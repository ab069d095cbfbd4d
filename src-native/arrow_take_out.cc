// Python's Arrow data to JavaScript: streams and arrays read, their schema told, their buffers
// shown. The shapes are in arrow-binding.ts.
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "arrow.h"
#include "arrow_check.h"
#include "arrow_taken.h"
#include "convert.h"
#include "errors.h"
#include "python_object.h"
#include "tensor.h"
#include "tensor_state.h"

namespace snakepit {
namespace {

constexpr char kTakenName[] = "snakepit.arrow";

struct Received {
  bool tabular = false;  // what the object says; a struct it must be too
  Releasing<ArrowSchema> schema;
  std::vector<std::unique_ptr<ArrowTaken>> batches;

  bool columns() const { return tabular && strcmp(schema.format, "+s") == 0; }
};

bool Refuse(Environment* environment, const std::string& wrong) {
  ThrowSnakepit(environment, "ERR_CONVERSION", "this Arrow data cannot be read: " + wrong);
  return false;
}

bool Pending(Environment* environment) {
  ThrowPython(environment);
  return false;
}

// A producer's failure is Python's exception.
bool Failed(Environment* environment, ArrowArrayStream* stream, int code) {
  const char* why = stream->get_last_error == nullptr ? nullptr : stream->get_last_error(stream);
  PyObject* type = code == EINVAL   ? *py.PyExc_ValueError
                   : code == ENOMEM ? *py.PyExc_MemoryError
                                    : *py.PyExc_OSError;
  py.PyErr_SetString(type, why == nullptr ? strerror(code) : why);
  return Pending(environment);
}

// The producer may wait for other threads that need the GIL.
template <typename Out>
int Pull(int (*ask)(ArrowArrayStream*, Out*), ArrowArrayStream* stream, Out* out) {
  const GilRelease released;
  return ask(stream, out);
}

template <typename Struct>
Struct* InCapsule(Environment* environment, PyObject* capsule, const char* name) {
  auto* found = static_cast<Struct*>(py.PyCapsule_GetPointer(capsule, name));
  if (found == nullptr) {
    Pending(environment);
  } else if (found->release == nullptr) {
    Refuse(environment, "its capsule was used already");
    found = nullptr;
  }
  return found;
}

bool AddBatch(Environment* environment, ArrowArray* array, Received* received) {
  auto taken = std::make_unique<ArrowTaken>();
  const std::string wrong = taken->Fill(received->schema, array, received->columns());
  if (!wrong.empty()) return Refuse(environment, wrong);
  received->batches.push_back(std::move(taken));
  return true;
}

bool CheckReceived(Environment* environment, const Received& received) {
  const std::string wrong = CheckSchema(&received.schema);
  return wrong.empty() || Refuse(environment, wrong);
}

bool ReadStream(Environment* environment, PyObject* capsule, Received* received) {
  auto* found = InCapsule<ArrowArrayStream>(environment, capsule, "arrow_array_stream");
  if (found == nullptr) return false;
  Releasing<ArrowArrayStream> stream;
  stream.MoveFrom(found);
  if (stream.get_schema == nullptr || stream.get_next == nullptr) {
    return Refuse(environment, "its stream has no functions");
  }
  int code = Pull(stream.get_schema, static_cast<ArrowArrayStream*>(&stream),
                  static_cast<ArrowSchema*>(&received->schema));
  if (code != 0) return Failed(environment, &stream, code);
  if (!CheckReceived(environment, *received)) return false;
  for (;;) {
    Releasing<ArrowArray> array;
    code = Pull(stream.get_next, static_cast<ArrowArrayStream*>(&stream),
                static_cast<ArrowArray*>(&array));
    if (code != 0) return Failed(environment, &stream, code);
    if (array.release == nullptr) return true;
    if (!AddBatch(environment, &array, received)) return false;
  }
}

bool ReadArray(Environment* environment, PyObject* schema, PyObject* array, Received* received) {
  auto* its = InCapsule<ArrowSchema>(environment, schema, "arrow_schema");
  auto* found = its == nullptr ? nullptr : InCapsule<ArrowArray>(environment, array, "arrow_array");
  if (found == nullptr) return false;
  received->schema.MoveFrom(its);
  return CheckReceived(environment, *received) && AddBatch(environment, found, received);
}

bool ReadSchema(Environment* environment, PyObject* capsule, Received* received) {
  auto* its = InCapsule<ArrowSchema>(environment, capsule, "arrow_schema");
  if (its == nullptr) return false;
  received->schema.MoveFrom(its);
  return CheckReceived(environment, *received);
}

// What the schema says, for JavaScript: format and name of each field as text, and its numbers.
struct Description {
  std::string text;
  std::vector<double> numbers;
  napi_value metadata = nullptr;
};

void Describe(napi_env env, const ArrowSchema* schema, Description* out) {
  const size_t index = out->numbers.size() / 3;
  out->text.append(schema->format).push_back('\0');
  out->text.append(schema->name == nullptr ? "" : schema->name).push_back('\0');
  out->numbers.push_back(static_cast<double>(schema->flags));
  out->numbers.push_back(static_cast<double>(schema->n_children));
  out->numbers.push_back(schema->dictionary != nullptr ? 1 : 0);
  if (schema->metadata != nullptr) {
    const auto bytes = static_cast<size_t>(ArrowMetadataSizeOf(schema->metadata));
    napi_value copy = nullptr;
    if (out->metadata == nullptr) napi_create_array(env, &out->metadata);
    napi_create_buffer_copy(env, bytes, schema->metadata, nullptr, &copy);
    napi_set_element(env, out->metadata, static_cast<uint32_t>(index), copy);
  }
  for (int64_t i = 0; i < schema->n_children; i++) Describe(env, schema->children[i], out);
  if (schema->dictionary != nullptr) Describe(env, schema->dictionary, out);
}

napi_value Doubles(napi_env env, napi_value buffer, size_t count) {
  napi_value array = nullptr;
  napi_create_typedarray(env, napi_float64_array, count, buffer, 0, &array);
  return array;
}

napi_value CopyDoubles(napi_env env, const std::vector<double>& from) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_create_arraybuffer(env, from.size() * sizeof(double), &data, &buffer);
  memcpy(data, from.data(), from.size() * sizeof(double));
  return Doubles(env, buffer, from.size());
}

void FreeTaken(PyObject* capsule) {
  delete static_cast<ArrowTaken*>(py.PyCapsule_GetPointer(capsule, kTakenName));
}

// The batch's numbers under a window whose owner keeps the whole batch, so that batches are found
// dead like all other memory. Where windows are not to be had, a copy, and a keeper beside it.
bool Show(Environment* environment, std::unique_ptr<ArrowTaken> taken, napi_value* table,
          napi_value* keeper) {
  napi_env env = environment->env;
  std::vector<double>& numbers = taken->table();
  auto* data = reinterpret_cast<uint8_t*>(numbers.data());
  const size_t bytes = numbers.size() * sizeof(double);
  Ref capsule = Ref::Steal(py.PyCapsule_New(taken.get(), kTakenName, FreeTaken));
  if (!capsule) return Pending(environment);
  taken.release();  // NOLINT(bugprone-unused-return-value): the capsule's now
  BufferView view;
  if (!OverUnseenBudget(environment, bytes) &&
      OpenPythonWindow(environment, capsule.get(), data, bytes, &view) == napi_ok) {
    *table = Doubles(env, view.buffer, numbers.size());
    return true;
  }
  napi_value ignored;
  if (js::ExceptionPending(env)) napi_get_and_clear_last_exception(env, &ignored);
  *table = CopyDoubles(env, numbers);
  const auto let_go = [](napi_env, void* object, void*) {
    DeferDecref(static_cast<PyObject*>(object));
  };
  return napi_create_external(env, capsule.Release(), let_go, nullptr, keeper) == napi_ok;
}

napi_value DescribeAll(Environment* environment, PyObject* kind, Received* received) {
  napi_env env = environment->env;
  Description description;
  Describe(env, &received->schema, &description);
  napi_value result = nullptr;
  napi_value tables = nullptr;
  napi_value keepers = nullptr;
  napi_create_object(env, &result);
  napi_create_array(env, &tables);
  napi_create_array(env, &keepers);
  for (uint32_t i = 0; i < received->batches.size(); i++) {
    napi_value table = nullptr;
    napi_value keeper = js::Undefined(env);
    if (!Show(environment, std::move(received->batches[i]), &table, &keeper)) return nullptr;
    napi_set_element(env, tables, i, table);
    napi_set_element(env, keepers, i, keeper);
  }
  const bool vector = received->tabular && !received->columns();
  js::Set(env, result, "kind", vector ? js::Text(env, "vector") : TextToJs(environment, kind));
  js::Set(env, result, "text", js::Text(env, description.text));
  js::Set(env, result, "numbers", CopyDoubles(env, description.numbers));
  if (description.metadata != nullptr) js::Set(env, result, "metadata", description.metadata);
  js::Set(env, result, "tables", tables);
  js::Set(env, result, "keepers", keepers);
  return result;
}

bool Is(PyObject* text, const char* word) {
  return py.PyUnicode_CompareWithASCIIString(text, word) == 0;
}

// arrowTake(function, id): what the function, take() of arrow.py, finds in the object, and its
// schema; its first answer alone where there is no more
napi_value TakeArrow(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  Environment* environment = in.environment;
  const Entry entry(environment);
  const Ref function = environment->handles->Hold(in[0]);
  const Ref object = function ? environment->handles->Hold(in[1]) : Ref();
  if (!object) return nullptr;
  const Ref found = Ref::Steal(py.PyObject_CallOneArg(function.get(), object.get()));
  if (!found) return ThrowPython(environment);
  PyObject* kind = py.PyTuple_GetItem(found.get(), 0);
  PyObject* schema = py.PyTuple_GetItem(found.get(), 1);
  PyObject* data = py.PyTuple_GetItem(found.get(), 2);
  const bool has_schema = schema != py._Py_NoneStruct;
  const bool has_data = data != py._Py_NoneStruct;
  if (!has_schema && !has_data) return TextToJs(environment, kind);
  Received received;
  received.tabular = Is(kind, "table") || Is(kind, "batch");
  const bool read = !has_schema ? ReadStream(environment, data, &received)
                    : has_data  ? ReadArray(environment, schema, data, &received)
                                : ReadSchema(environment, schema, &received);
  return read ? DescribeAll(environment, kind, &received) : nullptr;
}

ArrowTaken* TakenOf(Environment* environment, napi_value table, napi_value keeper,
                    PyObject** owner) {
  napi_env env = environment->env;
  void* data = nullptr;
  if (js::TypeOf(env, keeper) == napi_external) {
    napi_get_value_external(env, keeper, &data);
    *owner = static_cast<PyObject*>(data);
  } else {
    napi_get_typedarray_info(env, table, nullptr, nullptr, &data, nullptr, nullptr);
    Window* window = data == nullptr ? nullptr : FindOwnedWindow(environment, data);
    *owner = window == nullptr ? nullptr : window->memory->owner;
  }
  if (*owner == nullptr || py.PyCapsule_IsValid(*owner, kTakenName) == 0) return nullptr;
  return static_cast<ArrowTaken*>(py.PyCapsule_GetPointer(*owner, kTakenName));
}

void SetPlace(Environment* environment, size_t offset, size_t bytes) {
  double* scratch = StateOf(environment)->scratch;
  scratch[scratch::kByteOffset] = static_cast<double>(offset);
  scratch[scratch::kExtentBytes] = static_cast<double>(bytes);
}

napi_value CopyBytes(Environment* environment, const uint8_t* data, size_t bytes, CopyReason reason,
                     bool forbid) {
  napi_env env = environment->env;
  TensorState* state = StateOf(environment);
  if (forbid) {
    const char* name = kCopyReasons[static_cast<int>(reason)];
    napi_value details;
    napi_create_object(env, &details);
    js::Set(env, details, "reason", js::Text(env, name));
    return ThrowSnakepit(environment, "ERR_COPY_REQUIRED",
                         std::string("this Arrow buffer cannot be shared with JavaScript without "
                                     "a copy (") +
                             name + "), and copy: 'forbid' is set; allow the copy",
                         details);
  }
  if (static_cast<double>(bytes) > state->max_bytes) {
    napi_throw_range_error(env, nullptr,
                           "an Arrow buffer is larger than the largest buffer of this Node has; "
                           "take the table in parts (x.slice(offset, length))");
    return nullptr;
  }
  void* copy = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, bytes, &copy, &buffer) != napi_ok) return nullptr;
  memcpy(copy, data, bytes);
  CountCopy(state, reason, static_cast<double>(bytes));
  SetPlace(environment, 0, bytes);
  return buffer;
}

napi_value ShareBytes(Environment* environment, PyObject* owner, const uint8_t* data,
                      size_t bytes) {
  auto* memory = const_cast<uint8_t*>(data);
  const bool arena = Arena::Owns(data);
  const size_t window = arena ? Arena::Get()->Locate(data).bytes : bytes;
  if (static_cast<double>(window) > StateOf(environment)->max_bytes ||
      OverUnseenBudget(environment, window)) {
    return nullptr;
  }
  BufferView view;
  const napi_status status = arena ? OpenArenaWindow(environment, memory, &view)
                                   : OpenPythonWindow(environment, owner, memory, bytes, &view);
  napi_value ignored;
  if (js::ExceptionPending(environment->env)) {
    napi_get_and_clear_last_exception(environment->env, &ignored);
  }
  if (status != napi_ok) return nullptr;
  SetPlace(environment, static_cast<size_t>(data - view.start), bytes);
  return view.buffer;
}

// arrowBuffer(table, keeper, node, slot, itemsize, forbid): the buffer, its place in the scratch;
// undefined where there is none
napi_value ArrowBufferOf(napi_env env, napi_callback_info info) {
  const Arguments<6> in(env, info);
  Environment* environment = in.environment;
  const Entry entry(environment);
  PyObject* owner = nullptr;
  ArrowTaken* taken = TakenOf(environment, in[0], in[1], &owner);
  if (taken == nullptr) return ThrowSnakepit(environment, "ERR_DISPOSED", "this batch is gone");
  ArrowTaken::Bytes found;
  const std::string wrong = taken->Locate(static_cast<size_t>(js::ToDouble(env, in[2])),
                                          static_cast<size_t>(js::ToDouble(env, in[3])), &found);
  if (!wrong.empty()) {
    Refuse(environment, wrong);
    return nullptr;
  }
  if (found.data == nullptr || found.bytes <= 0) return nullptr;
  const auto bytes = static_cast<size_t>(found.bytes);
  const auto itemsize = static_cast<size_t>(js::ToDouble(env, in[4]));
  bool forbid = false;
  napi_get_value_bool(env, in[5], &forbid);
  if (itemsize > 1 && reinterpret_cast<uintptr_t>(found.data) % itemsize != 0) {
    return CopyBytes(environment, found.data, bytes, CopyReason::kStrides, forbid);
  }
  napi_value shared = ShareBytes(environment, owner, found.data, bytes);
  if (shared != nullptr) return shared;
  return CopyBytes(environment, found.data, bytes, CopyReason::kEngine, forbid);
}

constexpr NativeFunction kFunctions[] = {
    {"arrowTake", TakeArrow},
    {"arrowBuffer", ArrowBufferOf},
};

}  // namespace

NativeTable ArrowTakeOutTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

}  // namespace snakepit
