#include "crew.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "errors.h"
#include "gil.h"
#include "interpreter.h"
#include "ref.h"

namespace snakepit {

namespace {

using Clock = std::chrono::steady_clock;

// What concurrent.futures takes at most: enough for calls that wait for a network.
constexpr size_t kMostThreads = 32;
// So long a queue may stand still before another thread is woken: many small calls, or the time in
// which a thread wakes up.
constexpr std::chrono::microseconds kPatience(200);
// After so long without a job Python gets its own switch interval back.
constexpr std::chrono::milliseconds kCalm(100);
constexpr double kSwitchInterval = 0.0001;

// One thread of the crew. Never freed: an abandoned one may come back any time.
struct Member {
  double current = 0;          // the job that runs; 0: none. Written with the GIL and the mutex.
  unsigned long identity = 0;  // as Python knows the thread
  bool interrupted = false;    // with the GIL
  bool abandoned = false;
  bool starting = true;
};

// Never destroyed: its threads run until the process is gone.
struct Crew {
  std::mutex mutex;
  std::condition_variable work;     // for members
  std::condition_variable trouble;  // for the overseer
  std::deque<JobPointer> queue;
  std::vector<Member*> members;
  std::vector<double> interrupts;
  size_t idle = 0;
  size_t waking = 0;  // notified or started, and not at work yet
  size_t taken = 0;
  size_t abandoned = 0;
  bool overseer_started = false;
  bool overseer_sleeps = false;
  bool hurried = false;  // the switch interval is ours
  Clock::time_point last_job;
  std::string settings;
};

Crew& TheCrew() {
  static Crew* crew = new Crew();
  return *crew;
}

// sys.setswitchinterval(seconds); what was in force before, or a negative number.
double SetSwitchInterval(double seconds) {
  const Ref sys = Ref::Steal(py.PyImport_ImportModule("sys"));
  if (!sys) return -1;
  const Ref get = Ref::Steal(py.PyObject_GetAttrString(sys.get(), "getswitchinterval"));
  const Ref set = Ref::Steal(py.PyObject_GetAttrString(sys.get(), "setswitchinterval"));
  const Ref before = get ? Ref::Steal(py.PyObject_CallNoArgs(get.get())) : nullptr;
  const double was = before ? py.PyFloat_AsDouble(before.get()) : -1;
  const Ref asked = Ref::Steal(py.PyFloat_FromDouble(seconds));
  const Ref done =
      set && asked ? Ref::Steal(py.PyObject_CallOneArg(set.get(), asked.get())) : nullptr;
  py.PyErr_Clear();
  return was;
}

// With the GIL. The interval that a program chose itself comes back when there is nothing to do.
double interval_before = -1;

void Hurry(Crew* crew) {
  if (crew->hurried) return;
  crew->hurried = true;
  interval_before = SetSwitchInterval(kSwitchInterval);
}

void CalmDown(Crew* crew) {
  crew->hurried = false;
  if (interval_before > 0) SetSwitchInterval(interval_before);
}

Ref MakeLane(const std::string& settings) {
  const Ref lanes = ImportOwn("lanes");
  const Ref make = lanes ? Ref::Steal(py.PyObject_GetAttrString(lanes.get(), "lane")) : nullptr;
  if (!make) return nullptr;
  const Ref text = Ref::Steal(
      py.PyUnicode_FromStringAndSize(settings.data(), static_cast<Py_ssize_t>(settings.size())));
  return text ? Ref::Steal(py.PyObject_CallOneArg(make.get(), text.get())) : nullptr;
}

// Runs a job's Python. Its reply stays empty where it was interrupted.
void Run(PyObject* lane, Job* job) {
  const Ref number = Ref::Steal(py.PyLong_FromLongLong(static_cast<long long>(job->number)));
  const Ref home = Ref::Steal(py.PyLong_FromVoidPtr(job->environment));
  const Ref body = Ref::Steal(
      py.PyBytes_FromStringAndSize(job->body.data(), static_cast<Py_ssize_t>(job->body.size())));
  if (!number || !home || !body) return py.PyErr_Clear();
  PyObject* arguments[] = {home.get(), number.get(), body.get()};
  const Ref reply = Ref::Steal(py.PyObject_Vectorcall(lane, arguments, 3, nullptr));
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (reply && py.PyBytes_AsStringAndSize(reply.get(), &data, &size) == 0) {
    job->reply.assign(data, static_cast<size_t>(size));
  } else {
    py.PyErr_Clear();
  }
}

// After `over`, whose fate is settled here: given up, or not any more.
JobPointer TakeNow(Crew* crew, Member* me, Job* over) {
  const std::lock_guard<std::mutex> lock(crew->mutex);
  over->abandoned = me->abandoned;
  me->current = 0;
  if (me->abandoned || crew->queue.empty()) return nullptr;
  JobPointer job = std::move(crew->queue.front());
  crew->queue.pop_front();
  crew->taken++;
  me->current = job->number;
  return job;
}

JobPointer TakeLater(Crew* crew, Member* me) {
  std::unique_lock<std::mutex> lock(crew->mutex);
  if (me->starting) crew->waking--;
  me->starting = false;
  if (crew->queue.empty()) {
    crew->idle++;
    crew->last_job = Clock::now();
    do {
      crew->work.wait(lock);
      if (crew->waking > 0) crew->waking--;
    } while (crew->queue.empty());
    crew->idle--;
  }
  JobPointer job = std::move(crew->queue.front());
  crew->queue.pop_front();
  crew->taken++;
  me->current = job->number;
  return job;
}

void Serve(Member* me) {
  Crew* crew = &TheCrew();
  ThreadGil* gil = AttachThread();
  Acquire(gil);
  me->identity = py.PyThread_get_thread_ident();
  std::string settings;
  {
    const std::lock_guard<std::mutex> lock(crew->mutex);
    settings = crew->settings;
  }
  Ref lane = MakeLane(settings);
  if (!lane) py.PyErr_WriteUnraisable(nullptr);
  Release(gil);
  bool leaves = false;
  while (!leaves) {
    JobPointer job = TakeLater(crew, me);
    Acquire(gil);
    Hurry(crew);
    while (job != nullptr) {
      if (lane) Run(lane.get(), job.get());
      JobPointer next = TakeNow(crew, me, job.get());
      leaves = job->abandoned;
      if (me->interrupted) {
        // It may have come too late for its own job, and must not hit another.
        me->interrupted = false;
        py.PyThreadState_SetAsyncExc(me->identity, nullptr);
      }
      DeliverJob(std::move(job));
      job = std::move(next);
    }
    if (HasDeferred()) DrainDeferred();
    Release(gil);
  }
}

void StartMember(Crew* crew) {
  auto* member = new Member();
  crew->members.push_back(member);
  crew->waking++;
  std::thread(Serve, member).detach();
}

// One more thread for what waits. The mutex is held.
void WakeOne(Crew* crew) {
  if (crew->waking > 0) return;
  if (crew->idle > 0) {
    crew->waking++;
    crew->work.notify_one();
  } else if (crew->members.size() < kMostThreads) {
    StartMember(crew);
  }
}

// Raises in the Python code of a job, if it still runs.
void Interrupt(Crew* crew, double number, PyObject* exception) {
  Member* found = nullptr;
  {
    const std::lock_guard<std::mutex> lock(crew->mutex);
    for (Member* member : crew->members) {
      if (member->current == number) found = member;
    }
  }
  if (found == nullptr) return;
  found->interrupted = true;
  py.PyThreadState_SetAsyncExc(found->identity, exception);
}

void InterruptAll(Crew* crew, const std::vector<double>& numbers) {
  const Ref lanes = ImportOwn("lanes");
  const Ref exception =
      lanes ? Ref::Steal(py.PyObject_GetAttrString(lanes.get(), "Interrupted")) : nullptr;
  if (!exception) return py.PyErr_Clear();
  for (const double number : numbers) Interrupt(crew, number, exception.get());
}

// Wakes threads where the queue stands still, interrupts, and gives Python its interval back: what
// may wait for the GIL, and no thread of Node's does.
void Oversee() {
  Crew* crew = &TheCrew();
  ThreadGil* gil = nullptr;
  size_t taken = 0;
  for (;;) {
    std::vector<double> interrupts;
    bool calm = false;
    {
      std::unique_lock<std::mutex> lock(crew->mutex);
      if (!crew->queue.empty()) {
        taken = crew->taken;
        crew->trouble.wait_for(lock, kPatience, [crew] { return !crew->interrupts.empty(); });
        if (!crew->queue.empty() && crew->taken == taken) WakeOne(crew);
      } else if (crew->interrupts.empty()) {
        crew->overseer_sleeps = true;
        if (crew->hurried) {
          crew->trouble.wait_for(lock, kCalm);
          const bool all = crew->idle == crew->members.size();
          calm = all && Clock::now() - crew->last_job >= kCalm;
        } else {
          crew->trouble.wait(lock);
        }
        crew->overseer_sleeps = false;
      }
      interrupts.swap(crew->interrupts);
    }
    if (ProcessEnding()) return;
    if (interrupts.empty() && !calm) continue;
    if (gil == nullptr) gil = AttachThread();
    Acquire(gil);
    if (!interrupts.empty()) InterruptAll(crew, interrupts);
    if (calm) CalmDown(crew);
    Release(gil);
  }
}

// The mutex is held.
void WakeOverseer(Crew* crew) {
  if (!crew->overseer_started) {
    crew->overseer_started = true;
    std::thread(Oversee).detach();
  } else if (crew->overseer_sleeps) {
    crew->overseer_sleeps = false;
    crew->trouble.notify_one();
  }
}

}  // namespace

void SubmitJob(JobPointer job) {
  Crew* crew = &TheCrew();
  const std::lock_guard<std::mutex> lock(crew->mutex);
  crew->queue.push_back(std::move(job));
  const bool idle = crew->idle > 0 && crew->waking == 0;
  if (idle || crew->members.empty()) {
    WakeOne(crew);
    if (crew->overseer_started) return;
  }
  WakeOverseer(crew);
}

Stopping StopJob(double number) {
  Crew* crew = &TheCrew();
  JobPointer waiting;
  {
    const std::lock_guard<std::mutex> lock(crew->mutex);
    const auto found =
        std::find_if(crew->queue.begin(), crew->queue.end(),
                     [number](const JobPointer& job) { return job->number == number; });
    if (found == crew->queue.end()) {
      for (const Member* member : crew->members) {
        if (member->current != number) continue;
        crew->interrupts.push_back(number);
        WakeOverseer(crew);
        crew->trouble.notify_one();
        return Stopping::kRequested;
      }
      return Stopping::kUnknown;
    }
    waiting = std::move(*found);
    crew->queue.erase(found);
  }
  DeliverJob(std::move(waiting));
  return Stopping::kTaken;
}

bool AbandonJob(double number) {
  Crew* crew = &TheCrew();
  const std::lock_guard<std::mutex> lock(crew->mutex);
  const auto found =
      std::find_if(crew->members.begin(), crew->members.end(),
                   [number](const Member* member) { return member->current == number; });
  if (found == crew->members.end()) return false;
  (*found)->abandoned = true;
  crew->members.erase(found);
  crew->abandoned++;
  if (!crew->queue.empty()) WakeOne(crew);
  return true;
}

CrewStats GetCrewStats() {
  Crew* crew = &TheCrew();
  const std::lock_guard<std::mutex> lock(crew->mutex);
  CrewStats stats;
  stats.threads = crew->members.size();
  stats.queued = crew->queue.size();
  for (const Member* member : crew->members) {
    if (member->current != 0) stats.running++;
  }
  stats.abandoned = crew->abandoned;
  return stats;
}

void ConfigureCrew(std::string settings) {
  Crew* crew = &TheCrew();
  const std::lock_guard<std::mutex> lock(crew->mutex);
  if (crew->members.empty()) crew->settings = std::move(settings);
}

}  // namespace snakepit
