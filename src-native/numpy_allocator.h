// Puts the arena behind NumPy's allocator (NEP 49), so that a large result is already in memory
// that JavaScript and workers can see.
#ifndef SNAKEPIT_NUMPY_ALLOCATOR_H_
#define SNAKEPIT_NUMPY_ALLOCATOR_H_

#include "libpython.h"

namespace snakepit {

// `default_handler` is NumPy's own capsule. Setting a handler by PyDataMem_SetHandler would serve
// the calling context only: threads that Python starts do not inherit it. Repointing the default
// capsule serves all of them (findings/memory-arena.md, section 6). No effect where the arena is
// off or the capsule is not the known version.
void InstallNumpyAllocator(PyObject* default_handler);
// The same without Python's functions, for a worker: takes the struct in that capsule, and gives
// the one to put there. Null where there is no arena, or the struct is none that we know.
void* ReplaceNumpyHandler(void* numpys_handler);
bool NumpyAllocatorInstalled();

}  // namespace snakepit

#endif  // SNAKEPIT_NUMPY_ALLOCATOR_H_
