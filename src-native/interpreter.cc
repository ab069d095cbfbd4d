#include "interpreter.h"

#include <fcntl.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

#include "environment.h"
#include "errors.h"
#include "gil.h"
#include "interrupt.h"
#include "js_buffer.h"
#include "output.h"

namespace snakepit {

namespace {

std::mutex start_mutex;
std::atomic<bool> started{false};
std::string started_executable;
std::string package_folder;
PyThreadState* first_state = nullptr;
std::atomic<int> js_threads{0};

// PyConfig is about 500 bytes on 3.11 to 3.14. Only functions of CPython touch it, so its layout
// need not be known, and a start-up check of the size cannot be had.
constexpr size_t kConfigBytes = 16384;

// After this long Python's exit functions are left alone and the process ends.
constexpr std::chrono::seconds kExitLimit(3);

// Python's start must not change what Node does on a signal.
class SignalKeeper {
 public:
  SignalKeeper() {
    for (int number = 1; number < kSignals; number++) {
      known_[number] = sigaction(number, nullptr, &actions_[number]) == 0;
    }
  }
  ~SignalKeeper() {
    for (int number = 1; number < kSignals; number++) {
      if (known_[number]) sigaction(number, &actions_[number], nullptr);
    }
  }
  SignalKeeper(const SignalKeeper&) = delete;
  SignalKeeper& operator=(const SignalKeeper&) = delete;

 private:
  static constexpr int kSignals = 32;  // real-time signals are not touched by CPython
  struct sigaction actions_[kSignals];
  bool known_[kSignals] = {};
};

std::string Describe(const PyStatus& status) {
  std::string text = "Python could not start: ";
  if (status.func != nullptr) text += std::string(status.func) + ": ";
  return text + (status.err_msg != nullptr ? status.err_msg : "unknown reason") +
         ". Run: npx snakepit sync";
}

std::string Initialise(const std::string& executable) {
  alignas(16) static char storage[kConfigBytes];
  PyConfig* config = reinterpret_cast<PyConfig*>(storage);
  py.PyConfig_InitPythonConfig(config);
  // -E -s -P: the user's PYTHONHOME, user site and working folder are not part of the lock.
  // -u: without it every print on a pipe is lost, because nothing finalises.
  std::string words[] = {executable, "-E", "-s", "-P", "-u", "-X", "utf8", "-c", ""};
  constexpr size_t kWords = sizeof(words) / sizeof(words[0]);
  char* arguments[kWords];
  for (size_t i = 0; i < kWords; i++) arguments[i] = words[i].data();
  PyStatus status = py.PyConfig_SetBytesArgv(config, kWords, arguments);
  if (status.type == 0) status = py.Py_InitializeFromConfig(config);
  const std::string failure = status.type == 0 ? "" : Describe(status);
  py.PyConfig_Clear(config);
  return failure;
}

// Our own types begin with PyObjectHead, and types are read from its second word.
std::string CheckObjectHead() {
  const Ref size =
      Ref::Steal(py.PyObject_GetAttrString(AsObject(py.PyBaseObject_Type), "__basicsize__"));
  if (size && py.PyLong_AsLong(size.get()) == static_cast<long>(sizeof(PyObjectHead)) &&
      Py_TYPE(AsObject(py.PyBaseObject_Type)) == py.PyType_Type) {
    return "";
  }
  py.PyErr_Clear();
  return "this build of CPython lays its objects out in an unknown way (a debug or free-threaded "
         "build?). Provision a default build: npx snakepit sync";
}

// Node marks 0 to 2 close-on-exec; children that Python starts inherit them by number.
void LetChildrenInheritStdio() {
  for (int descriptor = 0; descriptor <= 2; descriptor++) {
    const int flags = fcntl(descriptor, F_GETFD);
    if (flags >= 0) fcntl(descriptor, F_SETFD, flags & ~FD_CLOEXEC);
  }
}

std::string StartFirst(const StartOptions& options) {
  std::string failure;
  {
    const SignalKeeper signals;
    failure = Initialise(options.executable);
  }
  if (failure.empty()) failure = CheckObjectHead();
  package_folder = options.package;
  if (failure.empty() && !(InitJsBuffer() && InstallOutput() && InstallInterrupt()))
    failure = "Python could not start: " + TakePythonError();
  if (!failure.empty()) return failure;
  LetChildrenInheritStdio();
  first_state = py.PyEval_SaveThread();
  CurrentThreadGil()->state = first_state;
  started_executable = options.executable;
  started.store(true);
  return "";
}

// One method call whose failure is Python's own to print.
void CallQuietly(PyObject* object, const char* method) {
  const Ref function = Ref::Steal(py.PyObject_GetAttrString(object, method));
  const Ref result = function ? Ref::Steal(py.PyObject_CallNoArgs(function.get())) : nullptr;
  if (!result) py.PyErr_Clear();
}

void RunAtExit() {
  const Ref atexit = Ref::Steal(py.PyImport_ImportModule("atexit"));
  if (atexit) {
    CallQuietly(atexit.get(), "_run_exitfuncs");
  } else {
    py.PyErr_Clear();
  }
  for (const char* name : {"stdout", "stderr"}) {
    PyObject* stream = py.PySys_GetObject(name);
    if (stream != nullptr && stream != py._Py_NoneStruct) CallQuietly(stream, "flush");
  }
}

struct Countdown {
  std::mutex mutex;
  std::condition_variable done;
  bool finished = false;
};

// The exit functions run on a thread of their own, so that one that never returns, or a GIL that
// never comes, cannot keep the process.
bool RunAtExitInTime() {
  const auto countdown = std::make_shared<Countdown>();
  std::thread([countdown] {
    py.PyGILState_Ensure();
    RunAtExit();
    py.PyEval_SaveThread();
    const std::lock_guard<std::mutex> lock(countdown->mutex);
    countdown->finished = true;
    countdown->done.notify_all();
  }).detach();
  std::unique_lock<std::mutex> lock(countdown->mutex);
  return countdown->done.wait_for(lock, kExitLimit, [&] { return countdown->finished; });
}

}  // namespace

std::string StartPython(const StartOptions& options) {
  const std::lock_guard<std::mutex> lock(start_mutex);
  if (started.load()) return "";
  // A failed start leaves CPython half made: it is not tried again.
  static std::string half_made;
  if (!half_made.empty()) return half_made;
  std::string unusable = OpenLibpython(options.libpython);
  if (!unusable.empty()) return unusable;
  half_made = StartFirst(options);
  return half_made;
}

bool PythonStarted() { return started.load(); }

const std::string& StartedExecutable() { return started_executable; }

// The package is put into sys.modules by hand: no entry on sys.path that could shadow a user's
// module, and an installed distribution of the same name is not shadowed either.
Ref ImportOwn(const char* name) {
  PyObject* modules = py.PyImport_GetModuleDict();
  if (py.PyDict_GetItemString(modules, "_snakepit") == nullptr) {
    const Ref own = Ref::Steal(py.PyUnicode_FromString("_snakepit"));
    const Ref module = Ref::Steal(py.PyObject_CallOneArg(AsObject(py.PyModule_Type), own.get()));
    const Ref folder = Ref::Steal(py.PyUnicode_DecodeFSDefaultAndSize(
        package_folder.data(), static_cast<Py_ssize_t>(package_folder.size())));
    const Ref path = Ref::Steal(py.PyList_New(0));
    if (!module || !folder || !path || py.PyList_Append(path.get(), folder.get()) != 0 ||
        py.PyObject_SetAttrString(module.get(), "__path__", path.get()) != 0 ||
        py.PyDict_SetItemString(modules, "_snakepit", module.get()) != 0) {
      return nullptr;
    }
  }
  return Ref::Steal(py.PyImport_ImportModule((std::string("_snakepit.") + name).c_str()));
}

// A forked child of a process with V8 in it cannot run, and it would see what its parent writes
// into shared arrays later. So where fork is what multiprocessing would choose, it starts afresh
// instead; a program that set a start method itself keeps it.
void NoticeMultiprocessing() {
  static bool seen = false;
  if (seen) return;
  PyObject* module = py.PyDict_GetItemString(py.PyImport_GetModuleDict(), "multiprocessing");
  if (module == nullptr) return;
  seen = true;
  const Ref settle = ImportOwn("processes");
  if (settle) CallQuietly(settle.get(), "prefer_spawn");
  py.PyErr_Clear();
}

PyThreadState* FirstThreadState() { return first_state; }

void CountJsThread(int change) { js_threads.fetch_add(change); }

void RunExitFunctions(Environment* environment) {
  if (!started.load() || ProcessEnding() || environment->gil == nullptr) return;
  CloseDeferred();
  bool in_time = false;
  if (environment->gil->depth > 0) {
    const GilRelease release;  // process.exit() inside a callback from Python
    in_time = RunAtExitInTime();
  } else {
    in_time = RunAtExitInTime();
  }
  // From here on no Python thread may run: libraries are about to run their static destructors.
  // A worker_thread that still computes must be able to finish, though.
  if (in_time && js_threads.load() == 1) Acquire(environment->gil);
}

}  // namespace snakepit
