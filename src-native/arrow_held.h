// JavaScript's Arrow data in Python's hands: what it stands on, held once, and as many C structures
// over it as consumers ask for. A capsule is used up by its first consumer, so each gets a new one.
#ifndef SNAKEPIT_ARROW_HELD_H_
#define SNAKEPIT_ARROW_HELD_H_

#include <atomic>
#include <string>
#include <vector>

#include "js_buffer.h"
#include "nanoarrow/nanoarrow.h"
#include "ref.h"

namespace snakepit {

// Immutable once it is made. The object in Python and every structure that was given out count as
// users; the last one out frees it, on whatever thread, without the GIL.
struct ArrowHeld {
  // Fields and nodes stand in pre-order: itself, its children, its dictionary.
  struct Field {
    std::string format;
    std::string name;
    std::string metadata;  // as the C Data Interface encodes it; empty: none
    int64_t flags = 0;
    int64_t children = 0;
    bool dictionary = false;
  };
  struct Node {
    int64_t length = 0;
    int64_t null_count = 0;
    int64_t offset = 0;
    std::vector<const void*> buffers;
    std::vector<int64_t> sizes;     // bytes of each
    std::vector<int64_t> variadic;  // of strings by views: the sizes that the last buffer tells
  };
  std::vector<Field> fields;
  std::vector<std::vector<Node>> batches;  // each as long as `fields`
  std::vector<MemoryHold> holds;
  std::atomic<int> users{1};

  void Use() { users.fetch_add(1, std::memory_order_relaxed); }
  void Drop();
  // What is wrong with the data; empty: nothing.
  std::string Validate();
};

// Python's object, which takes over the caller's use, also on failure. It has `schema()`, `array()`
// (of the first batch) and `stream()`, each with new capsules. Null: a Python error is pending.
Ref MakeArrowObject(ArrowHeld* held);

}  // namespace snakepit

#endif  // SNAKEPIT_ARROW_HELD_H_
