// The Python half of a thread of the crew: python/snakepit/lanes.py. The GIL is held throughout.
#ifndef SNAKEPIT_LANE_H_
#define SNAKEPIT_LANE_H_

#include <cstdint>
#include <string>

#include "ref.h"

namespace snakepit {

struct Job;

// Null, with the Python error pending, where our Python package is broken.
Ref MakeLane(const std::string& settings);
// Runs a job's Python. Its reply stays empty where it was interrupted; true where the asyncio loop
// has it now, which says by ConcludeJob when it is done.
bool RunInLane(PyObject* lane, Job* job);

// What is raised in a thread whose job is to end; null where there is none.
Ref InterruptedClass();
// Cancels a job that the asyncio loop has.
void StopInLoop(int64_t number);

}  // namespace snakepit

#endif  // SNAKEPIT_LANE_H_
