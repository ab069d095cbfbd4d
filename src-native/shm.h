// One nameless, sealed piece of shared memory: created, mapped, its pages given back.
// Knows neither Node nor Python, so that a worker's side can use it with neither loaded.
#ifndef SNAKEPIT_SHM_H_
#define SNAKEPIT_SHM_H_

#include <cstddef>
#include <cstdint>

namespace snakepit {

constexpr size_t kPageBytes = 4096;

struct SharedMemory {
  int fd = -1;
  uint8_t* base = nullptr;
  size_t bytes = 0;
};

// The descriptor of a file without a name, empty and not sealed; negative when the system refuses.
int OpenNameless();

// Reserves address space for `bytes` over a file without a name. Pages cost memory only once
// they are touched. On Linux the file's size is sealed: no holder of the descriptor can shrink it
// under another one's feet. False when the system refuses; nothing is left behind then.
bool CreateSharedMemory(size_t bytes, SharedMemory* out);

// The descriptor of such a file of this size that nobody can cut, enlarge or seal any further;
// negative when the system refuses.
int OpenSealed(size_t bytes);

// Seals a file that another process made in the same way. False: it is no file in memory that can
// be relied upon. `bytes`: its size, which stays.
bool SealForeign(int fd, size_t* bytes);

// Maps [offset, offset+bytes) of a file over this range, shared and writable, in place of what is
// mapped there. False when the system refuses; the range is then as it was.
bool MapOver(void* base, size_t bytes, int fd, size_t offset);

// Gives the pages of [start, start+bytes) back to the system; they read as zero afterwards.
// False when this system cannot (the pages then keep their content).
bool PunchHole(const SharedMemory& memory, size_t start, size_t bytes);

// In a forked child: replaces the mapping by a private copy-on-write one, because a child that
// writes to what it thinks is its own memory would otherwise write into its parent's arrays.
// Hidden: with no access, which no limit on memory counts, until OpenHidden. False: it is as it
// was.
bool MakePrivateAfterFork(const SharedMemory& memory, bool hidden);
bool OpenHidden(uint8_t* start, size_t bytes);
// Whether RLIMIT_DATA is set.
bool LimitsOwnMemory();

// Physical memory of this machine in bytes (0 when it is not known).
size_t PhysicalMemory();

}  // namespace snakepit

#endif  // SNAKEPIT_SHM_H_
