#include "output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

#include "environment.h"
#include "interpreter.h"

namespace snakepit {

std::atomic<int> output_waiting{0};

namespace {

// A line that is longer goes in parts.
constexpr size_t kLongLine = 64 << 10;
// Above this the threads of Python write themselves: a JS thread that computes takes nothing.
constexpr size_t kForeignLimit = 16 << 20;

using Chunk = std::pair<int, std::string>;  // 0 stdout, 1 stderr

// Of this JS thread, while Python may write on it.
thread_local Environment* current = nullptr;

// What threads write that Python started. Never destroyed: they run until the process is gone.
struct Foreign {
  std::mutex mutex;
  Output output;
  std::vector<Chunk> lines;
  size_t bytes = 0;
  Environment* taker = nullptr;
  napi_threadsafe_function wake = nullptr;
  bool woken = false;
};

Foreign& Threads() {
  static auto* threads = new Foreign();
  return *threads;
}

void Count(Output* output, bool waits) {
  if (waits == output->counted) return;
  output->counted = waits;
  output_waiting.fetch_add(waits ? 1 : -1);
}

bool HasRest(const Output& output) { return !output.rest[0].empty() || !output.rest[1].empty(); }

void CountForeign(Foreign* threads) {
  Count(&threads->output, HasRest(threads->output) || !threads->lines.empty());
}

// Adds to a stream and takes what may go: whole lines, and the other stream's rest, which was
// first.
void AddAndTake(Output* output, int stream, const char* data, size_t length,
                std::vector<Chunk>* ready) {
  std::string* other = &output->rest[1 - stream];
  if (!other->empty()) ready->emplace_back(1 - stream, std::exchange(*other, {}));
  std::string* rest = &output->rest[stream];
  rest->append(data, length);
  const size_t last = rest->rfind('\n');
  if (last != std::string::npos) {
    std::string after = rest->substr(last + 1);
    rest->resize(last + 1);
    ready->emplace_back(stream, std::exchange(*rest, std::move(after)));
  }
  if (rest->size() > kLongLine) ready->emplace_back(stream, std::exchange(*rest, {}));
}

void TakeRests(Output* output, std::vector<Chunk>* ready) {
  for (int stream = 0; stream < 2; stream++) {
    std::string* rest = &output->rest[stream];
    if (!rest->empty()) ready->emplace_back(stream, std::exchange(*rest, {}));
  }
}

// To the descriptor, however slow its reader is; gone if it has none.
void WriteDirectly(const std::vector<Chunk>& chunks) {
  for (const auto& [stream, bytes] : chunks) {
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count = write(stream + 1, bytes.data() + done, bytes.size() - done);
      if (count >= 0) {
        done += static_cast<size_t>(count);
      } else if (errno == EAGAIN) {
        pollfd ready = {stream + 1, POLLOUT, 0};
        poll(&ready, 1, -1);
      } else if (errno != EINTR) {
        break;
      }
    }
  }
}

// Node makes pipes non-blocking and keeps what does not fit. A loop in Python would fill memory,
// and the end of the process cut it off; so Python's writes wait for the reader, as in any Python.
class Blocking {
 public:
  explicit Blocking(int descriptor) : descriptor_(descriptor), flags_(fcntl(descriptor, F_GETFL)) {
    if (WasNot()) fcntl(descriptor_, F_SETFL, flags_ & ~O_NONBLOCK);
  }
  ~Blocking() {
    if (WasNot()) fcntl(descriptor_, F_SETFL, flags_);
  }
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

 private:
  bool WasNot() const { return flags_ != -1 && (flags_ & O_NONBLOCK) != 0; }
  int descriptor_;
  int flags_;
};

// The end of a call may have an exception on its way to JavaScript already.
class PendingKeeper {
 public:
  explicit PendingKeeper(napi_env env) : env_(env) {
    if (js::ExceptionPending(env)) napi_get_and_clear_last_exception(env, &exception_);
  }
  ~PendingKeeper() {
    if (exception_ != nullptr) napi_throw(env_, exception_);
  }
  PendingKeeper(const PendingKeeper&) = delete;
  PendingKeeper& operator=(const PendingKeeper&) = delete;

 private:
  napi_env env_;
  napi_value exception_ = nullptr;
};

// To the streams of this JS thread. What these throw, or a thread that may run nothing any more,
// stops nobody who only printed.
void Deliver(Environment* environment, const std::vector<Chunk>& chunks) {
  napi_env env = environment->env;
  const PendingKeeper keeper(env);
  for (const auto& [stream, bytes] : chunks) {
    const HandleScope scope(env);
    const Blocking blocking(stream + 1);
    napi_value arguments[2] = {js::Number(env, stream + 1), nullptr};
    napi_value ignored = nullptr;
    if (napi_create_buffer_copy(env, bytes.size(), bytes.data(), nullptr, &arguments[1]) !=
            napi_ok ||
        napi_call_function(env, js::Undefined(env), js::Deref(env, environment->write_output), 2,
                           arguments, &ignored) != napi_ok) {
      napi_get_and_clear_last_exception(env, &ignored);
    }
  }
}

// What this JS thread has to deliver: the threads' output if it is theirs, then its own.
void TakeAll(Environment* environment, bool rests, std::vector<Chunk>* ready) {
  Foreign& threads = Threads();
  {
    const std::lock_guard<std::mutex> lock(threads.mutex);
    if (threads.taker == environment) {
      ready->swap(threads.lines);
      threads.bytes = 0;
      if (rests) TakeRests(&threads.output, ready);
      CountForeign(&threads);
    }
  }
  if (!rests || environment->output == nullptr) return;
  TakeRests(environment->output, ready);
  Count(environment->output, false);
}

// A thread of Python wrote, and no native call of the JS thread comes.
void OnWake(napi_env env, napi_value, void* context, void*) {
  if (env == nullptr) return;
  Foreign& threads = Threads();
  {
    const std::lock_guard<std::mutex> lock(threads.mutex);
    threads.woken = false;
  }
  std::vector<Chunk> ready;
  TakeAll(static_cast<Environment*>(context), /*rests=*/false, &ready);
  Deliver(static_cast<Environment*>(context), ready);
}

// The lock is held. Never waits for a JS thread: it may wait for this one.
void HandOver(Foreign* threads, std::vector<Chunk>* ready, std::vector<Chunk>* spilt) {
  for (Chunk& chunk : *ready) {
    threads->bytes += chunk.second.size();
    threads->lines.push_back(std::move(chunk));
  }
  if (threads->taker == nullptr || threads->bytes > kForeignLimit) {
    spilt->swap(threads->lines);
    threads->bytes = 0;
  } else if (!threads->lines.empty() && !threads->woken) {
    threads->woken =
        napi_call_threadsafe_function(threads->wake, nullptr, napi_tsfn_nonblocking) == napi_ok;
  }
  CountForeign(threads);
}

// data null: only what waits for its end of line.
void WriteForeign(int stream, const char* data, size_t length) {
  std::vector<Chunk> ready;
  std::vector<Chunk> spilt;
  Foreign& threads = Threads();
  {
    const std::lock_guard<std::mutex> lock(threads.mutex);
    if (data == nullptr) {
      TakeRests(&threads.output, &ready);
    } else {
      AddAndTake(&threads.output, stream, data, length, &ready);
    }
    HandOver(&threads, &ready, &spilt);
  }
  if (spilt.empty()) return;
  PyThreadState* state = py.PyEval_SaveThread();
  WriteDirectly(spilt);
  py.PyEval_RestoreThread(state);
}

void WriteHere(Environment* environment, int stream, const char* data, size_t length) {
  std::vector<Chunk> ready;
  TakeAll(environment, /*rests=*/data == nullptr, &ready);
  if (data != nullptr) {
    AddAndTake(environment->output, stream, data, length, &ready);
    Count(environment->output, HasRest(*environment->output));
  }
  if (ready.empty()) return;
  const GilRelease release;  // a slow reader stops no thread of Python's
  Deliver(environment, ready);
}

void Write(int stream, const char* data, size_t length) {
  // Only inside a call from JavaScript may JavaScript be called.
  if (current != nullptr && current->gil->depth > 0) {
    WriteHere(current, stream, data, length);
  } else {
    WriteForeign(stream, data, length);
  }
}

// write(bytes), of the stream that it is bound to: how many
PyObject* PythonWrite(PyObject* stream, PyObject* bytes) {
  Py_buffer view = {};
  if (py.PyObject_GetBuffer(bytes, &view, PyBUF_SIMPLE) != 0) return nullptr;
  if (view.len > 0) {
    Write(static_cast<int>(py.PyLong_AsLong(stream)), static_cast<const char*>(view.buf),
          static_cast<size_t>(view.len));
  }
  const Py_ssize_t length = view.len;
  py.PyBuffer_Release(&view);
  return py.PyLong_FromSsize_t(length);
}

// flush()
PyObject* PythonFlush(PyObject*, PyObject*) {
  if (OutputWaiting()) Write(0, nullptr, 0);
  return Ref::Borrow(py._Py_NoneStruct).Release();
}

PyMethodDef write_method = {"write", PythonWrite, METH_O, nullptr};
PyMethodDef flush_method = {"flush", PythonFlush, METH_NOARGS, nullptr};

// The JS thread ends: Python's threads write to the descriptors until another one takes over.
void LeaveOutput(void* data) {
  Environment* environment = static_cast<Environment*>(data);
  current = nullptr;
  Foreign& threads = Threads();
  std::vector<Chunk> ready;
  {
    const std::lock_guard<std::mutex> lock(threads.mutex);
    if (threads.taker != environment) return;
    threads.taker = nullptr;
    napi_release_threadsafe_function(threads.wake, napi_tsfn_abort);
    threads.wake = nullptr;
    threads.woken = false;
    HandOver(&threads, &ready, &ready);
  }
  WriteDirectly(ready);
}

bool MakeWake(Environment* environment, napi_threadsafe_function* wake) {
  napi_env env = environment->env;
  if (napi_create_threadsafe_function(env, nullptr, nullptr, js::Text(env, "snakepit output"), 0, 1,
                                      nullptr, nullptr, environment, OnWake, wake) != napi_ok) {
    return false;
  }
  napi_unref_threadsafe_function(env, *wake);  // an idle thread of Python holds no event loop
  return true;
}

}  // namespace

bool InstallOutput() {
  const Ref module = ImportOwn("output");
  Ref writes[2];
  for (int stream = 0; stream < 2; stream++) {
    const Ref self = Ref::Steal(py.PyLong_FromLong(stream));
    if (!self) return false;
    writes[stream] = Ref::Steal(py.PyCFunction_NewEx(&write_method, self.get(), nullptr));
  }
  const Ref flush = Ref::Steal(py.PyCFunction_NewEx(&flush_method, nullptr, nullptr));
  const Ref install =
      module ? Ref::Steal(py.PyObject_GetAttrString(module.get(), "install")) : nullptr;
  if (!writes[0] || !writes[1] || !flush || !install) return false;
  PyObject* arguments[3] = {writes[0].get(), writes[1].get(), flush.get()};
  return static_cast<bool>(
      Ref::Steal(py.PyObject_Vectorcall(install.get(), arguments, 3, nullptr)));
}

void JoinOutput(Environment* environment) {
  if (environment->output != nullptr || environment->write_output == nullptr) return;
  environment->output = new Output();
  current = environment;
  napi_threadsafe_function wake = nullptr;
  Foreign& threads = Threads();
  const std::lock_guard<std::mutex> lock(threads.mutex);
  if (threads.taker == nullptr && MakeWake(environment, &wake)) {
    threads.taker = environment;
    threads.wake = wake;
  }
  // After the function that wakes was made: hooks run the last one first, and that one's frees it.
  napi_add_env_cleanup_hook(environment->env, LeaveOutput, environment);
}

void FlushOutput(Environment* environment) {
  std::vector<Chunk> ready;
  TakeAll(environment, /*rests=*/true, &ready);
  if (ready.empty()) return;
  const GilRelease release;
  Deliver(environment, ready);
}

void CloseOutput(Environment* environment) {
  std::vector<Chunk> ready;
  TakeAll(environment, /*rests=*/true, &ready);
  Deliver(environment, ready);
  if (environment->output != nullptr) {
    napi_remove_env_cleanup_hook(environment->env, LeaveOutput, environment);
    LeaveOutput(environment);
  }
}

}  // namespace snakepit
