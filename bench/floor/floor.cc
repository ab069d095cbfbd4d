// The floor: what a call, a hand-over and a start cost when nothing stands between raw Node-API on
// one side and the raw CPython C API on the other. It keeps no promise a product has to keep (no
// detach safety, no collection of held objects, one environment), so nothing usable is faster.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <node_api.h>

#include <cmath>
#include <string>
#include <vector>

#include "hop.h"

namespace {

napi_env g_env = nullptr;
PyThreadState* g_main = nullptr;
PyObject* g_sqrt = nullptr;
vectorcallfunc g_sqrt_call = nullptr;
PyObject* g_sum_name = nullptr;
PyObject* g_frombuffer = nullptr;
PyObject* g_float32 = nullptr;
PyObject* g_small = nullptr;
PyObject* g_boom = nullptr;
PyObject* g_call_each = nullptr;
PyObject* g_make = nullptr;
PyObject* g_kept = nullptr;

// Slots by number: the cheapest handle there is. `pin` keeps the JS memory of a handed-in array.
struct Held {
  PyObject* object = nullptr;
  napi_ref pin = nullptr;
};
std::vector<Held> g_held;
std::vector<size_t> g_free;

size_t Hold(PyObject* object, napi_ref pin) {
  if (g_free.empty()) {
    g_held.push_back({object, pin});
    return g_held.size() - 1;
  }
  const size_t slot = g_free.back();
  g_free.pop_back();
  g_held[slot] = {object, pin};
  return slot;
}

// The two ways to attach the main thread; the benchmark takes the faster one as the floor.
class ByState {
 public:
  ByState() : state_(PyGILState_Ensure()) {}
  ~ByState() { PyGILState_Release(state_); }

 private:
  PyGILState_STATE state_;
};
class ByThread {
 public:
  ByThread() { PyEval_RestoreThread(g_main); }
  ~ByThread() { PyEval_SaveThread(); }
};

napi_value Number(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

double ToDouble(napi_env env, napi_value value) {
  double number = 0;
  napi_get_value_double(env, value, &number);
  return number;
}

std::string ToText(napi_env env, napi_value value) {
  size_t length = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &length);
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, &text[0], length + 1, &length);
  return text;
}

template <size_t N>
void Arguments(napi_env env, napi_callback_info info, napi_value (&values)[N]) {
  size_t count = N;
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
}

// Clears the pending Python exception and throws its type and text as a JS error.
napi_value Throw(napi_env env) {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  std::string message = type ? reinterpret_cast<PyTypeObject*>(type)->tp_name : "no exception";
  if (PyObject* text = value ? PyObject_Str(value) : nullptr) {
    if (const char* utf8 = PyUnicode_AsUTF8(text)) message += std::string(": ") + utf8;
    Py_DECREF(text);
  }
  PyErr_Clear();
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(trace);
  napi_throw_error(env, nullptr, message.c_str());
  return nullptr;
}

napi_value ThrowStatus(napi_env env, PyStatus status) {
  napi_throw_error(env, nullptr, status.err_msg ? status.err_msg : "CPython did not start");
  return nullptr;
}

// start(executable): the interpreter of that environment, and math.sqrt.
napi_value Start(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  const std::string executable = ToText(env, argument[0]);
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  config.install_signal_handlers = 0;
  config.parse_argv = 0;
  config.use_environment = 0;
  config.user_site_directory = 0;
  PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, executable.c_str());
  if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status)) return ThrowStatus(env, status);
  PyObject* math = PyImport_ImportModule("math");
  g_sqrt = math ? PyObject_GetAttrString(math, "sqrt") : nullptr;
  g_sum_name = PyUnicode_InternFromString("sum");
  napi_value failure = g_sqrt && g_sum_name ? nullptr : Throw(env);
  if (!failure) g_sqrt_call = PyVectorcall_Function(g_sqrt);
  Py_XDECREF(math);
  g_main = PyEval_SaveThread();
  return nullptr;
}

// load(folder): NumPy and the functions of bench_helpers.py in that folder.
napi_value Load(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  const std::string folder = ToText(env, argument[0]);
  ByState attached;
  PyObject* path = PySys_GetObject("path");
  PyObject* entry = PyUnicode_FromString(folder.c_str());
  if (!path || !entry || PyList_Insert(path, 0, entry) != 0) return Throw(env);
  Py_DECREF(entry);
  PyObject* numpy = PyImport_ImportModule("numpy");
  PyObject* helpers = numpy ? PyImport_ImportModule("bench_helpers") : nullptr;
  if (!helpers) return Throw(env);
  g_frombuffer = PyObject_GetAttrString(numpy, "frombuffer");
  g_float32 = PyObject_GetAttrString(numpy, "float32");
  g_small = PyObject_CallMethod(numpy, "arange", "d", 10.5);
  g_boom = PyObject_GetAttrString(helpers, "boom");
  g_call_each = PyObject_GetAttrString(helpers, "call_each");
  g_make = PyObject_GetAttrString(helpers, "make");
  g_kept = PyObject_GetAttrString(helpers, "kept");
  return PyErr_Occurred() ? Throw(env) : nullptr;
}

// --- calls ---

napi_value Native(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  return Number(env, std::sqrt(ToDouble(env, argument[0])));
}

// A vectorcall may write to args[-1] when the offset bit is set, which saves bound methods a copy.
double CallSqrt(PyObject* x) {
  PyObject* slots[2] = {nullptr, x};
  PyObject* root = g_sqrt_call(g_sqrt, slots + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  const double number = PyFloat_AS_DOUBLE(root);
  Py_DECREF(x);
  Py_DECREF(root);
  return number;
}

template <typename Attach>
napi_value Sqrt(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  const double x = ToDouble(env, argument[0]);
  double root = 0;
  {
    Attach attached;
    root = CallSqrt(PyFloat_FromDouble(x));
  }
  return Number(env, root);
}

// The same with a Python int, which is what a whole JS number becomes.
template <typename Attach>
napi_value SqrtInt(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  int64_t x = 0;
  napi_get_value_int64(env, argument[0], &x);
  double root = 0;
  {
    Attach attached;
    root = CallSqrt(PyLong_FromLongLong(x));
  }
  return Number(env, root);
}

double SumOfArray(PyObject* array) {
  PyObject* slots[1] = {array};
  PyObject* sum = PyObject_VectorcallMethod(g_sum_name, slots, 1, nullptr);
  const double number = sum ? PyFloat_AsDouble(sum) : std::nan("");
  Py_XDECREF(sum);
  return number;
}

napi_value Sum(napi_env env, napi_callback_info) {
  double sum = 0;
  {
    ByThread attached;
    sum = SumOfArray(g_small);
  }
  return Number(env, sum);
}

napi_value Boom(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  const std::string text = ToText(env, argument[0]);
  ByThread attached;
  PyObject* message = PyUnicode_FromStringAndSize(text.data(), text.size());
  PyObject* nothing = PyObject_CallOneArg(g_boom, message);
  Py_DECREF(message);
  Py_XDECREF(nothing);
  return nothing ? nullptr : Throw(env);
}

// --- a JS function called by Python, on the JS thread ---

napi_value g_function = nullptr;

PyObject* CallFunction(PyObject*, PyObject* x) {
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(g_env, &scope);
  napi_value argument = Number(g_env, static_cast<double>(PyLong_AsLongLong(x)));
  napi_value receiver = nullptr, answer = nullptr;
  napi_get_undefined(g_env, &receiver);
  const napi_status status = napi_call_function(g_env, receiver, g_function, 1, &argument, &answer);
  PyObject* number = status == napi_ok ? PyFloat_FromDouble(ToDouble(g_env, answer)) : nullptr;
  if (!number) PyErr_SetString(PyExc_RuntimeError, "the JS function threw");
  napi_close_handle_scope(g_env, scope);
  return number;
}
PyMethodDef g_function_def = {"function", CallFunction, METH_O, nullptr};

// callEach(function, count) -> the sum of its answers
napi_value CallEach(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Arguments(env, info, arguments);
  int64_t count = 0;
  napi_get_value_int64(env, arguments[1], &count);
  g_function = arguments[0];
  ByThread attached;
  PyObject* function = PyCFunction_New(&g_function_def, nullptr);
  PyObject* total =
      PyObject_CallFunction(g_call_each, "OL", function, static_cast<long long>(count));
  Py_XDECREF(function);
  if (!total) return Throw(env);
  const double number = PyFloat_AsDouble(total);
  Py_DECREF(total);
  return Number(env, number);
}

// --- arrays ---

// handIn(float32array) -> slot of np.frombuffer over the same memory
napi_value HandIn(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  void* data = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(env, argument[0], nullptr, &length, &data, nullptr, nullptr);
  napi_ref pin = nullptr;
  napi_create_reference(env, argument[0], 1, &pin);
  PyObject* array = nullptr;
  {
    ByThread attached;
    PyObject* view = PyMemoryView_FromMemory(static_cast<char*>(data),
                                             static_cast<Py_ssize_t>(length) * 4, PyBUF_WRITE);
    PyObject* slots[3] = {nullptr, view, g_float32};
    array =
        PyObject_Vectorcall(g_frombuffer, slots + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    Py_DECREF(view);
    if (!array) Throw(env);
  }
  return array ? Number(env, static_cast<double>(Hold(array, pin))) : nullptr;
}

size_t ToSlot(napi_env env, napi_value value) {
  uint32_t slot = 0;
  napi_get_value_uint32(env, value, &slot);
  return slot;
}

napi_value Release(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  const size_t slot = ToSlot(env, argument[0]);
  const Held held = g_held[slot];
  {
    ByThread attached;
    Py_XDECREF(held.object);
  }
  if (held.pin) napi_delete_reference(env, held.pin);
  g_held[slot] = {};
  g_free.push_back(slot);
  return nullptr;
}

// make(count) -> slot of a new float32 array of that length
napi_value Make(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  int64_t count = 0;
  napi_get_value_int64(env, argument[0], &count);
  ByThread attached;
  PyObject* key = PyObject_CallFunction(g_make, "L", static_cast<long long>(count));
  PyObject* array = key ? PyObject_CallOneArg(g_kept, key) : nullptr;
  Py_XDECREF(key);
  if (!array) return Throw(env);
  return Number(env, static_cast<double>(Hold(array, nullptr)));
}

void FreeView(napi_env, void*, void* hint) {
  ByState attached;
  PyBuffer_Release(static_cast<Py_buffer*>(hint));
  delete static_cast<Py_buffer*>(hint);
}

// takeOut(slot) -> a Float32Array over the array's memory, with a new ArrayBuffer each time
napi_value TakeOut(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  PyObject* array = g_held[ToSlot(env, argument[0])].object;
  Py_buffer* view = new Py_buffer();
  {
    ByThread attached;
    if (PyObject_GetBuffer(array, view, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE) != 0) {
      delete view;
      return Throw(env);
    }
  }
  napi_value buffer = nullptr, taken = nullptr;
  const auto length = static_cast<size_t>(view->len);
  if (napi_create_external_arraybuffer(env, view->buf, length, FreeView, view, &buffer) !=
      napi_ok) {
    napi_throw_error(env, nullptr, "this engine has no external array buffers");
    return nullptr;
  }
  napi_create_typedarray(env, napi_float32_array, length / 4, buffer, 0, &taken);
  return taken;
}

napi_value SumOf(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  PyObject* array = g_held[ToSlot(env, argument[0])].object;
  double sum = 0;
  {
    ByThread attached;
    sum = SumOfArray(array);
  }
  return Number(env, sum);
}

// address(float32array) or address(slot): where the data is, as each side sees it
napi_value Address(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  Arguments(env, info, argument);
  void* data = nullptr;
  bool typed = false;
  napi_is_typedarray(env, argument[0], &typed);
  if (typed) {
    napi_get_typedarray_info(env, argument[0], nullptr, nullptr, &data, nullptr, nullptr);
  } else {
    ByThread attached;
    Py_buffer view;
    if (PyObject_GetBuffer(g_held[ToSlot(env, argument[0])].object, &view, PyBUF_SIMPLE) != 0)
      return Throw(env);
    data = view.buf;
    PyBuffer_Release(&view);
  }
  napi_value value = nullptr;
  napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(data), &value);
  return value;
}

// startHops()
napi_value Hops(napi_env env, napi_callback_info) {
  ByThread attached;
  StartHops(env);
  return nullptr;
}

struct Export {
  const char* name;
  napi_callback call;
};
constexpr Export kExports[] = {
    {"start", Start},
    {"load", Load},
    {"native", Native},
    {"sqrtByState", Sqrt<ByState>},
    {"sqrtByThread", Sqrt<ByThread>},
    {"sqrtIntByState", SqrtInt<ByState>},
    {"sqrtIntByThread", SqrtInt<ByThread>},
    {"sum", Sum},
    {"boom", Boom},
    {"callEach", CallEach},
    {"handIn", HandIn},
    {"release", Release},
    {"make", Make},
    {"takeOut", TakeOut},
    {"sumOf", SumOf},
    {"address", Address},
    {"startHops", Hops},
    {"hop", Hop},
    {"beginHop", BeginHop},
};

}  // namespace

NAPI_MODULE_INIT() {
  g_env = env;
  for (const Export& entry : kExports) {
    napi_value function = nullptr;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.call, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  return exports;
}
