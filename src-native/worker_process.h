// What the host needs to start worker processes and to know of them: pipes, nameless memory,
// descriptors sent to another process, process handles. Knows nothing of Python.
#ifndef SNAKEPIT_WORKER_PROCESS_H_
#define SNAKEPIT_WORKER_PROCESS_H_

#include "js.h"

namespace snakepit {

NativeTable WorkerProcessTable();

}  // namespace snakepit

// For a worker, by ctypes: a thread without Python that counts `word` up every `milliseconds`. It
// tells a frozen process from one whose GIL is held. 0 if the thread runs.
extern "C" int snakepit_beat(uint64_t* word, unsigned milliseconds);

#endif  // SNAKEPIT_WORKER_PROCESS_H_
