// The single door to Node-API: its defines are set here and nowhere else.
#ifndef SNAKEPIT_JS_H_
#define SNAKEPIT_JS_H_

#ifndef NAPI_VERSION
#define NAPI_VERSION 9  // the newest level that Node 20 has
#endif
#ifndef NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS
#define NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS
#endif
#include <napi.h>

#include <cstddef>
#include <string>

namespace snakepit {

struct Environment;

// A native function under the name that the typed surface (src/native/binding.ts) gives it. Every
// one is created with its Environment as data, so napi_get_cb_info hands it over for nothing.
struct NativeFunction {
  const char* name;
  napi_callback callback;
};

// What a file adds to the export table; addon.cc lists the tables.
struct NativeTable {
  const NativeFunction* rows;
  size_t count;
};

// The arguments of one native call. Missing ones read as undefined.
template <size_t N>
struct Arguments {
  napi_value at[N];
  size_t count = N;
  Environment* environment = nullptr;
  Arguments(napi_env env, napi_callback_info info) {
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, at, nullptr, &data);
    environment = static_cast<Environment*>(data);
  }
  napi_value operator[](size_t index) const { return at[index]; }
};

// For functions that take no arguments.
inline Environment* EnvironmentOf(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  return static_cast<Environment*>(data);
}

namespace js {

inline napi_value Undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

inline napi_value Null(napi_env env) {
  napi_value value = nullptr;
  napi_get_null(env, &value);
  return value;
}

inline napi_value Global(napi_env env) {
  napi_value value = nullptr;
  napi_get_global(env, &value);
  return value;
}

inline napi_value Boolean(napi_env env, bool from) {
  napi_value value = nullptr;
  napi_get_boolean(env, from, &value);
  return value;
}

inline napi_value Number(napi_env env, double from) {
  napi_value value = nullptr;
  napi_create_double(env, from, &value);
  return value;
}

inline napi_value Text(napi_env env, const char* from, size_t length = NAPI_AUTO_LENGTH) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, from, length, &value);
  return value;
}

inline napi_value Text(napi_env env, const std::string& from) {
  return Text(env, from.data(), from.size());
}

inline napi_valuetype TypeOf(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type;
}

inline double ToDouble(napi_env env, napi_value value) {
  double number = 0;
  napi_get_value_double(env, value, &number);
  return number;
}

// UTF-8 text of a JS string; empty for anything else.
std::string ToText(napi_env env, napi_value value);

inline napi_value Get(napi_env env, napi_value object, const char* name) {
  napi_value value = nullptr;
  napi_get_named_property(env, object, name, &value);
  return value;
}

inline void Set(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

inline napi_value Deref(napi_env env, napi_ref reference) {
  napi_value value = nullptr;
  napi_get_reference_value(env, reference, &value);
  return value;
}

inline bool ExceptionPending(napi_env env) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  return pending;
}

}  // namespace js

// Values made inside die here, so a loop does not pile up handles.
class HandleScope {
 public:
  explicit HandleScope(napi_env env) : env_(env) { napi_open_handle_scope(env, &scope_); }
  ~HandleScope() { napi_close_handle_scope(env_, scope_); }
  HandleScope(const HandleScope&) = delete;
  HandleScope& operator=(const HandleScope&) = delete;

 private:
  napi_env env_;
  napi_handle_scope scope_ = nullptr;
};

}  // namespace snakepit

#endif  // SNAKEPIT_JS_H_
