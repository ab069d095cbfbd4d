#include "codec.h"

#include <unordered_map>

#include "convert.h"
#include "js_object.h"
#include "python_object.h"

namespace snakepit {

// The number of each type's codec, as far as it was asked for; below 0 for none. A type is held, so
// that its address cannot come back with another.
struct CodecTypes {
  std::unordered_map<PyTypeObject*, int> rules;
  // len(sys.modules) when they were asked: with a new module a name may mean a class.
  Py_ssize_t modules = 0;
};

namespace {

// A program that makes types without end must not fill the table.
constexpr size_t kTypeLimit = 4096;
constexpr int kNone = -1;

// Dropping a type may run any code, which may convert: the table is empty before.
void Forget(CodecTypes* types) {
  std::unordered_map<PyTypeObject*, int> dropped;
  dropped.swap(types->rules);
  for (const auto& entry : dropped) py.Py_DecRef(AsObject(entry.first));
}

void Remember(CodecTypes* types, PyTypeObject* type, int rule) {
  const auto inserted = types->rules.emplace(type, rule);
  if (inserted.second) {
    py.Py_IncRef(AsObject(type));
  } else {
    inserted.first->second = rule;
  }
}

// False: a JS exception is pending.
bool RuleOf(Environment* environment, PyTypeObject* type, int* rule) {
  CodecTypes* types = environment->codec_types;
  const Py_ssize_t modules = py.PyDict_Size(py.PyImport_GetModuleDict());
  if (modules != types->modules || types->rules.size() >= kTypeLimit) {
    types->modules = modules;
    Forget(types);
  }
  const auto known = types->rules.find(type);
  if (known != types->rules.end()) {
    *rule = known->second;
    return true;
  }
  const WithoutCodecs plain(environment);
  napi_value proxy = environment->handles->Wrap(AsObject(type));
  napi_value answer =
      proxy != nullptr ? CallHook(environment, JsHook::kDecoderOf, 1, &proxy) : nullptr;
  if (answer == nullptr) return false;
  *rule = static_cast<int>(js::ToDouble(environment->env, answer));
  Remember(types, type, *rule);
  return true;
}

// setCodecs(decodes, encodes): the codecs have changed; which ways there are any
napi_value SetCodecs(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  Environment* environment = in.environment;
  const Entry entry(environment);
  if (environment->codec_types == nullptr) environment->codec_types = new CodecTypes();
  Forget(environment->codec_types);
  napi_get_value_bool(env, in[0], &environment->decodes);
  napi_get_value_bool(env, in[1], &environment->encodes);
  return js::Undefined(env);
}

const NativeFunction kFunctions[] = {{"setCodecs", SetCodecs}};

}  // namespace

bool Decode(Environment* environment, PyObject* object, napi_value* value) {
  PyTypeObject* type = Py_TYPE(object);
  // What was JavaScript's comes back as it was.
  if (type == bigint_type || MayStandForJs(type)) return false;
  napi_env env = environment->env;
  napi_escapable_handle_scope scope = nullptr;
  napi_open_escapable_handle_scope(env, &scope);
  *value = nullptr;
  int rule = kNone;
  bool done = !RuleOf(environment, type, &rule);
  if (rule > kNone) {
    napi_value arguments[2] = {js::Number(env, rule), environment->handles->Wrap(object)};
    napi_value made =
        arguments[1] != nullptr ? CallHook(environment, JsHook::kDecode, 2, arguments) : nullptr;
    done = made == nullptr || js::TypeOf(env, made) != napi_undefined;
    if (done && made != nullptr) napi_escape_handle(env, scope, made, value);
  }
  napi_close_escapable_handle_scope(env, scope);
  return done;
}

bool Encode(Environment* environment, napi_value value, napi_value* made) {
  *made = CallHook(environment, JsHook::kEncode, 1, &value);
  if (*made == nullptr) return false;
  if (IsMissing(environment, *made)) *made = nullptr;
  return true;
}

NativeTable CodecTable() { return {kFunctions, 1}; }

}  // namespace snakepit
