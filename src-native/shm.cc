#include "shm.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#if defined(__linux__)
#include <sys/syscall.h>
#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 0x0001U
#define MFD_ALLOW_SEALING 0x0002U
#endif
#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define F_SEAL_SEAL 0x0001
#define F_SEAL_SHRINK 0x0002
#define F_SEAL_GROW 0x0004
#endif
#include <sys/vfs.h>
#ifndef TMPFS_MAGIC
#define TMPFS_MAGIC 0x01021994
#endif
#endif

namespace snakepit {
namespace {

int MapFlags(int flags) {
#if defined(MAP_NORESERVE)
  flags |= MAP_NORESERVE;
#endif
  return flags;
}

}  // namespace

// glibc has memfd_create from 2.27 on; the system call is older than that wrapper, and the
// prebuilt binary's floor is lower.
int OpenNameless() {
#if defined(__linux__)
  return static_cast<int>(syscall(SYS_memfd_create, "snakepit", MFD_CLOEXEC | MFD_ALLOW_SEALING));
#else
  // POSIX has no nameless shared memory: the name lives between these two calls only.
  char name[32];
  for (int attempt = 0; attempt < 16; attempt++) {
    snprintf(name, sizeof name, "/snakepit.%d.%d", static_cast<int>(getpid()), attempt);
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0) continue;
    shm_unlink(name);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
  }
  return -1;
#endif
}

bool CreateSharedMemory(size_t bytes, SharedMemory* out) {
  int fd = OpenNameless();
  if (fd < 0) return false;
  if (ftruncate(fd, static_cast<off_t>(bytes)) != 0) {
    close(fd);
    return false;
  }
#if defined(__linux__)
  fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
#endif
  void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MapFlags(MAP_SHARED), fd, 0);
  if (base == MAP_FAILED) {
    close(fd);
    return false;
  }
#if defined(MADV_DONTDUMP)
  madvise(base, bytes, MADV_DONTDUMP);
#endif
  out->fd = fd;
  out->base = static_cast<uint8_t*>(base);
  out->bytes = bytes;
  return true;
}

int OpenSealed(size_t bytes) {
  const int fd = OpenNameless();
  if (fd < 0) return fd;
  bool made = ftruncate(fd, static_cast<off_t>(bytes)) == 0;
#if defined(__linux__)
  made = made && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
#endif
  if (made) return fd;
  close(fd);
  return -1;
}

bool SealForeign(int fd, size_t* bytes) {
#if defined(__linux__)
  // A file of huge pages may have none left when it is touched, and a file of a disk may be cut.
  struct statfs system = {};
  if (fstatfs(fd, &system) != 0 || system.f_type != TMPFS_MAGIC) return false;
  fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  const int seals = fcntl(fd, F_GET_SEALS);
  constexpr int kNeeded = F_SEAL_SHRINK | F_SEAL_GROW;
  if (seals < 0 || (seals & kNeeded) != kNeeded) return false;
#endif
  struct stat status = {};
  if (fstat(fd, &status) != 0 || status.st_size <= 0) return false;
  *bytes = static_cast<size_t>(status.st_size);
  return true;
}

bool MapOver(void* base, size_t bytes, int fd, size_t offset) {
  const int flags = MapFlags(MAP_SHARED | MAP_FIXED);
  void* mapped = mmap(base, bytes, PROT_READ | PROT_WRITE, flags, fd, static_cast<off_t>(offset));
  if (mapped == MAP_FAILED) return false;
#if defined(MADV_DONTDUMP)
  madvise(base, bytes, MADV_DONTDUMP);
#endif
  return true;
}

bool PunchHole(const SharedMemory& memory, size_t start, size_t bytes) {
#if defined(__linux__) && defined(MADV_REMOVE)
  return madvise(memory.base + start, bytes, MADV_REMOVE) == 0;
#else
  (void)memory;
  (void)start;
  (void)bytes;
  return false;
#endif
}

bool MakePrivateAfterFork(const SharedMemory& memory, bool hidden) {
  // Only system calls here: this runs between fork and whatever the child does next.
  const int flags = MapFlags(MAP_PRIVATE | MAP_FIXED);
  const int access = hidden ? PROT_NONE : PROT_READ | PROT_WRITE;
  return mmap(memory.base, memory.bytes, access, flags, memory.fd, 0) != MAP_FAILED;
}

bool LimitsOwnMemory() {
  rlimit limit = {};
  return getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

bool OpenHidden(uint8_t* start, size_t bytes) {
  return mprotect(start, bytes, PROT_READ | PROT_WRITE) == 0;
}

size_t PhysicalMemory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return 0;
  return static_cast<size_t>(pages) * static_cast<size_t>(page);
}

}  // namespace snakepit
