// Ctrl-C while JavaScript's main thread is inside Python. No signal handler of ours: while the host
// listens to SIGINT itself, libuv's handler tells our thread too, and that has Python raise
// KeyboardInterrupt in the call. A host that does not listen dies of the signal, as ever.
#ifndef SNAKEPIT_INTERRUPT_H_
#define SNAKEPIT_INTERRUPT_H_

#include "js.h"

namespace snakepit {

// At Python's start, on the thread that starts it: where Python later raises. False leaves the
// Python exception pending. The GIL is held.
bool InstallInterrupt();

NativeTable InterruptTable();

}  // namespace snakepit

#endif  // SNAKEPIT_INTERRUPT_H_
