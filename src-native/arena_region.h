// What the arena's own files know of its pieces: a region is what one window may show, a block is
// one piece of memory in it.
#ifndef SNAKEPIT_ARENA_REGION_H_
#define SNAKEPIT_ARENA_REGION_H_

#include <bitset>

#include "arena.h"

namespace snakepit {

constexpr size_t kChunkPages = kChunkBytes / kPageBytes;

struct ArenaRegion {
  size_t start = 0;  // first page
  size_t pages = 0;
  int windows = 0;  // ArrayBuffers over it that may live, in all environments
  bool chunk = false;
  bool idle = false;     // large, free, kept in idle_ or idle_files_
  bool retired = false;  // its pages went elsewhere; kept for its open windows only
  int blocks = 0;
  bool listed = false;            // chunk: stands in open_chunks_
  std::bitset<kChunkPages> busy;  // chunk: pages in blocks

  // Of a region that is a file of its own (arena_files.cc); its one block begins where it does.
  int fd = -1;
  uint64_t file = 0;          // a number that is never used again; 0: no file of its own
  bool imported = false;      // another process's file
  bool shown = false;         // another process may have it mapped
  bool forgotten = false;     // imported, and its owner let go of it or died
  ArenaPeer* peer = nullptr;  // imported: who hears that its block was freed
  uint64_t uses = 0;          // imported: how many blocks it has been
  uint64_t idle_since = 0;    // milliseconds
};

struct Arena::Block {
  ArenaRegion* region;
  size_t start;
  size_t pages;
  int holders;
  int exposures;  // tensors and views that were not disposed
};

}  // namespace snakepit

#endif  // SNAKEPIT_ARENA_REGION_H_
