// The export table and the life of an environment; nothing else.
#include <dlfcn.h>

#include <utility>
#include <vector>

#include "access.h"
#include "arrow.h"
#include "async.h"
#include "call.h"
#include "channel.h"
#include "codec.h"
#include "environment.h"
#include "errors.h"
#include "interpreter.h"
#include "interrupt.h"
#include "js_object.h"
#include "methods.h"
#include "output.h"
#include "plain_data.h"
#include "python_object.h"
#include "shared_memory.h"
#include "tape.h"
#include "tensor.h"
#include "worker_process.h"

namespace snakepit {

namespace {

napi_ref Hold(napi_env env, napi_value value) {
  napi_ref reference = nullptr;
  napi_create_reference(env, value, 1, &reference);
  return reference;
}

napi_ref HoldGlobal(napi_env env, const char* name, const char* member = nullptr) {
  napi_value global = nullptr;
  napi_get_global(env, &global);
  napi_value value = js::Get(env, global, name);
  return Hold(env, member == nullptr ? value : js::Get(env, value, member));
}

// What this realm's classes are, before a program changes the globals.
void HoldGlobals(napi_env env, Environment* environment) {
  environment->map_class = HoldGlobal(env, "Map");
  environment->set_class = HoldGlobal(env, "Set");
  environment->shared_buffer_class = HoldGlobal(env, "SharedArrayBuffer");
}

// A hook that is absent stays as it was.
void HoldHook(napi_env env, napi_value hooks, const char* name, napi_ref* hook) {
  napi_value value = js::Get(env, hooks, name);
  if (js::TypeOf(env, value) == napi_undefined) return;
  if (*hook != nullptr) napi_delete_reference(env, *hook);
  *hook = Hold(env, value);
}

// install(hooks): what native code calls on the TypeScript side
napi_value Install(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  Environment* environment = in.environment;
  HoldHook(env, in[0], "bridge", &environment->bridge_symbol);
  HoldHook(env, in[0], "makeError", &environment->make_error);
  HoldHook(env, in[0], "makeProxy", &environment->make_proxy);
  HoldHook(env, in[0], "flatten", &environment->flatten);
  HoldHook(env, in[0], "build", &environment->build);
  HoldHook(env, in[0], "makeArray", &environment->make_array);
  HoldHook(env, in[0], "copyArray", &environment->copy_array);
  HoldHook(env, in[0], "makeException", &environment->make_exception);
  HoldHook(env, in[0], "reportStale", &environment->report_stale);
  HoldHook(env, in[0], "collectYoung", &environment->collect_young);
  HoldHook(env, in[0], "writeOutput", &environment->write_output);
  HoldHook(env, in[0], "fresh", &environment->keep_fresh);
  HoldHook(env, in[0], "waiting", &environment->waiting);
  napi_value js_hooks = js::Get(env, in[0], "js");
  if (js::TypeOf(env, js_hooks) == napi_object) InstallJsHooks(environment, js_hooks);
  if (environment->keep_fresh != nullptr) {
    void* data = nullptr;
    napi_get_typedarray_info(env, js::Deref(env, environment->keep_fresh), nullptr, nullptr, &data,
                             nullptr, nullptr);
    environment->fresh = static_cast<double*>(data);
  }
  return js::Undefined(env);
}

// start({ libpython, executable, package }): starts Python, or joins the one that runs
napi_value Start(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const StartOptions options = {js::ToText(env, js::Get(env, in[0], "libpython")),
                                js::ToText(env, js::Get(env, in[0], "executable")),
                                js::ToText(env, js::Get(env, in[0], "package"))};
  const std::string failure = StartPython(options);
  if (!failure.empty()) return ThrowSnakepit(in.environment, "ERR_NO_PYTHON", failure);
  JoinPython(in.environment);
  JoinOutput(in.environment);
  return js::Text(env, StartedExecutable());
}

// atExit(): Python's exit functions, in bounded time
napi_value AtExit(napi_env env, napi_callback_info info) {
  RunExitFunctions(EnvironmentOf(env, info));
  CloseOutput(EnvironmentOf(env, info));
  return js::Undefined(env);
}

// dispose(id): false if it was disposed before
napi_value Dispose(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  HandleTable* handles = in.environment->handles;
  return js::Boolean(env, handles->Dispose(handles->Read(in[0])));
}

// openScope()
napi_value OpenScope(napi_env env, napi_callback_info info) {
  EnvironmentOf(env, info)->handles->OpenScope();
  return js::Undefined(env);
}

// closeScope(keep): disposes the handles born since, but those in `keep`
napi_value CloseScope(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  uint32_t count = 0;
  napi_get_array_length(env, in[0], &count);
  std::vector<HandleId> keep;
  for (uint32_t i = 0; i < count; i++) {
    napi_value id = nullptr;
    napi_get_element(env, in[0], i, &id);
    keep.push_back(in.environment->handles->Read(id));
  }
  in.environment->handles->CloseScope(std::move(keep));
  return js::Undefined(env);
}

// liveHandles(): how many Python objects this thread holds
napi_value LiveHandles(napi_env env, napi_callback_info info) {
  return js::Number(env, static_cast<double>(EnvironmentOf(env, info)->handles->live()));
}

// typeFlags(): the table of TypeFlag, for the test that TypeScript has the same
napi_value TypeFlags(napi_env env, napi_callback_info) {
  constexpr struct {
    const char* name;
    uint32_t flag;
  } kFlags[] = {
      {"callable", kCallable},   {"type", kIsType},         {"sequence", kSequence},
      {"arrayLike", kArrayLike}, {"awaitable", kAwaitable}, {"mapping", kMapping},
      {"iterable", kIterable},   {"iterator", kIterator},   {"exception", kException},
      {"module", kModule},
  };
  napi_value result = nullptr;
  napi_create_object(env, &result);
  for (const auto& row : kFlags) js::Set(env, result, row.name, js::Number(env, row.flag));
  return result;
}

const NativeFunction kFunctions[] = {
    {"typeFlags", TypeFlags},   {"install", Install},         {"start", Start},
    {"atExit", AtExit},         {"dispose", Dispose},         {"openScope", OpenScope},
    {"closeScope", CloseScope}, {"liveHandles", LiveHandles},
};

NativeTable LifeTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

// Node closes an addon with its last environment: a worker_thread that used Python alone would
// take our code from under Python's threads and finalisers.
void StayLoaded() {
  Dl_info self = {};
  if (dladdr(reinterpret_cast<const void*>(&StayLoaded), &self) != 0) {
    dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  }
}

void Export(napi_env env, napi_value exports, Environment* environment, NativeTable table) {
  for (size_t i = 0; i < table.count; i++) {
    const NativeFunction& row = table.rows[i];
    napi_value function = nullptr;
    napi_create_function(env, row.name, NAPI_AUTO_LENGTH, row.callback, environment, &function);
    js::Set(env, exports, row.name, function);
  }
}

}  // namespace

namespace js {

std::string ToText(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return "";
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

}  // namespace js

}  // namespace snakepit

NAPI_MODULE_INIT() {
  using namespace snakepit;
  StayLoaded();
  Environment* environment = CreateEnvironment(env);
  HoldGlobals(env, environment);
  for (const NativeTable& table :
       {LifeTable(), CallTable(), AccessTable(), ErrorsTable(), PlainDataTable(), TapeTable(),
        TensorTable(), ArrowHandOverTable(), ArrowTakeOutTable(), JsObjectTable(),
        WorkerProcessTable(), ChannelTable(), MethodsTable(), AsyncTable(), CodecTable(),
        InterruptTable(), SharedMemoryTable()}) {
    Export(env, exports, environment, table);
  }
  return exports;
}
