// Blocks that are files of their own, so that another process may see them.
//
// The base file holds everything of this process: its descriptor never leaves it. A block that may
// be shown is a nameless file, mapped over a range of the reserved address space whose pages in
// the base file were never touched; when it goes, the base file is mapped there again and reads as
// zero. Its size is sealed, and so are its seals: no other process can cut it under our feet.
// A file is used again for the next block of its size, warm, and with it the mappings that other
// processes have of it. One that was shown loses its pages before it is closed, because a mapping
// elsewhere would keep them.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "arena_region.h"

namespace snakepit {
namespace {

uint64_t Milliseconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1000000;
}

// A descriptor each: a quarter of what the process may have open is enough for us.
size_t MostFiles() {
  constexpr size_t kMost = 8192;
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  return std::min<size_t>(kMost, limit.rlim_cur / 4);
}

}  // namespace

bool Arena::TakeClean(size_t pages, size_t* start) {
  if (free_.Take(FreeSpace::Kind::kClean, pages, start)) return true;
  FlushIdle();
  PunchAll();
  return free_.Take(FreeSpace::Kind::kClean, pages, start);
}

bool Arena::MapFile(size_t start, size_t pages, int fd) {
  return MapOver(memory_.base + start * kPageBytes, pages * kPageBytes, fd, 0);
}

// The descriptor is the region's from here on.
ArenaRegion* Arena::AddFile(size_t start, size_t pages, int fd) {
  auto* region = new ArenaRegion();
  region->start = start;
  region->pages = pages;
  region->fd = fd;
  region->file = ++last_file_;
  files_.emplace(region->file, region);
  return region;
}

Arena::Block* Arena::AllocateFile(size_t pages, bool* clean) {
  for (size_t i = idle_files_.size(); i-- > 0;) {
    ArenaRegion* region = idle_files_[i];
    if (region->pages != pages) continue;
    idle_files_.erase(idle_files_.begin() + static_cast<std::ptrdiff_t>(i));
    region->idle = false;
    idle_file_pages_ -= pages;
    *clean = false;
    return NewBlock(region, region->start, pages);
  }
  static const size_t most = MostFiles();
  if (files_.size() >= most) EvictFiles(SIZE_MAX, 0);
  if (files_.size() >= most) return nullptr;
  const int fd = OpenSealed(pages * kPageBytes);
  if (fd < 0) return nullptr;
  size_t start;
  if (!TakeClean(pages, &start)) {
    close(fd);
    return nullptr;
  }
  if (!MapFile(start, pages, fd)) {
    close(fd);
    free_.Add(FreeSpace::Kind::kClean, start, pages);
    return nullptr;
  }
  *clean = true;
  return NewBlock(AddFile(start, pages, fd), start, pages);
}

// Its block is free.
void Arena::FreeFile(ArenaRegion* region) {
  if (!region->imported) {
    region->idle = true;
    region->idle_since = Milliseconds();
    idle_files_.push_back(region);
    idle_file_pages_ += region->pages;
    return;
  }
  if (region->peer != nullptr) {
    region->peer->freed.push_back(region->file);
    region->peer->freed.push_back(region->uses);
  }
  DropForgotten(region);
}

void Arena::DropForgotten(ArenaRegion* region) {
  if (!region->forgotten || region->blocks > 0) return;
  DropFile(region);
  if (!region->retired) delete region;
}

// Gives the file's pages back, and its place where no window is open over it. One that is open has
// to go on reading something: its region is retired, and dropped again by the last window.
void Arena::DropFile(ArenaRegion* region) {
  uint8_t* base = memory_.base + region->start * kPageBytes;
  const size_t bytes = region->pages * kPageBytes;
  if (region->fd >= 0) {
    if (region->shown || region->windows > 0) PunchHole(memory_, region->start * kPageBytes, bytes);
    if (region->shown) {
      for (ArenaPeer* peer : peers_) peer->closed.push_back(region->file);
    }
    files_.erase(region->file);
    close(region->fd);
    region->fd = -1;
  }
  region->retired = region->windows > 0;
  if (region->retired) return;
  // Where the system refuses, the range stays mapped as it is, and out of use.
  if (!MapOver(base, bytes, memory_.fd, region->start * kPageBytes)) return;
  free_.Add(FreeSpace::Kind::kClean, region->start, region->pages);
}

// Free files, the oldest first, until so many pages are gone; `idle_before`: only those that were
// free by then (0: all).
void Arena::EvictFiles(size_t most_pages, uint64_t idle_before) {
  size_t gone = 0;
  size_t count = 0;
  while (count < idle_files_.size() && gone < most_pages) {
    ArenaRegion* region = idle_files_[count];
    if (idle_before != 0 && region->idle_since > idle_before) break;
    count++;
    gone += region->pages;
    region->idle = false;
    DropFile(region);
    if (!region->retired) delete region;
  }
  idle_file_pages_ -= gone;
  idle_files_.erase(idle_files_.begin(), idle_files_.begin() + static_cast<std::ptrdiff_t>(count));
}

// In a forked child, as MakePrivateAfterFork.
void Arena::MakeFilesPrivate() {
  for (const auto& [number, region] : files_) {
    const SharedMemory file = {region->fd, memory_.base + region->start * kPageBytes,
                               region->pages * kPageBytes};
    // What fails is no longer the parent's: the child faults there.
    if (!MakePrivateAfterFork(file, /*hidden=*/false)) MakePrivateAfterFork(file, /*hidden=*/true);
  }
}

// In a forked child: what is in use, in as few pieces as there are.
void Arena::MakeBlocksPrivate() {
  if (!MakePrivateAfterFork(memory_, /*hidden=*/true)) return;
  size_t from = 0;
  size_t to = 0;
  const auto open = [&] {
    if (to > from) OpenHidden(memory_.base + from * kPageBytes, (to - from) * kPageBytes);
  };
  for (const auto& [start, block] : blocks_) {
    if (start != to) {
      open();
      from = start;
    }
    to = start + block->pages;
  }
  open();
}

void Arena::AddPeer(ArenaPeer* peer) {
  std::lock_guard<std::mutex> lock(mutex_);
  peers_.push_back(peer);
}

void Arena::RemovePeer(ArenaPeer* peer) {
  std::lock_guard<std::mutex> lock(mutex_);
  peers_.erase(std::remove(peers_.begin(), peers_.end(), peer), peers_.end());
  for (const auto& [number, region] : files_) {
    if (region->peer == peer) region->peer = nullptr;
  }
}

bool Arena::Export(const void* pointer, size_t bytes, ArenaFile* out) {
  std::lock_guard<std::mutex> lock(mutex_);
  Block* block = Find(pointer);
  if (block == nullptr || block->region->file == 0) return false;
  uint8_t* data = memory_.base + block->start * kPageBytes;
  const size_t size = block->pages * kPageBytes;
  if (static_cast<const uint8_t*>(pointer) + bytes > data + size) return false;
  block->holders++;
  *out = {block->region->file, block->region->fd, data, size, !block->region->shown};
  block->region->shown = true;
  return true;
}

uint64_t Arena::Import(int fd, size_t bytes, ArenaPeer* peer) {
  const size_t pages = (bytes + kPageBytes - 1) / kPageBytes;
  std::lock_guard<std::mutex> lock(mutex_);
  size_t start;
  if (forked_ || pages == 0 || !TakeClean(pages, &start)) {
    close(fd);
    return 0;
  }
  if (!MapFile(start, pages, fd)) {
    close(fd);
    free_.Add(FreeSpace::Kind::kClean, start, pages);
    return 0;
  }
  ArenaRegion* region = AddFile(start, pages, fd);
  region->imported = true;
  region->shown = true;
  region->peer = peer;
  return region->file;
}

void* Arena::HoldFile(uint64_t file, size_t* bytes, uint64_t* use) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto found = files_.find(file);
  if (found == files_.end() || found->second->idle) return nullptr;
  ArenaRegion* region = found->second;
  auto known = blocks_.find(region->start);
  if (known != blocks_.end()) {
    known->second->holders++;
  } else {
    NewBlock(region, region->start, region->pages);
    region->uses++;
  }
  *use = region->uses;
  *bytes = region->pages * kPageBytes;
  return memory_.base + region->start * kPageBytes;
}

void Arena::ForgetImport(uint64_t file) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto found = files_.find(file);
  if (found == files_.end() || !found->second->imported) return;
  ArenaRegion* region = found->second;
  region->forgotten = true;
  DropForgotten(region);
}

std::vector<uint64_t> Arena::TakeFreed(ArenaPeer* peer) {
  std::vector<uint64_t> taken;
  std::lock_guard<std::mutex> lock(mutex_);
  taken.swap(peer->freed);
  return taken;
}

std::vector<uint64_t> Arena::TakeClosed(ArenaPeer* peer) {
  std::vector<uint64_t> taken;
  std::lock_guard<std::mutex> lock(mutex_);
  taken.swap(peer->closed);
  return taken;
}

void Arena::TrimIdle(uint64_t milliseconds) {
  const uint64_t now = Milliseconds();
  if (now <= milliseconds) return;
  std::lock_guard<std::mutex> lock(mutex_);
  if (!forked_) EvictFiles(SIZE_MAX, now - milliseconds);
}

}  // namespace snakepit
