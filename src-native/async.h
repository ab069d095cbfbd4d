// The async face's native side on a JS thread: batches go to the crew, answers come back on the
// event loop. Nothing here waits for the GIL.
#ifndef SNAKEPIT_ASYNC_H_
#define SNAKEPIT_ASYNC_H_

#include "js.h"

namespace snakepit {

// The functions for async-binding.ts.
NativeTable AsyncTable();

}  // namespace snakepit

#endif  // SNAKEPIT_ASYNC_H_
