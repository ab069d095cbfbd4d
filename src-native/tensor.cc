// The functions behind src/tensor: see binding.ts for their shapes.
#include "tensor.h"

#include <pthread.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include <utility>
#include <vector>

#include "call.h"
#include "errors.h"
#include "numpy_allocator.h"
#include "python_object.h"
#include "take_out.h"
#include "tensor_state.h"

namespace snakepit {

const char* const kCopyReasons[] = {"read-only", "strides", "dtype",        "resizable", "wasm",
                                    "engine",    "foreign", "torch-output", "inline"};
static_assert(sizeof(kCopyReasons) / sizeof(kCopyReasons[0]) == kCopyReasonCount,
              "one name for each reason");

TensorState* StateOf(Environment* environment) { return environment->tensors; }

namespace {

double* DoublesOf(Environment* environment, napi_value array, napi_ref* keep) {
  void* data = nullptr;
  napi_get_typedarray_info(environment->env, array, nullptr, nullptr, &data, nullptr, nullptr);
  napi_create_reference(environment->env, array, 1, keep);
  return static_cast<double*>(data);
}

bool ToBool(napi_env env, napi_value value) {
  bool result = false;
  napi_get_value_bool(env, value, &result);
  return result;
}

// Asked instead of `node:worker_threads`, whose import takes 2 ms of every start.
bool OnMainThread() {
#if defined(__linux__)
  return getpid() == static_cast<pid_t>(syscall(SYS_gettid));
#else
  return pthread_main_np() != 0;
#endif
}

// (scratch, copies, describe, plainNode, maxBytes)
napi_value InstallTensors(napi_env env, napi_callback_info info) {
  Arguments<5> arguments(env, info);
  auto* state = new TensorState();
  state->scratch = DoublesOf(arguments.environment, arguments[0], &state->keep_scratch);
  state->copies = DoublesOf(arguments.environment, arguments[1], &state->keep_copies);
  napi_create_reference(env, arguments[2], 1, &state->describe);
  state->main_thread = OnMainThread();
  state->max_bytes = js::ToDouble(env, arguments[4]);
  AllowStoreHolds(ToBool(env, arguments[3]));
  arguments.environment->tensors = state;
  WindowTable* table = arguments.environment->windows;
  if (table != nullptr) table->in_worker = !state->main_thread;
  return nullptr;
}

napi_value HoldModeFunction(napi_env env, napi_callback_info) {
  switch (TestStoreHolds(env)) {
    case HoldMode::kCount:
      return js::Text(env, "count");
    case HoldMode::kNode:
      return js::Text(env, "node");
    case HoldMode::kUntested:
    case HoldMode::kOff:
      break;
  }
  return js::Text(env, "off");
}

napi_value OnMainThreadFunction(napi_env env, napi_callback_info) {
  return js::Boolean(env, OnMainThread());
}

napi_value TakeOutFunction(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Environment* environment = arguments.environment;
  Entry entry(environment);
  const HandleId id = js::ToDouble(env, arguments[0]);
  PyObject* object = environment->handles->Resolve(id);
  if (object == nullptr) return nullptr;
  // Before the window is made, or V8 would collect for twice the bytes.
  environment->handles->ForgetExternal(id);
  return TakeOut(environment, object);
}

CopyReason ReasonOf(napi_env env, napi_value value) {
  return static_cast<CopyReason>(static_cast<int>(js::ToDouble(env, value)));
}

napi_value TakeOutCopyFunction(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Entry entry(arguments.environment);
  PyObject* object = arguments.environment->handles->Resolve(arguments[0]);
  if (object == nullptr) return nullptr;
  return TakeOutCopy(arguments.environment, object, ReasonOf(env, arguments[1]));
}

napi_value CopyIntoFunction(napi_env env, napi_callback_info info) {
  Arguments<3> arguments(env, info);
  Entry entry(arguments.environment);
  PyObject* object = arguments.environment->handles->Resolve(arguments[0]);
  if (object == nullptr) return nullptr;
  return js::Boolean(
      env, CopyInto(arguments.environment, object, arguments[1], ReasonOf(env, arguments[2])));
}

// `data`: of a tensor that is described in the scratch already; null: it is asked.
Ref HandOverUnder(Environment* environment, napi_value value, napi_value forbid,
                  napi_value data = nullptr, const DlpackExchange* exchange = nullptr) {
  TensorState* state = StateOf(environment);
  const bool before = state->forbid_copies;
  state->forbid_copies = ToBool(environment->env, forbid);
  bool plain = false;
  if (data == nullptr) napi_is_typedarray(environment->env, value, &plain);
  Ref array = plain             ? HandOverTypedArray(environment, value, exchange)
              : data == nullptr ? HandOverTensor(environment, value, exchange)
                                : HandOverDescribed(environment, value, data, exchange);
  state->forbid_copies = before;
  return array;
}

// (tensor or typed array, forbid) => proxy of an ndarray over its memory
napi_value HandOver(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Entry entry(arguments.environment);
  Ref array = HandOverUnder(arguments.environment, arguments[0], arguments[1]);
  return array ? arguments.environment->handles->Wrap(array.get()) : nullptr;
}

// Null: a JS exception is pending, or the Python one is. What is held on the way is let go before
// it returns, see HandleTable::WrapLater.
Ref HandOverTo(const Arguments<3>& arguments) {
  Environment* environment = arguments.environment;
  const Ref function = environment->handles->Hold(arguments[2]);
  if (!function) return nullptr;
  const Ref array = HandOverUnder(environment, arguments[0], arguments[1]);
  return array ? Ref::Steal(py.PyObject_CallOneArg(function.get(), array.get())) : nullptr;
}

// (tensor or typed array, forbid, id) => what the function makes of the ndarray, as callLater
napi_value HandOverToFunction(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  const Entry entry(arguments.environment);
  return Finish(arguments.environment, HandOverTo(arguments), ProxyMaking::kLater);
}

// Process-wide, under the GIL; a table lives as long as its library, and that is for good.
std::vector<const DlpackExchange*>& Exchanges() {
  static auto* tables = new std::vector<const DlpackExchange*>();
  return *tables;
}

// exchange(id): the number of a capsule's exchange table, undefined where it has none for us
napi_value Exchange(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  const Ref capsule = in.environment->handles->Hold(in[0]);
  const DlpackExchange* table = capsule ? ReadDlpackExchange(capsule.get()) : nullptr;
  if (table == nullptr) return nullptr;
  Exchanges().push_back(table);
  return js::Number(env, static_cast<double>(Exchanges().size() - 1));
}

// (tensor or typed array, forbid, exchange, data of a tensor that the scratch describes) => a
// tensor of that library, as callLater
napi_value HandOverByExchange(napi_env env, napi_callback_info info) {
  const Arguments<4> in(env, info);
  const Entry entry(in.environment);
  uint32_t number = 0;
  const bool is = napi_get_value_uint32(env, in[2], &number) == napi_ok;
  if (!is || number >= Exchanges().size()) {
    return ThrowSnakepit(in.environment, "ERR_PROTOCOL",
                         "there is no exchange table of this number");
  }
  napi_value data = js::TypeOf(env, in[3]) == napi_object ? in[3] : nullptr;
  Ref made = HandOverUnder(in.environment, in[0], in[1], data, Exchanges()[number]);
  return Finish(in.environment, std::move(made), ProxyMaking::kLater);
}

napi_value ForbidCopies(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  StateOf(arguments.environment)->forbid_copies = ToBool(env, arguments[0]);
  return nullptr;
}

// (bytes) => zeroed ArrayBuffer of the arena, its place in the scratch; undefined without one
napi_value Alloc(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Environment* environment = arguments.environment;
  Entry entry(environment);
  Arena* arena = Arena::Get();
  const auto bytes = static_cast<size_t>(js::ToDouble(env, arguments[0]));
  // Over the budget the memory is V8's: handing it over is then a copy, and counted.
  if (static_cast<double>(bytes) > StateOf(environment)->max_bytes || arena == nullptr ||
      OverUnseenBudget(environment, bytes))
    return nullptr;
  // Explicit memory may be meant for workers; where it is small they get a copy.
  const OwnFile own = bytes < kArenaMinimum ? OwnFile::kNever : OwnFile::kAlways;
  void* block = arena->Allocate(bytes, true, own);
  if (block == nullptr) return nullptr;
  BufferView view;
  const napi_status status = OpenArenaWindow(environment, block, &view);
  arena->Unhold(block);
  if (status != napi_ok) return nullptr;
  double* scratch = StateOf(environment)->scratch;
  scratch[scratch::kByteOffset] = static_cast<double>(static_cast<uint8_t*>(block) - view.start);
  scratch[scratch::kAddress] = static_cast<double>(reinterpret_cast<uintptr_t>(block));
  return view.buffer;
}

// (id) => "datetime64[ns]"
napi_value DtypeTextFunction(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Entry entry(arguments.environment);
  PyObject* object = arguments.environment->handles->Resolve(arguments[0]);
  Ref array = object == nullptr ? Ref() : AsNumpyArray(arguments.environment, object);
  if (!array) return nullptr;
  Ref text = DtypeText(AsNdArray(array.get()));
  Py_ssize_t length = 0;
  const char* utf8 = text ? py.PyUnicode_AsUTF8AndSize(text.get(), &length) : nullptr;
  if (utf8 == nullptr) return ThrowPython(arguments.environment);
  return js::Text(env, utf8, static_cast<size_t>(length));
}

// (private ArrayBuffer) => a buffer of ours over its memory, which keeps it for all users
napi_value Adopt(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  void* data = nullptr;
  size_t bytes = 0;
  napi_get_arraybuffer_info(env, arguments[0], &data, &bytes);
  if (bytes == 0) return nullptr;
  BufferView view;
  const napi_status status = OpenAdoptedWindow(arguments.environment, arguments[0],
                                               static_cast<uint8_t*>(data), bytes, &view);
  return status == napi_ok ? view.buffer : nullptr;
}

// (address, buffer) => nothing: one tensor over it was disposed
napi_value DisposeMemory(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  const auto address = static_cast<uintptr_t>(js::ToDouble(env, arguments[0]));
  const auto* pointer = reinterpret_cast<const void*>(address);
  if (Arena::Owns(pointer)) {
    // Memory that was moved to another buffer comes back by rule (c) alone: who disposes promises
    // to keep no view of the tensor, not that the stream it went to is done. And a block that came
    // back may be another array's by now.
    bool detached = true;
    napi_is_detached_arraybuffer(env, arguments[1], &detached);
    if (!detached) Arena::Get()->Dispose(pointer);
  } else {
    DisposeOwnedWindow(arguments.environment, arguments[1]);
  }
  return nullptr;
}

napi_value AddressOf(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  void* data = nullptr;
  napi_get_typedarray_info(env, arguments[0], nullptr, nullptr, &data, nullptr, nullptr);
  return js::Number(env, static_cast<double>(reinterpret_cast<uintptr_t>(data)));
}

napi_value IsHeld(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  void* data = nullptr;
  size_t bytes = 0;
  napi_get_arraybuffer_info(env, arguments[0], &data, &bytes);
  return js::Boolean(env, data != nullptr && (IsHeldAddress(data) || Arena::Owns(data)));
}

napi_value GuardTransfers(napi_env, napi_callback_info) {
  CountHeldAddresses();
  return nullptr;
}

napi_value MemoryStats(napi_env env, napi_callback_info info) {
  Environment* environment = EnvironmentOf(env, info);
  napi_value result;
  napi_create_object(env, &result);
  ArenaStats arena;
  if (Arena::Get() != nullptr) arena = Arena::Get()->Stats();
  const WindowTable* table = environment->windows;
  const std::pair<const char*, size_t> numbers[] = {
      {"reserved", arena.reserved},
      {"used", arena.used},
      {"warm", arena.warm},
      {"blocks", arena.blocks},
      {"windows", table->open.size()},
      {"windowBytes", table->bytes},
      {"detached", table->detached},
  };
  for (const auto& [name, value] : numbers) {
    js::Set(env, result, name, js::Number(env, static_cast<double>(value)));
  }
  js::Set(env, result, "seesCollections", js::Boolean(env, table->sees_gc));
  js::Set(env, result, "numpyAllocator", js::Boolean(env, NumpyAllocatorInstalled()));
  return result;
}

// () => { dtypes, reasons }: for the test that both languages have the same tables
napi_value TensorTables(napi_env env, napi_callback_info) {
  napi_value result;
  napi_value dtypes;
  napi_value reasons;
  napi_create_object(env, &result);
  napi_create_array(env, &dtypes);
  napi_create_array(env, &reasons);
  for (int i = 0; i < static_cast<int>(Dtype::kCount); i++) {
    napi_set_element(env, dtypes, static_cast<uint32_t>(i), js::Text(env, kDtypes[i].name));
  }
  for (int i = 0; i < kCopyReasonCount; i++) {
    napi_set_element(env, reasons, static_cast<uint32_t>(i), js::Text(env, kCopyReasons[i]));
  }
  js::Set(env, result, "dtypes", dtypes);
  js::Set(env, result, "reasons", reasons);
  return result;
}

constexpr NativeFunction kFunctions[] = {
    {"installTensors", InstallTensors},
    {"holdMode", HoldModeFunction},
    {"onMainThread", OnMainThreadFunction},
    {"takeOut", TakeOutFunction},
    {"takeOutCopy", TakeOutCopyFunction},
    {"copyInto", CopyIntoFunction},
    {"handOver", HandOver},
    {"handOverTo", HandOverToFunction},
    {"exchange", Exchange},
    {"handOverByExchange", HandOverByExchange},
    {"forbidCopies", ForbidCopies},
    {"alloc", Alloc},
    {"adopt", Adopt},
    {"dtypeText", DtypeTextFunction},
    {"disposeMemory", DisposeMemory},
    {"addressOf", AddressOf},
    {"isHeld", IsHeld},
    {"guardTransfers", GuardTransfers},
    {"memoryStats", MemoryStats},
    {"tensorTables", TensorTables},
};

}  // namespace

NativeTable TensorTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

}  // namespace snakepit
