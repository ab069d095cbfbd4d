#include "crew.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <list>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gil.h"
#include "lane.h"
#include "switch_interval.h"

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

// One thread of the crew. Never freed: an abandoned one may come back any time.
struct Member {
  double current = 0;          // the job that runs; 0: none. Written with the GIL and the mutex.
  unsigned long identity = 0;  // as Python knows the thread
  bool interrupted = false;    // with the GIL
  bool abandoned = false;
  bool starting = true;
};

// Numbers of jobs are whole.
int64_t Key(double number) { return static_cast<int64_t>(number); }

// First in, first out; and any of a hundred thousand that is to end leaves at once.
class Queue {
 public:
  bool empty() const { return jobs_.empty(); }
  size_t size() const { return jobs_.size(); }

  void Push(JobPointer job) {
    const int64_t key = Key(job->number);
    jobs_.push_back(std::move(job));
    places_.emplace(key, std::prev(jobs_.end()));
  }

  JobPointer Pop() { return Take(jobs_.begin()); }

  // Null where it is not there.
  const Job* Find(double number) const {
    const auto found = places_.find(Key(number));
    return found == places_.end() ? nullptr : found->second->get();
  }

  JobPointer Remove(double number) { return Take(places_.at(Key(number))); }

 private:
  using Place = std::list<JobPointer>::iterator;

  JobPointer Take(Place place) {
    JobPointer job = std::move(*place);
    places_.erase(Key(job->number));
    jobs_.erase(place);
    return job;
  }

  std::list<JobPointer> jobs_;
  std::unordered_map<int64_t, Place> places_;
};

// Never destroyed: its threads run until the process is gone.
struct Crew {
  std::mutex mutex;
  std::condition_variable work;     // for members
  std::condition_variable trouble;  // for the overseer
  Queue queue;
  std::vector<Member*> members;
  std::vector<double> interrupts;
  // Jobs that the asyncio loop has, and what it said of jobs whose thread has not left them yet.
  std::unordered_map<int64_t, JobPointer> suspended;
  std::unordered_map<int64_t, Verdict> early;
  size_t idle = 0;
  size_t waking = 0;  // notified or started, and not at work yet
  size_t taken = 0;
  size_t abandoned = 0;
  bool overseer_started = false;
  bool overseer_sleeps = false;
  std::atomic<bool> hurried{false};  // the switch interval is ours
  Clock::time_point last_job;
  std::string settings;
};

Crew& TheCrew() {
  static Crew* crew = new Crew();
  return *crew;
}

// Has a thread look at the queue. The mutex is held.
void Rouse(Crew* crew);

// Carries out what the loop said. The mutex is held; a job to deliver is left in `over`.
void Settle(Crew* crew, JobPointer job, Verdict verdict, JobPointer* over) {
  if (!verdict.resume) {
    job->reply = std::move(verdict.reply);
    job->taken = std::move(verdict.taken);
    *over = std::move(job);
    return;
  }
  job->resumed = true;
  crew->queue.Push(std::move(job));
  Rouse(crew);
}

// The next job after `over`, whose fate is settled here: `over` stays where it is to be delivered.
JobPointer TakeNow(Crew* crew, Member* me, JobPointer* over, bool suspends) {
  const std::lock_guard<std::mutex> lock(crew->mutex);
  (*over)->abandoned = me->abandoned;
  me->current = 0;
  if (suspends && !me->abandoned) {
    const int64_t key = Key((*over)->number);
    JobPointer job = std::move(*over);
    const auto known = crew->early.find(key);
    if (known == crew->early.end()) {
      crew->suspended.emplace(key, std::move(job));
    } else {
      Verdict verdict = std::move(known->second);
      crew->early.erase(known);
      Settle(crew, std::move(job), std::move(verdict), over);
    }
  }
  if (me->abandoned || crew->queue.empty()) return nullptr;
  JobPointer job = crew->queue.Pop();
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
  JobPointer job = crew->queue.Pop();
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
    LowerSwitchInterval();
    crew->hurried = true;
    while (job != nullptr) {
      const bool suspends = lane && RunInLane(lane.get(), job.get());
      JobPointer next = TakeNow(crew, me, &job, suspends);
      leaves = job != nullptr && job->abandoned;
      if (me->interrupted) {
        // It may have come too late for its own job, and must not hit another.
        me->interrupted = false;
        py.PyThreadState_SetAsyncExc(me->identity, nullptr);
      }
      if (job != nullptr) DeliverJob(std::move(job));
      job = std::move(next);
    }
    if (HasDeferred()) DrainDeferred();
    if (leaves) lane = nullptr;
    Release(gil);
  }
  DetachThread();
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

// Raises in the Python code of a job, if a thread still runs it.
bool Interrupt(Crew* crew, double number, PyObject* exception) {
  Member* found = nullptr;
  {
    const std::lock_guard<std::mutex> lock(crew->mutex);
    for (Member* member : crew->members) {
      if (member->current == number) found = member;
    }
  }
  if (found == nullptr) return false;
  found->interrupted = true;
  py.PyThreadState_SetAsyncExc(found->identity, exception);
  return true;
}

void InterruptAll(Crew* crew, const std::vector<double>& numbers) {
  const Ref exception = InterruptedClass();
  if (!exception) return;
  for (const double number : numbers) {
    if (!Interrupt(crew, number, exception.get())) StopInLoop(Key(number));
  }
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
    if (calm) {
      crew->hurried = false;
      RestoreSwitchInterval();
    }
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

void Rouse(Crew* crew) {
  const bool idle = crew->idle > 0 && crew->waking == 0;
  if (idle || crew->members.empty()) {
    WakeOne(crew);
    if (crew->overseer_started) return;
  }
  WakeOverseer(crew);
}

}  // namespace

void SubmitJob(JobPointer job) {
  Crew* crew = &TheCrew();
  const std::lock_guard<std::mutex> lock(crew->mutex);
  crew->queue.Push(std::move(job));
  Rouse(crew);
}

Stopping StopJob(double number) {
  Crew* crew = &TheCrew();
  JobPointer waiting;
  {
    const std::lock_guard<std::mutex> lock(crew->mutex);
    const Job* found = crew->queue.Find(number);
    const bool resumed = found != nullptr && found->resumed;
    const bool runs =
        std::any_of(crew->members.begin(), crew->members.end(),
                    [number](const Member* member) { return member->current == number; });
    if (resumed || runs || crew->suspended.count(Key(number)) != 0) {
      crew->interrupts.push_back(number);
      WakeOverseer(crew);
      crew->trouble.notify_one();
      if (!resumed) return Stopping::kRequested;
    }
    if (found == nullptr) return Stopping::kUnknown;
    waiting = crew->queue.Remove(number);
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
  if (found == crew->members.end()) {
    // Or a coroutine that goes on for all that it was cancelled.
    const size_t known = crew->suspended.erase(Key(number));
    crew->abandoned += known;
    return known > 0;
  }
  (*found)->abandoned = true;
  crew->members.erase(found);
  crew->abandoned++;
  if (!crew->queue.empty()) WakeOne(crew);
  return true;
}

void ConcludeJob(int64_t key, Verdict verdict) {
  Crew* crew = &TheCrew();
  JobPointer over;
  {
    const std::lock_guard<std::mutex> lock(crew->mutex);
    const auto found = crew->suspended.find(key);
    if (found == crew->suspended.end()) {
      const auto is = [key](const Member* member) { return Key(member->current) == key; };
      // Nobody has it any more where it was given up.
      if (std::any_of(crew->members.begin(), crew->members.end(), is)) {
        crew->early.emplace(key, std::move(verdict));
      }
      return;
    }
    JobPointer job = std::move(found->second);
    crew->suspended.erase(found);
    Settle(crew, std::move(job), std::move(verdict), &over);
  }
  if (over != nullptr) DeliverJob(std::move(over));
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
