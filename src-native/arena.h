// The arena: blocks of shared memory that NumPy allocates from and JavaScript looks at.
//
// The rule (findings/memory-arena.md, section 7): a block's pages are used again only when every
// holder let go *and* JavaScript cannot see them any more, that is when
//   (a) every tensor over the block was disposed, or
//   (b) the window's ArrayBuffer is dead and was attached when the collection began that killed
//       it, or
//   (c) Node's finaliser of that ArrayBuffer ran.
// Who decides (b) and (c) is window.h; here they are one call, CloseWindow. That a Tensor or a
// typed array was collected says nothing and is never asked.
//
// A block that another process is to see is a *file of its own*: whoever gets its descriptor sees
// this one block and nothing else of the process (arena_files.cc). Files of other processes are
// mapped into the same address space, so that one set of rules serves all blocks.
//
// Headers live outside the shared memory, where neither JavaScript nor a worker can write them.
// Every function may be called on any thread, with or without the GIL; the mutex is never held
// while Python or V8 runs.
#ifndef SNAKEPIT_ARENA_H_
#define SNAKEPIT_ARENA_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "free_space.h"
#include "shm.h"

namespace snakepit {

// Below this NumPy's own allocator serves: a page each would waste more than it saves.
constexpr size_t kArenaMinimum = 64 << 10;
// Above this a block is its own window; up to it, blocks share windows of kChunkBytes. One window
// per 100 kB result costs 200 bytes of Node's bookkeeping that only the event loop lets go.
constexpr size_t kOwnWindow = 256 << 10;
constexpr size_t kChunkBytes = 1 << 20;
// Free pages kept warm for reuse before they are given back to the system.
constexpr size_t kWarmBudget = 256u << 20;

// What JavaScript may see through one ArrayBuffer: one large block, or a chunk of small ones.
struct ArenaRegion;

struct ArenaSpan {
  uint8_t* data = nullptr;
  size_t bytes = 0;
  ArenaRegion* region = nullptr;  // valid while a block in it is held or a window over it is open
};

// Who shows blocks to other processes, and sees theirs: one for each JS thread with workers, one in
// a worker. The arena writes what it has to hear; the mutex covers it.
struct ArenaPeer {
  // Imported files whose block nobody here uses any more, each followed by which use it was: the
  // next one may have begun on another thread.
  std::vector<uint64_t> freed;
  std::vector<uint64_t> closed;  // files of ours that were shown and are gone
};

// One block that is a file.
struct ArenaFile {
  uint64_t file = 0;
  int fd = -1;  // the arena's; valid while the block is held
  uint8_t* data = nullptr;
  size_t bytes = 0;
  bool first = false;  // nobody was shown it before
};

struct ArenaStats {
  size_t reserved = 0;  // bytes of address space
  size_t used = 0;      // bytes of pages in blocks
  size_t warm = 0;      // bytes of free pages kept
  size_t blocks = 0;
  size_t windows = 0;  // open windows
  size_t files = 0;    // blocks and idle regions that are files of their own
};

// Which blocks become files of their own.
enum class OwnFile { kNever, kAlways, kBySize };

class Arena {
 public:
  // The process's arena, made at first use; null where no shared memory could be had.
  static Arena* Get();
  static bool Owns(const void* pointer) {
    const auto p = reinterpret_cast<uintptr_t>(pointer);
    return p >= base_address_.load(std::memory_order_acquire) &&
           p < limit_address_.load(std::memory_order_acquire);
  }

  // A block of at least `bytes` with one holder; null when the arena cannot serve it.
  void* Allocate(size_t bytes, bool zeroed, OwnFile own = OwnFile::kBySize);
  // As realloc for the only holder; null when it cannot (the old block stays).
  void* Reallocate(void* pointer, size_t bytes);
  // Bytes from the start of the block that `pointer` begins to its last page's end.
  size_t BlockBytes(const void* pointer);
  // Holders are NumPy's allocation and whatever Python made over the block. [pointer,
  // pointer+bytes) may lie anywhere inside it, or reach beyond it, as a view of a whole shared
  // window does: then everything in the window is held, until CloseWindow(*whole). False: the
  // memory is nobody's, the view outlived the dispose() that promised it would not.
  bool Hold(const void* pointer, size_t bytes, ArenaRegion** whole);
  void Unhold(const void* pointer);

  // Where the window of the block around `pointer` lies. The block must be held.
  ArenaSpan Locate(const void* pointer);
  // Says that JavaScript sees the block around `pointer` from now on; `opened`: through a window
  // (an ArrayBuffer) made for this.
  void Expose(const void* pointer, bool opened);
  // Takes one Expose back: its Tensor was disposed, the caller keeps no view (rule a).
  void Dispose(const void* pointer);
  // Rules (b) and (c): one ArrayBuffer over the region is gone.
  void CloseWindow(ArenaRegion* region);

  ArenaStats Stats();

  // The functions below are in arena_files.cc.

  // From now on blocks of at least `bytes` are files of their own; 0: none is.
  void FilesFrom(size_t bytes) { files_from_.store(bytes, std::memory_order_relaxed); }
  // Refuses blocks once so many bytes are in use.
  void Limit(size_t bytes) { most_pages_.store(bytes / kPageBytes, std::memory_order_relaxed); }
  void AddPeer(ArenaPeer* peer);
  void RemovePeer(ArenaPeer* peer);
  // Holds the block that has [pointer, pointer+bytes) for another process, until Unhold. False:
  // it is no file of its own.
  bool Export(const void* pointer, size_t bytes, ArenaFile* out);
  // Another process's file, which is sealed and as large as `bytes`; the descriptor is the
  // arena's from here on, also on failure. Its number; 0: the system refused.
  uint64_t Import(int fd, size_t bytes, ArenaPeer* peer);
  // The block that is this imported or own file, held; null: there is no such file. `use`: which
  // block of an imported file it is, as ArenaPeer's `freed` says it.
  void* HoldFile(uint64_t file, size_t* bytes, uint64_t* use);
  // The owner of an imported file let go of it: it is unmapped as soon as nobody sees it.
  void ForgetImport(uint64_t file);
  // What the arena has to tell, once.
  std::vector<uint64_t> TakeFreed(ArenaPeer* peer);
  std::vector<uint64_t> TakeClosed(ArenaPeer* peer);
  // Gives free files back that were not used for so long.
  void TrimIdle(uint64_t milliseconds);

 private:
  struct Block;
  friend struct ArenaRegion;
  Arena() = default;
  bool Reserve();
  static void BeforeFork();
  static void AfterForkInParent();
  static void AfterForkInChild();

  Block* Find(const void* pointer);
  Block* NewBlock(ArenaRegion* region, size_t start, size_t pages);
  Block* AllocateLarge(size_t pages, bool* clean);
  Block* AllocateSmall(size_t pages);
  Block* AllocateFile(size_t pages, bool* clean);
  Block* AllocateInChunk(ArenaRegion* chunk, size_t pages);
  bool TakePages(size_t pages, size_t* start, bool* clean);
  void MaybeFree(Block* block);
  void FreeSmall(ArenaRegion* chunk, size_t start, size_t pages);
  void ReleaseIfEmpty(ArenaRegion* chunk);
  bool TakeClean(size_t pages, size_t* start);
  bool MapFile(size_t start, size_t pages, int fd);
  ArenaRegion* AddFile(size_t start, size_t pages, int fd);
  void FreeFile(ArenaRegion* region);
  void DropFile(ArenaRegion* region);
  void DropForgotten(ArenaRegion* region);
  void EvictFiles(size_t most_pages, uint64_t idle_before);
  void MakeFilesPrivate();
  void MakeBlocksPrivate();
  void FlushIdle();
  void PunchAll();
  void Trim(std::unique_lock<std::mutex>* lock);
  size_t WarmPages() const {
    return idle_pages_ + idle_file_pages_ + free_.pages(FreeSpace::Kind::kDirty);
  }
  size_t PageOf(const void* pointer) const {
    return static_cast<size_t>(static_cast<const uint8_t*>(pointer) - memory_.base) / kPageBytes;
  }

  static std::atomic<uintptr_t> base_address_;
  static std::atomic<uintptr_t> limit_address_;

  std::mutex mutex_;
  SharedMemory memory_;
  FreeSpace free_;
  std::map<size_t, Block*> blocks_;  // first page -> block
  // Free large regions kept whole, by page count: the next result of the same size takes one
  // with its window, so that a loop with `using` makes no new ArrayBuffer.
  std::unordered_map<size_t, std::vector<ArenaRegion*>> idle_;
  std::vector<ArenaRegion*> open_chunks_;  // chunks with room
  size_t idle_pages_ = 0;
  std::atomic<size_t> files_from_{0};
  std::atomic<size_t> most_pages_{SIZE_MAX};
  std::map<uint64_t, ArenaRegion*> files_;  // regions that are files, by number
  std::vector<ArenaRegion*> idle_files_;    // the one that is free for longest first
  std::vector<ArenaPeer*> peers_;
  uint64_t last_file_ = 0;
  size_t idle_file_pages_ = 0;
  size_t used_pages_ = 0;
  size_t windows_ = 0;
  bool forked_ = false;
};

}  // namespace snakepit

#endif  // SNAKEPIT_ARENA_H_
