// What the host needs to start worker processes and to know of them: pipes, nameless memory,
// descriptors sent to another process, process handles. Knows nothing of Python.
#ifndef SNAKEPIT_WORKER_PROCESS_H_
#define SNAKEPIT_WORKER_PROCESS_H_

#include "js.h"

namespace snakepit {

NativeTable WorkerProcessTable();

}  // namespace snakepit

// For a worker, by ctypes: a thread without Python that counts the 64-bit word at `offset` of the
// file `descriptor` up every `milliseconds`. It tells a frozen process from one whose GIL is held.
// The mapping is its own and stays: Python's would go under it when the interpreter ends. 0, or
// what the system said.
extern "C" int snakepit_beat(int descriptor, uint64_t offset, unsigned milliseconds);

#endif  // SNAKEPIT_WORKER_PROCESS_H_
