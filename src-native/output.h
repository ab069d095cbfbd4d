// What Python writes to its stdout and stderr, on its way to Node's streams: in order with what
// JavaScript writes, since both take the same way.
#ifndef SNAKEPIT_OUTPUT_H_
#define SNAKEPIT_OUTPUT_H_

#include <atomic>
#include <string>

#include "js.h"

namespace snakepit {

struct Environment;

// What one JS thread wrote that has no end of line yet: stdout, stderr. Whole lines are not kept.
struct Output {
  std::string rest[2];
  bool counted = false;  // in output_waiting
};

// How many threads' output waits for its end of line, or for a JS thread.
extern std::atomic<int> output_waiting;
inline bool OutputWaiting() { return output_waiting.load(std::memory_order_relaxed) != 0; }

// Once a process: Python's sys.stdout and sys.stderr become ours. False: a Python error is pending.
bool InstallOutput();
// This JS thread's Python writes to its own process.stdout from now on. The main thread, or the
// first one that came, does it for the threads that Python started too.
void JoinOutput(Environment* environment);
// Delivers what waits. On the JS thread, which holds the GIL; it is let go meanwhile.
void FlushOutput(Environment* environment);
// At the end of the process, whoever holds the GIL: delivers what waits, and lets later output of
// Python's threads go to the descriptors.
void CloseOutput(Environment* environment);

}  // namespace snakepit

#endif  // SNAKEPIT_OUTPUT_H_
