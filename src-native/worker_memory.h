// The arena in a worker process: NumPy's large results are born in memory that the host can see.
// For Python's ctypes, in a process without Node: nothing here touches Node-API or Python.
#ifndef SNAKEPIT_WORKER_MEMORY_H_
#define SNAKEPIT_WORKER_MEMORY_H_

#include <cstddef>
#include <cstdint>

namespace snakepit {

// Gives back what lay free for a while; no effect before snakepit_memory_start. Any thread.
void TrimWorkerMemory();

}  // namespace snakepit

// python/snakepit/shared.py has the same fields.
struct SnakepitBlock {
  uint64_t file;   // a number that is never used again
  uint64_t bytes;  // of the file
  void* data;      // its first byte
  int32_t fd;      // valid while the block is held
  int32_t first;   // 1: it was not shown before, the host has no descriptor yet
};

extern "C" {
// Takes the struct of NumPy's default handler and gives the one to put into its capsule; null where
// there is no arena. `most_bytes`: of blocks in use, 0 for no limit.
void* snakepit_memory_start(void* numpys_handler, uint64_t most_bytes);
// Holds the block of the arena that has these bytes, for the host; 0 where none has.
int snakepit_memory_show(const void* data, uint64_t bytes, SnakepitBlock* out);
// The host let go of what was shown.
void snakepit_memory_release(const void* data);
// Files that were shown and are gone since the last question; how many were written.
int snakepit_memory_closed(uint64_t* files, int most);
}

#endif  // SNAKEPIT_WORKER_MEMORY_H_
