// Asks V8 for a collection of its young generation, so that dead windows are found while their
// memory is still in the processor's cache.
//
// Left alone, V8 collects about every 64 MB of external buffers. A loop that makes results one
// after another then goes round 64 MB of blocks, and NumPy writes each result to memory that has
// left the cache: for 4 MB results that costs more than all the rest of a take-out. A young
// collection of a quiet heap takes 40 µs, a full one 500.
//
// src/native/young-collection.ts says how V8 is asked. How often is settled here, by what it
// brings: a collection that takes long, because the host has many young objects, or that finds
// nothing dead, because results live on, is asked for less often, and then not at all.
#ifndef SNAKEPIT_YOUNG_COLLECTION_H_
#define SNAKEPIT_YOUNG_COLLECTION_H_

#include <cstddef>

namespace snakepit {

struct Environment;

class YoungCollection {
 public:
  YoungCollection();
  // `bytes` are about to be visible through a new window: collects first when enough were since the
  // last collection. On the JS thread, where JavaScript may run.
  void BeforeWindow(Environment* environment, size_t bytes);
  // From V8's prologue: a collection begins.
  void Began() { unseen_ = 0; }
  // From the sweep: windows of so many bytes turned out dead.
  void Swept(size_t bytes);

 private:
  void Ask(Environment* environment);

  size_t unseen_ = 0;  // bytes of windows opened since the last collection
  size_t interval_;    // bytes of windows between two collections
  size_t asked_ = 0;   // bytes that the last collection was to find dead; 0: not asked for
};

}  // namespace snakepit

#endif  // SNAKEPIT_YOUNG_COLLECTION_H_
