#include "js_object.h"

#include <unordered_map>

#include "convert.h"
#include "errands.h"
#include "errors.h"
#include "interpreter.h"
#include "js_error.h"
#include "js_function.h"
#include "js_iterator.h"
#include "js_live.h"
#include "python_object.h"
#include "window.h"

namespace snakepit {

struct JsObjectState {
  napi_ref hooks[static_cast<size_t>(JsHook::kCount)] = {};
  napi_ref missing = nullptr;
  // Borrowed: an object leaves the table when it dies.
  std::unordered_map<uint64_t, PyObject*> by_id;
  // V8's limit, as the first crossing found it: the lowest address that JavaScript reached.
  uintptr_t stack_floor = 0;
};

// The types, once a process. The GIL is held.
static bool PrepareTypes();

namespace {

constexpr const char* kHookNames[] = {
    "identify",   "describe",     "prepareThrown",   "keywords",      "probeStack",
    "attribute",  "setAttribute", "deleteAttribute", "item",          "setItem",
    "deleteItem", "contains",     "length",          "iterator",      "advance",
    "throwInto",  "close",        "ended",           "asyncIterator", "names",
    "text",       "represent",    "functionName",    "parameters",    "settled",
    "notify",     "traceOf",      "framesBetween",   "decoderOf",     "decode",
    "encode",     "toArrow",
};
static_assert(sizeof(kHookNames) / sizeof(kHookNames[0]) == static_cast<size_t>(JsHook::kCount),
              "one name for each hook");

// Below this much stack JavaScript is not entered again: conversions, an error's construction and
// what Python runs in between must fit, because V8 ends the process where they do not.
constexpr uintptr_t kStackMargin = 128u << 10;

PyTypeObject* g_types[static_cast<size_t>(JsKind::kArray)] = {};

uintptr_t StackPointer() { return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)); }

// Takes the pending JS exception away; null where there is none.
napi_value TakePending(napi_env env) {
  napi_value pending = nullptr;
  if (js::ExceptionPending(env)) napi_get_and_clear_last_exception(env, &pending);
  return pending;
}

napi_ref HoldMember(napi_env env, napi_value object, const char* name) {
  napi_ref reference = nullptr;
  napi_create_reference(env, js::Get(env, object, name), 1, &reference);
  return reference;
}

bool FindStackFloor(Environment* environment) {
  JsObjectState* state = environment->js_objects;
  if (state->stack_floor != 0) return true;
  PrepareErrands(environment);
  state->stack_floor = StackPointer();
  return CallHook(environment, JsHook::kProbeStack, 0, nullptr) != nullptr;
}

// markStack(): how deep JavaScript came
napi_value MarkStack(napi_env env, napi_callback_info info) {
  JsObjectState* state = EnvironmentOf(env, info)->js_objects;
  const uintptr_t here = StackPointer();
  if (here < state->stack_floor) state->stack_floor = here;
  return nullptr;
}

// heldByPython(): every function and object of this thread that Python holds
napi_value HeldByPython(napi_env env, napi_callback_info info) {
  Environment* environment = EnvironmentOf(env, info);
  const Entry entry(environment);
  napi_value list = nullptr;
  napi_create_array(env, &list);
  uint32_t count = 0;
  for (const auto& row : environment->js_objects->by_id) {
    const HandleScope scope(env);
    napi_value value = js::Deref(env, JsDataOf(row.second)->reference);
    if (value != nullptr) napi_set_element(env, list, count++, value);
  }
  return list;
}

// countHeldByPython()
napi_value CountHeldByPython(napi_env env, napi_callback_info info) {
  const JsObjectState* state = EnvironmentOf(env, info)->js_objects;
  const GilAcquire gil;
  return js::Number(env, static_cast<double>(state->by_id.size()));
}

// hold(value): the Python object that stands for a JS value, as a proxy, also of what is copied
napi_value Hold(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  Environment* environment = in.environment;
  const Entry entry(environment);
  JsKind kind = JsKind::kNone;
  uint64_t id = 0;
  if (!Identify(environment, in[0], /*forced=*/true, &kind, &id)) return nullptr;
  const Ref held = HoldJs(environment, in[0], kind, id);
  if (!held) return js::ExceptionPending(env) ? nullptr : ThrowPython(environment);
  return environment->handles->Wrap(held.get());
}

// holdWeakly(function): a Python callable that does not keep it
napi_value HoldWeakly(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const Entry entry(in.environment);
  const Ref weak = MakeWeakFunction(in.environment, in[0]);
  if (!weak) return js::ExceptionPending(env) ? nullptr : ThrowPython(in.environment);
  return in.environment->handles->Wrap(weak.get());
}

// jsKinds(): the table of JsKind, for the test that TypeScript has the same
napi_value JsKinds(napi_env env, napi_callback_info) {
  constexpr const char* kNames[] = {
      "function", "class",   "object",        "collection",   "sequence", "iterator",
      "iterable", "promise", "asyncIterable", "error",        "thrown",   "array",
      "plain",    "map",     "set",           "sharedBuffer", "none",     "arrow",
  };
  napi_value result = nullptr;
  napi_create_object(env, &result);
  double number = 0;
  for (const char* name : kNames) js::Set(env, result, name, js::Number(env, number++));
  return result;
}

const NativeFunction kFunctions[] = {
    {"markStack", MarkStack},
    {"heldByPython", HeldByPython},
    {"countHeldByPython", CountHeldByPython},
    {"hold", Hold},
    {"holdWeakly", HoldWeakly},
    {"jsKinds", JsKinds},
};

}  // namespace

void InstallJsHooks(Environment* environment, napi_value hooks) {
  if (environment->js_objects != nullptr) return;
  napi_env env = environment->env;
  auto* state = new JsObjectState();
  for (size_t i = 0; i < static_cast<size_t>(JsHook::kCount); i++) {
    state->hooks[i] = HoldMember(env, hooks, kHookNames[i]);
  }
  state->missing = HoldMember(env, hooks, "missing");
  environment->js_objects = state;
}

napi_value CallHook(Environment* environment, JsHook hook, size_t count,
                    const napi_value* arguments) {
  napi_env env = environment->env;
  napi_value function = js::Deref(env, environment->js_objects->hooks[static_cast<size_t>(hook)]);
  napi_value answer = nullptr;
  return napi_call_function(env, js::Undefined(env), function, count, arguments, &answer) == napi_ok
             ? answer
             : nullptr;
}

bool IsMissing(Environment* environment, napi_value answer) {
  bool same = false;
  napi_strict_equals(environment->env, answer,
                     js::Deref(environment->env, environment->js_objects->missing), &same);
  return same;
}

JsData* JsDataOf(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  for (PyTypeObject* own : g_types) {
    if (type != own) continue;
    return type == g_types[static_cast<size_t>(JsKind::kError)]
               ? JsErrorData(object)
               : &reinterpret_cast<JsValue*>(object)->data;
  }
  return nullptr;
}

bool MayStandForJs(PyTypeObject* type) {
  for (const PyTypeObject* own : g_types) {
    if (type == own) return true;
  }
  return IsJsMethod(type);
}

napi_value JsValueOf(Environment* environment, PyObject* object) {
  if (g_types[0] == nullptr) return nullptr;
  const JsData* data = JsDataOf(object);
  if (data == nullptr) {
    PyObject* function = FunctionOfMethod(object);
    if (function == nullptr) return nullptr;
    data = JsDataOf(function);
  }
  if (data->environment != environment || data->reference == nullptr) return nullptr;
  napi_value value = js::Deref(environment->env, data->reference);
  return data->kind == JsKind::kThrown ? js::Get(environment->env, value, "value") : value;
}

PyObject* KnownJs(Environment* environment, uint64_t id) {
  const auto& by_id = environment->js_objects->by_id;
  const auto known = by_id.find(id);
  return known == by_id.end() ? nullptr : known->second;
}

bool Identify(Environment* environment, napi_value value, bool forced, JsKind* kind, uint64_t* id) {
  napi_value arguments[] = {value, js::Boolean(environment->env, forced)};
  napi_value answer = CallHook(environment, JsHook::kIdentify, 2, arguments);
  if (answer == nullptr) return false;
  const uint64_t number = static_cast<uint64_t>(js::ToDouble(environment->env, answer));
  *kind = static_cast<JsKind>(number & ((1u << kJsKindBits) - 1));
  *id = number >> kJsKindBits;
  return true;
}

Ref HoldJs(Environment* environment, napi_value value, JsKind kind, uint64_t id) {
  if (!PrepareJs(environment)) return nullptr;
  if (PyObject* known = KnownJs(environment, id)) return Ref::Borrow(known);
  if (kind == JsKind::kError || kind == JsKind::kThrown) {
    return MakeJsError(environment, value, kind, id, nullptr);
  }
  PyTypeObject* type = JsTypeOf(kind);
  Ref object = Ref::Steal(py.PyType_GenericAlloc(type, 0));
  if (!object) return nullptr;
  if (type == JsTypeOf(JsKind::kFunction)) MakeCallable(object.get(), kind);
  JsData* data = &reinterpret_cast<JsValue*>(object.get())->data;
  if (!Adopt(environment, object.get(), data, value, kind, id)) return nullptr;
  return object;
}

Ref HoldJs(Environment* environment, napi_value value, JsKind* kind) {
  uint64_t id = 0;
  if (!Identify(environment, value, /*forced=*/false, kind, &id)) return nullptr;
  return IsHeld(*kind) ? HoldJs(environment, value, *kind, id) : nullptr;
}

bool ReferJs(Environment* environment, napi_value value, HeldJs* held) {
  // Not all of PrepareJs: the types need the GIL.
  if (!FindStackFloor(environment) ||
      !Identify(environment, value, /*forced=*/false, &held->kind, &held->id)) {
    return false;
  }
  // Pyarrow's object would have to be made here and now, with the GIL: it stays an iterable.
  if (held->kind == JsKind::kArrow &&
      !Identify(environment, value, /*forced=*/true, &held->kind, &held->id)) {
    return false;
  }
  // An error becomes an exception, whose text is JavaScript's to tell: that is the JS thread's.
  if (!IsHeld(held->kind) || held->kind == JsKind::kError || held->kind == JsKind::kThrown) {
    return false;
  }
  return napi_create_reference(environment->env, value, 1, &held->reference) == napi_ok;
}

Ref WrapJs(Environment* environment, const HeldJs& held) {
  PyObject* known = PrepareTypes() ? KnownJs(environment, held.id) : nullptr;
  Ref object;
  if (known != nullptr) {
    object = Ref::Borrow(known);
  } else if (g_types[0] != nullptr) {
    object = Ref::Steal(py.PyType_GenericAlloc(JsTypeOf(held.kind), 0));
  }
  if (known != nullptr || !object) {
    DeferReference(environment, held.reference);
    return object;
  }
  if (JsTypeOf(held.kind) == JsTypeOf(JsKind::kFunction)) MakeCallable(object.get(), held.kind);
  JsData* data = &reinterpret_cast<JsValue*>(object.get())->data;
  *data = {environment, held.reference, held.id, held.kind};
  environment->js_objects->by_id.emplace(held.id, object.get());
  return object;
}

napi_value JsValueBehind(Environment* environment, PyObject* object) {
  return JsValueOf(environment, object);
}

bool Adopt(Environment* environment, PyObject* object, JsData* data, napi_value value, JsKind kind,
           uint64_t id) {
  const napi_status status = napi_create_reference(environment->env, value, 1, &data->reference);
  if (status != napi_ok) {
    ThrowJs(environment, status, "holding a JavaScript object");
    return false;
  }
  data->environment = environment;
  data->kind = kind;
  data->id = id;
  environment->js_objects->by_id.emplace(id, object);
  return true;
}

void LetGo(JsData* data) {
  napi_ref reference = data->reference;
  if (reference == nullptr) return;
  Environment* environment = data->environment;
  data->reference = nullptr;
  if (data->id != 0) environment->js_objects->by_id.erase(data->id);
  if (environment->closed.load()) return;
  if (environment->gil == CurrentThreadGil()) {
    napi_delete_reference(environment->env, reference);
  } else {
    DeferReference(environment, reference);
  }
}

bool CanEnter(const JsData& data) {
  const Environment* environment = data.environment;
  if (data.reference == nullptr) {
    py.PyErr_SetString(*py.PyExc_ReferenceError, "this JavaScript object was let go");
    return false;
  }
  if (environment->gil != CurrentThreadGil()) {
    py.PyErr_SetString(*py.PyExc_RuntimeError,
                       "this JavaScript object belonged to a worker thread that has ended");
    return false;
  }
  if (environment->closed.load()) {
    py.PyErr_SetString(*py.PyExc_RuntimeError, "the JavaScript thread of this object is ending");
    return false;
  }
  if (StackPointer() < environment->js_objects->stack_floor + kStackMargin) {
    py.PyErr_SetString(*py.PyExc_RecursionError,
                       "Python and JavaScript call each other too deep: JavaScript's stack is "
                       "nearly used up");
    return false;
  }
  return true;
}

JsEntry::JsEntry(const JsData& data)
    : env_(data.environment->env), pending_(TakePending(env_)), scope_(env_) {
  Environment* environment = data.environment;
  if (HasDeferred() || environment->gc_epoch != environment->swept_epoch || environment->poll_gc) {
    EnterSlowly(environment);
  }
  // Here, where no exception is pending, and not at the end: decrefs run any Python code.
  if (environment->handles_due) LeaveSlowly(environment);
  // What Python printed so far comes before what JavaScript is about to print.
  if (OutputWaiting()) FlushOutput(environment);
}

JsEntry::~JsEntry() {
  if (pending_ != nullptr) napi_throw(env_, pending_);
}

// The async face gives objects of these types back as what they stand for.
static bool NameTypes() {
  const Ref module = ImportOwn("ours");
  const Ref ours = module ? Ref::Steal(py.PyObject_GetAttrString(module.get(), "TYPES")) : nullptr;
  if (!ours) return false;
  for (PyTypeObject* type : g_types) {
    if (type != nullptr && py.PySet_Add(ours.get(), AsObject(type)) != 0) return false;
  }
  return true;
}

static bool PrepareTypes() {
  if (g_types[0] != nullptr) return true;
  PyTypeObject* made[static_cast<size_t>(JsKind::kArray)] = {};
  if (!InitJsLive(made) || !InitJsFunction(made) || !InitJsIterator(made) || !InitJsError(made)) {
    return false;
  }
  for (size_t i = 0; i < static_cast<size_t>(JsKind::kArray); i++) g_types[i] = made[i];
  return NameTypes();
}

bool PrepareJs(Environment* environment) { return PrepareTypes() && FindStackFloor(environment); }

PyTypeObject* JsTypeOf(JsKind kind) { return g_types[static_cast<size_t>(kind)]; }

NativeTable JsObjectTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

}  // namespace snakepit
