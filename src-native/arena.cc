#include "arena.h"

#include <pthread.h>

#include <algorithm>
#include <cstring>

#include "arena_region.h"

namespace snakepit {
namespace {

size_t PagesFor(size_t bytes) { return bytes == 0 ? 1 : (bytes + kPageBytes - 1) / kPageBytes; }

}  // namespace

std::atomic<uintptr_t> Arena::base_address_{0};
std::atomic<uintptr_t> Arena::limit_address_{0};

Arena* Arena::Get() {
  // Never destroyed: finalisers and Python threads may outlive any static.
  static Arena* const arena = [] {
    Arena* made = new Arena();
    if (made->Reserve()) return made;
    delete made;
    return static_cast<Arena*>(nullptr);
  }();
  return arena;
}

bool Arena::Reserve() {
  // Address space is plain bookkeeping; what limits it is RLIMIT_AS, so try smaller ones too.
  const size_t physical = PhysicalMemory();
  size_t want = std::max<size_t>(size_t{16} << 30, std::min<size_t>(physical * 4, size_t{1} << 40));
  for (; want >= (size_t{1} << 30); want /= 2) {
    want = want / kChunkBytes * kChunkBytes;
    if (CreateSharedMemory(want, &memory_)) break;
  }
  if (memory_.base == nullptr) return false;
  free_.Add(FreeSpace::Kind::kClean, 0, memory_.bytes / kPageBytes);
  base_address_.store(reinterpret_cast<uintptr_t>(memory_.base), std::memory_order_release);
  limit_address_.store(reinterpret_cast<uintptr_t>(memory_.base) + memory_.bytes,
                       std::memory_order_release);
  pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild);
  return true;
}

void Arena::BeforeFork() { Get()->mutex_.lock(); }

void Arena::AfterForkInParent() { Get()->mutex_.unlock(); }

void Arena::AfterForkInChild() {
  Arena* arena = Get();
  // What the child has is its own copy from here on, and it takes nothing new from here: pages
  // that it never touched would show what the parent writes there later.
  // A limit on the process's own memory would count all of the reserved range, and leave nothing
  // for anything else: then only what is in use.
  if (LimitsOwnMemory() || !MakePrivateAfterFork(arena->memory_, /*hidden=*/false)) {
    arena->MakeBlocksPrivate();
  }
  arena->MakeFilesPrivate();
  arena->forked_ = true;
  arena->mutex_.unlock();
}

Arena::Block* Arena::Find(const void* pointer) {
  const size_t page = PageOf(pointer);
  auto after = blocks_.upper_bound(page);
  if (after == blocks_.begin()) return nullptr;
  Block* block = std::prev(after)->second;
  return page < block->start + block->pages ? block : nullptr;
}

Arena::Block* Arena::NewBlock(ArenaRegion* region, size_t start, size_t pages) {
  Block* block = new Block{region, start, pages, 1, 0};
  blocks_.emplace(start, block);
  region->blocks++;
  used_pages_ += pages;
  return block;
}

bool Arena::TakePages(size_t pages, size_t* start, bool* clean) {
  *clean = false;
  if (free_.Take(FreeSpace::Kind::kDirty, pages, start)) return true;
  if (idle_pages_ * kPageBytes > kWarmBudget / 2) {
    FlushIdle();
    if (free_.Take(FreeSpace::Kind::kDirty, pages, start)) return true;
  }
  *clean = true;
  if (free_.Take(FreeSpace::Kind::kClean, pages, start)) return true;
  // Room may exist only across the border of warm and clean pages.
  FlushIdle();
  PunchAll();
  return free_.Take(FreeSpace::Kind::kClean, pages, start);
}

Arena::Block* Arena::AllocateLarge(size_t pages, bool* clean) {
  auto bin = idle_.find(pages);
  if (bin != idle_.end() && !bin->second.empty()) {
    ArenaRegion* region = bin->second.back();
    bin->second.pop_back();
    region->idle = false;
    idle_pages_ -= pages;
    *clean = false;
    return NewBlock(region, region->start, pages);
  }
  size_t start;
  if (!TakePages(pages, &start, clean)) return nullptr;
  ArenaRegion* region = new ArenaRegion();
  region->start = start;
  region->pages = pages;
  return NewBlock(region, start, pages);
}

Arena::Block* Arena::AllocateInChunk(ArenaRegion* chunk, size_t pages) {
  size_t run = 0;
  for (size_t page = 0; page < kChunkPages; page++) {
    run = chunk->busy[page] ? 0 : run + 1;
    if (run < pages) continue;
    const size_t first = page + 1 - pages;
    for (size_t i = first; i <= page; i++) chunk->busy.set(i);
    return NewBlock(chunk, chunk->start + first, pages);
  }
  return nullptr;
}

Arena::Block* Arena::AllocateSmall(size_t pages) {
  // The newest chunk first: its window is the one most likely to be open already.
  for (size_t i = open_chunks_.size(), tried = 0; i-- > 0 && tried < 4; tried++) {
    ArenaRegion* chunk = open_chunks_[i];
    if (Block* block = AllocateInChunk(chunk, pages)) return block;
    chunk->listed = false;
    open_chunks_.erase(open_chunks_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  size_t start;
  bool clean;
  if (!TakePages(kChunkPages, &start, &clean)) return nullptr;
  ArenaRegion* chunk = new ArenaRegion();
  chunk->start = start;
  chunk->pages = kChunkPages;
  chunk->chunk = true;
  chunk->listed = true;
  open_chunks_.push_back(chunk);
  return AllocateInChunk(chunk, pages);
}

void* Arena::Allocate(size_t bytes, bool zeroed, OwnFile own) {
  const size_t pages = PagesFor(bytes);
  const size_t files_from = files_from_.load(std::memory_order_relaxed);
  const bool as_file = own == OwnFile::kAlways ||
                       (own == OwnFile::kBySize && files_from != 0 && bytes >= files_from);
  bool clean = false;
  Block* block = nullptr;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (forked_ || pages > memory_.bytes / kPageBytes) return nullptr;
    if (used_pages_ + pages > most_pages_.load(std::memory_order_relaxed)) return nullptr;
    if (as_file) block = AllocateFile(pages, &clean);
    // Where the system has no more files: memory that a worker gets by a copy.
    if (block == nullptr) {
      block = bytes > kOwnWindow ? AllocateLarge(pages, &clean) : AllocateSmall(pages);
    }
    if (block == nullptr) return nullptr;
  }
  uint8_t* data = memory_.base + block->start * kPageBytes;
  if (zeroed && !clean) memset(data, 0, bytes);
  return data;
}

void* Arena::Reallocate(void* pointer, size_t bytes) {
  size_t old_bytes;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Block* block = Find(pointer);
    if (block == nullptr) return nullptr;
    if (PagesFor(bytes) == block->pages) return pointer;
    old_bytes = block->pages * kPageBytes;
  }
  void* moved = Allocate(bytes, false);
  if (moved == nullptr) return nullptr;
  memcpy(moved, pointer, std::min(old_bytes, bytes));
  Unhold(pointer);
  return moved;
}

size_t Arena::BlockBytes(const void* pointer) {
  std::lock_guard<std::mutex> lock(mutex_);
  Block* block = Find(pointer);
  return block == nullptr ? 0 : block->pages * kPageBytes;
}

bool Arena::Hold(const void* pointer, size_t bytes, ArenaRegion** whole) {
  *whole = nullptr;
  std::lock_guard<std::mutex> lock(mutex_);
  const size_t end = PageOf(static_cast<const uint8_t*>(pointer) + bytes - 1) + 1;
  Block* block = Find(pointer);
  if (block == nullptr) {
    auto next = blocks_.lower_bound(PageOf(pointer));
    if (next == blocks_.end() || next->first >= end) return false;
    block = next->second;
  } else if (end <= block->start + block->pages) {
    block->holders++;
    return true;
  }
  ArenaRegion* region = block->region;
  const size_t region_end = region->start + region->pages;
  for (auto it = blocks_.lower_bound(region->start); it != blocks_.end() && it->first < region_end;
       ++it) {
    it->second->exposures++;
  }
  region->windows++;
  windows_++;
  *whole = region;
  return true;
}

void Arena::Unhold(const void* pointer) {
  std::unique_lock<std::mutex> lock(mutex_);
  Block* block = Find(pointer);
  if (block == nullptr) return;
  block->holders--;
  MaybeFree(block);
  Trim(&lock);
}

ArenaSpan Arena::Locate(const void* pointer) {
  std::lock_guard<std::mutex> lock(mutex_);
  Block* block = Find(pointer);
  if (block == nullptr) return {};
  ArenaRegion* region = block->region;
  return {memory_.base + region->start * kPageBytes, region->pages * kPageBytes, region};
}

void Arena::Expose(const void* pointer, bool opened) {
  std::lock_guard<std::mutex> lock(mutex_);
  Block* block = Find(pointer);
  if (block == nullptr) return;
  block->exposures++;
  if (!opened) return;
  block->region->windows++;
  windows_++;
}

void Arena::Dispose(const void* pointer) {
  std::unique_lock<std::mutex> lock(mutex_);
  Block* block = Find(pointer);
  if (block == nullptr || block->exposures == 0) return;
  block->exposures--;
  MaybeFree(block);
  Trim(&lock);
}

void Arena::CloseWindow(ArenaRegion* region) {
  std::unique_lock<std::mutex> lock(mutex_);
  windows_--;
  if (--region->windows > 0) return;
  if (region->retired) {
    if (region->file != 0) DropFile(region);
    delete region;
    return;
  }
  // Nothing sees the region any more. The count is raised meanwhile: a region that lost its last
  // block would be deleted under the loop.
  region->blocks++;
  const size_t end = region->start + region->pages;
  for (auto it = blocks_.lower_bound(region->start); it != blocks_.end() && it->first < end;) {
    Block* block = (it++)->second;
    block->exposures = 0;
    MaybeFree(block);
  }
  region->blocks--;
  if (region->chunk) {
    ReleaseIfEmpty(region);
  } else {
    DropForgotten(region);
  }
  Trim(&lock);
}

void Arena::MaybeFree(Block* block) {
  if (block->holders > 0) return;
  ArenaRegion* region = block->region;
  if (block->exposures > 0 && region->windows > 0) return;
  const size_t start = block->start;
  const size_t pages = block->pages;
  blocks_.erase(start);
  used_pages_ -= pages;
  region->blocks--;
  delete block;
  if (region->chunk) {
    FreeSmall(region, start, pages);
    return;
  }
  if (region->file != 0) {
    FreeFile(region);
    return;
  }
  region->idle = true;
  idle_[pages].push_back(region);
  idle_pages_ += pages;
}

void Arena::FreeSmall(ArenaRegion* chunk, size_t start, size_t pages) {
  for (size_t i = start - chunk->start; i < start - chunk->start + pages; i++) chunk->busy.reset(i);
  if (!chunk->listed) {
    chunk->listed = true;
    open_chunks_.push_back(chunk);
  }
  ReleaseIfEmpty(chunk);
}

// An empty chunk whose window is open stays a chunk: the window still fits what comes next.
void Arena::ReleaseIfEmpty(ArenaRegion* chunk) {
  if (chunk->blocks > 0 || chunk->windows > 0 || open_chunks_.size() <= 2) return;
  open_chunks_.erase(std::find(open_chunks_.begin(), open_chunks_.end(), chunk));
  free_.Add(FreeSpace::Kind::kDirty, chunk->start, chunk->pages);
  delete chunk;
}

void Arena::FlushIdle() {
  for (auto& [pages, regions] : idle_) {
    for (ArenaRegion* region : regions) {
      free_.Add(FreeSpace::Kind::kDirty, region->start, pages);
      if (region->windows == 0) {
        delete region;
        continue;
      }
      region->idle = false;
      region->retired = true;
    }
  }
  idle_.clear();
  idle_pages_ = 0;
}

void Arena::PunchAll() {
  size_t start;
  size_t pages;
  while (free_.TakeLargest(FreeSpace::Kind::kDirty, &start, &pages)) {
    if (!PunchHole(memory_, start * kPageBytes, pages * kPageBytes)) {
      memset(memory_.base + start * kPageBytes, 0, pages * kPageBytes);
    }
    free_.Add(FreeSpace::Kind::kClean, start, pages);
  }
}

// Gives back what exceeds the warm budget. The system call runs without the mutex: it takes
// about 0.15 ms per MiB, and every allocating thread would wait for it.
void Arena::Trim(std::unique_lock<std::mutex>* lock) {
  const size_t budget = kWarmBudget / kPageBytes;
  if (WarmPages() <= budget) return;
  EvictFiles(WarmPages() - budget, 0);
  if (WarmPages() <= budget) return;
  FlushIdle();
  size_t start;
  size_t pages;
  while (WarmPages() > budget && free_.TakeLargest(FreeSpace::Kind::kDirty, &start, &pages)) {
    const size_t excess = WarmPages() + pages - budget;
    if (pages > excess) {
      free_.Add(FreeSpace::Kind::kDirty, start + excess, pages - excess);
      pages = excess;
    }
    lock->unlock();
    const bool clean = PunchHole(memory_, start * kPageBytes, pages * kPageBytes);
    lock->lock();
    free_.Add(clean ? FreeSpace::Kind::kClean : FreeSpace::Kind::kDirty, start, pages);
    if (!clean) return;
  }
}

ArenaStats Arena::Stats() {
  std::lock_guard<std::mutex> lock(mutex_);
  ArenaStats stats;
  stats.reserved = memory_.bytes;
  stats.used = used_pages_ * kPageBytes;
  stats.warm = WarmPages() * kPageBytes;
  stats.blocks = blocks_.size();
  stats.windows = windows_;
  stats.files = files_.size();
  return stats;
}

}  // namespace snakepit
