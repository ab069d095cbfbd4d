// The crew: dedicated Python threads that run the jobs of the async face, one queue for all.
// Nothing here knows Node; whoever submits a job gets it back through `DeliverJob`.
//
// One thread takes job after job. Another is woken only where the queue stands still: threads that
// all want the GIL for microseconds would only hand it to each other.
#ifndef SNAKEPIT_CREW_H_
#define SNAKEPIT_CREW_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libpython.h"

namespace snakepit {

struct ArrayRecord;
struct Environment;
class Given;

// A Python object that a reply names by number: one that stands for JavaScript's, or an array, said
// without the GIL.
struct Taken {
  explicit Taken(PyObject* owned);
  ~Taken();
  Taken(Taken&& other) noexcept;
  Taken& operator=(Taken&&) = delete;
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;

  PyObject* object;                    // owned; null where something else owns it by now
  std::unique_ptr<ArrayRecord> array;  // of an array
};

// One batch on its way: made on a JS thread, run on a Python thread, taken back on the JS thread.
struct Job {
  Job();
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  double number = 0;  // unique in this process
  Environment* environment = nullptr;
  std::string body;              // what marshal reads
  std::string reply;             // what marshal wrote; empty where the job was stopped
  std::unique_ptr<Given> given;  // what the body names by number; null where it names nothing
  std::vector<Taken> taken;      // what the reply names by number
  // Its steps so far are in Python's hands.
  bool resumed = false;
  // Given up by its JS thread, which counts it as over: its answer is dropped.
  bool abandoned = false;
};

using JobPointer = std::unique_ptr<Job>;

// Without the GIL, without waiting for it.
void SubmitJob(JobPointer job);

enum class Stopping {
  kUnknown,    // it is done already
  kTaken,      // it had not begun, and never will: DeliverJob gets it
  kRequested,  // its Python code is being interrupted
};
// Ends a job as far as that goes. Never waits.
Stopping StopJob(double number);
// Gives up a job that did not end: its thread is replaced, its answer dropped. False where it is
// done already.
bool AbandonJob(double number);

// What the asyncio loop says of a job that it has: go on with it, or its reply.
struct Verdict {
  bool resume = false;
  std::string reply;
  std::vector<Taken> taken;
};
void ConcludeJob(int64_t number, Verdict verdict);

// A job is over. On whatever thread it is.
void DeliverJob(JobPointer job);

struct CrewStats {
  size_t threads = 0;
  size_t queued = 0;
  size_t running = 0;
  size_t abandoned = 0;  // since the start of the process
};
CrewStats GetCrewStats();

// For all Python threads, before the first job: what python/snakepit/lanes.py is configured with.
void ConfigureCrew(std::string settings);

}  // namespace snakepit

#endif  // SNAKEPIT_CREW_H_
