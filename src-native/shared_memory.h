// What the host does with memory that workers see: blocks that are shown to them, files of theirs
// that are mapped here, descriptors on their way. Needs no Python.
#ifndef SNAKEPIT_SHARED_MEMORY_H_
#define SNAKEPIT_SHARED_MEMORY_H_

#include "js.h"

namespace snakepit {

NativeTable SharedMemoryTable();

}  // namespace snakepit

#endif  // SNAKEPIT_SHARED_MEMORY_H_
