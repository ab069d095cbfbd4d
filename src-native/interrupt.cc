#include "interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "environment.h"
#include "gil.h"
#include "libuv.h"
#include "ref.h"

namespace snakepit {

namespace {

// A signal of nobody's, as Python's name for "SIGINT was told to us". Python's own SIGINT stays
// unset: asyncio and others would put a handler of the process in its place.
int MarkSignal() {
#ifdef SIGRTMAX
  return SIGRTMAX - 3;
#else
  return SIGINFO;  // ignored unless somebody handles it
#endif
}

// While Python does not answer, a blocking system call is left by a signal: again and again,
// because it may begin after the one before.
constexpr int kKicks = 40;
constexpr useconds_t kKickDelay = 5000;

// The host's loop hears of the signal too, and perhaps before this thread does: what it calls then
// was not meant. Nearly all of such calls end within this.
constexpr int kDoubts = 10;
constexpr useconds_t kDoubtDelay = 5000;

ThreadGil* g_thread = nullptr;  // of Python's first thread
pthread_t g_pthread;
std::atomic<uint32_t> g_meant{0};  // the stretch that is to be interrupted; 0: none
std::atomic<bool> g_kicked{false};

// Python calls it on its first thread, between bytecodes or when a system call was interrupted.
PyObject* OnMark(PyObject*, PyObject*) {
  const uint32_t meant = g_meant.exchange(0);
  if (meant == 0 || meant != g_thread->stretch.load(std::memory_order_relaxed)) {
    return Ref::Borrow(py._Py_NoneStruct).Release();  // too late: that call has returned
  }
  py.PyErr_SetNone(*py.PyExc_KeyboardInterrupt);
  return nullptr;
}

// On Python's first thread, where alone CPython 3.11 takes notice at once.
void OnKick(int number) {
  py.PyErr_SetInterruptEx(number);
  g_kicked.store(true);
}

bool Unanswered(uint32_t meant) { return g_meant.load() == meant; }

// Marks the interrupt, and makes a blocking system call of the thread return, by a handler that is
// there for this moment.
void Kick() {
  const int number = MarkSignal();
  struct sigaction before = {};
  if (sigaction(number, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) return;
  struct sigaction passing = {};
  passing.sa_handler = OnKick;  // without SA_RESTART
  g_kicked.store(false);
  sigaction(number, &passing, nullptr);
  if (pthread_kill(g_pthread, number) == 0) {
    for (int i = 0; i < kKicks && !g_kicked.load(); i++) usleep(kKickDelay / 10);
  }
  // A signal that is still on its way would end the process: ignoring it discards it.
  passing.sa_handler = SIG_IGN;
  sigaction(number, &passing, nullptr);
  sigaction(number, &before, nullptr);
}

void OnSigint(UvHandle*, int) {
  const uint32_t stretch = g_thread->stretch.load(std::memory_order_relaxed);
  if ((stretch & 1) == 0) return;  // outside of Python: the host's listener is all there is
  for (int i = 0; i < kDoubts; i++) {
    usleep(kDoubtDelay);
    if (g_thread->stretch.load(std::memory_order_relaxed) != stretch) return;
  }
  g_meant.store(stretch);
  for (int i = 0; i < kKicks && Unanswered(stretch); i++) {
    Kick();
    usleep(kKickDelay);
    if (g_thread->stretch.load(std::memory_order_relaxed) != stretch) return;
  }
}

// The thread that hears of SIGINT. Never destroyed: it may run while the process ends.
class Listener {
 public:
  // Returns when it is so: until then a signal might find what was before.
  void Set(bool on) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (uv_ == nullptr && (!on || !Start())) return;
    wanted_ = on;
    uv_->async_send(wake_);
    changed_.wait(lock, [this] { return listens_ == wanted_; });
  }

 private:
  bool Start() {
    const LibuvSignals* uv = FindLibuvSignals();
    if (uv == nullptr) return false;
    loop_ = static_cast<uv_loop_s*>(::operator new(uv->loop_size()));
    signal_ = static_cast<UvHandle*>(::operator new(uv->handle_size(kUvSignalType)));
    wake_ = static_cast<UvHandle*>(::operator new(uv->handle_size(kUvAsyncType)));
    if (uv->loop_init(loop_) != 0 || uv->signal_init(loop_, signal_) != 0 ||
        uv->async_init(loop_, wake_, OnWake) != 0) {
      return false;
    }
    wake_->data = this;
    uv_ = uv;
    // Signals are for the host's threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { uv_->run(loop_, 0); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return true;
  }

  static void OnWake(UvHandle* wake) { static_cast<Listener*>(wake->data)->Follow(); }

  void Follow() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (wanted_ != listens_) {
      if (wanted_) {
        uv_->signal_start(signal_, OnSigint, SIGINT);
      } else {
        uv_->signal_stop(signal_);
      }
      listens_ = wanted_;
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool listens_ = false;
  const LibuvSignals* uv_ = nullptr;
  uv_loop_s* loop_ = nullptr;
  UvHandle* signal_ = nullptr;
  UvHandle* wake_ = nullptr;
};

// listenToInterrupts(on): whether the host listens to SIGINT itself now
napi_value ListenToInterrupts(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  // Where a worker_thread started Python, Python cannot raise in this thread.
  if (g_thread == nullptr || in.environment->gil != g_thread) return js::Undefined(env);
  static Listener* listener = new Listener();
  bool on = false;
  napi_get_value_bool(env, in[0], &on);
  listener->Set(on);
  return js::Undefined(env);
}

const NativeFunction kFunctions[] = {{"listenToInterrupts", ListenToInterrupts}};

}  // namespace

bool InstallInterrupt() {
  static PyMethodDef mark = {"on_interrupt", OnMark, METH_VARARGS, nullptr};
  const int number = MarkSignal();
  struct sigaction before = {};
  const bool known = sigaction(number, nullptr, &before) == 0;
  const Ref handler = Ref::Steal(py.PyCFunction_NewEx(&mark, nullptr, nullptr));
  const Ref module = Ref::Steal(py.PyImport_ImportModule("_signal"));
  const Ref set = module ? Ref::Steal(py.PyObject_GetAttrString(module.get(), "signal")) : nullptr;
  const Ref which = Ref::Steal(py.PyLong_FromLong(number));
  if (!handler || !set || !which) return false;
  PyObject* arguments[2] = {which.get(), handler.get()};
  const Ref done = Ref::Steal(py.PyObject_Vectorcall(set.get(), arguments, 2, nullptr));
  // Python's table has it, the process has not.
  if (known) sigaction(number, &before, nullptr);
  g_thread = CurrentThreadGil();
  g_pthread = pthread_self();
  return static_cast<bool>(done);
}

NativeTable InterruptTable() { return {kFunctions, 1}; }

}  // namespace snakepit
