// One thread, one queue, one condition variable, one thread-safe function: nothing that a product
// needs beside that (no cancelling, no second thread, no conversion but of a float).
#define PY_SSIZE_T_CLEAN
#include "hop.h"

#include <Python.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace {

struct Work {
  napi_deferred deferred = nullptr;
  double value = 0;
};

std::mutex g_mutex;
// Never destroyed: its thread waits on it when the process ends, and the destructor would wait for
// that.
std::condition_variable& g_wake = *new std::condition_variable();
std::vector<Work> g_queue;
std::vector<Work> g_done;
napi_threadsafe_function g_tell = nullptr;
bool g_told = false;

void Tell(std::vector<Work>* done) {
  const std::lock_guard<std::mutex> lock(g_mutex);
  g_done.insert(g_done.end(), done->begin(), done->end());
  done->clear();
  if (!g_told) napi_call_threadsafe_function(g_tell, nullptr, napi_tsfn_nonblocking);
  g_told = true;
}

void Serve() {
  const PyGILState_STATE state = PyGILState_Ensure();
  PyObject* math = PyImport_ImportModule("math");
  PyObject* sqrt = PyObject_GetAttrString(math, "sqrt");
  PyThreadState* thread = PyEval_SaveThread();
  std::vector<Work> work;
  std::vector<Work> done;
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(g_mutex);
      g_wake.wait(lock, [] { return !g_queue.empty(); });
      work.swap(g_queue);
    }
    PyEval_RestoreThread(thread);
    for (Work& one : work) {
      PyObject* argument = PyFloat_FromDouble(one.value);
      PyObject* result = PyObject_CallOneArg(sqrt, argument);
      Py_DECREF(argument);
      one.value = PyFloat_AsDouble(result);
      Py_DECREF(result);
      done.push_back(one);
      Tell(&done);
    }
    thread = PyEval_SaveThread();
    work.clear();
  }
  (void)state;
}

void Settle(napi_env env, napi_value, void*, void*) {
  std::vector<Work> done;
  {
    const std::lock_guard<std::mutex> lock(g_mutex);
    done.swap(g_done);
    g_told = false;
  }
  for (const Work& one : done) {
    napi_value value = nullptr;
    napi_create_double(env, one.value, &value);
    napi_resolve_deferred(env, one.deferred, value);
  }
}

// resolve(number): from any Python thread
PyObject* Resolve(PyObject*, PyObject* number) {
  std::vector<Work> done = {{static_cast<napi_deferred>(PyLong_AsVoidPtr(number)), 0}};
  Tell(&done);
  Py_RETURN_NONE;
}

PyMethodDef g_resolve = {"resolve", Resolve, METH_O, nullptr};
PyObject* g_begin = nullptr;

}  // namespace

void StartHops(napi_env env) {
  napi_value name = nullptr;
  napi_create_string_utf8(env, "floor", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr,
                                  Settle, &g_tell);
  PyObject* helpers = PyImport_ImportModule("bench_helpers");
  PyObject* resolve = PyCFunction_NewEx(&g_resolve, nullptr, nullptr);
  g_begin = PyObject_CallMethod(helpers, "coroutines", "O", resolve);
  std::thread(Serve).detach();
}

napi_value Hop(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  Work work;
  napi_get_value_double(env, argument, &work.value);
  napi_value promise = nullptr;
  napi_create_promise(env, &work.deferred, &promise);
  {
    const std::lock_guard<std::mutex> lock(g_mutex);
    g_queue.push_back(work);
  }
  g_wake.notify_one();
  return promise;
}

napi_value BeginHop(napi_env env, napi_callback_info) {
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  napi_create_promise(env, &deferred, &promise);
  const PyGILState_STATE state = PyGILState_Ensure();
  PyObject* number = PyLong_FromVoidPtr(deferred);
  PyObject* result = PyObject_CallOneArg(g_begin, number);
  Py_XDECREF(result);
  Py_DECREF(number);
  PyGILState_Release(state);
  return promise;
}
