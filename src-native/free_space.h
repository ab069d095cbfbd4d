// Which page ranges of the arena are free. Two kinds are kept apart: clean pages read as zero
// (never used, or given back), dirty ones are warm and may hold old data. Not thread-safe: the
// arena's mutex covers it.
#ifndef SNAKEPIT_FREE_SPACE_H_
#define SNAKEPIT_FREE_SPACE_H_

#include <cstddef>
#include <map>
#include <set>
#include <utility>

namespace snakepit {

class FreeSpace {
 public:
  enum class Kind { kClean, kDirty };

  // Adds [start, start+pages), merging it with neighbours of the same kind.
  void Add(Kind kind, size_t start, size_t pages);
  // Takes `pages` from the smallest range that has them (an exact one first); false when none has.
  bool Take(Kind kind, size_t pages, size_t* start);
  // Removes and returns the largest range of a kind; false when there is none.
  bool TakeLargest(Kind kind, size_t* start, size_t* pages);
  size_t pages(Kind kind) const { return side(kind).total; }

 private:
  struct Side {
    std::map<size_t, size_t> by_start;              // start -> pages
    std::set<std::pair<size_t, size_t>> by_length;  // (pages, start)
    size_t total = 0;
  };
  static void Insert(Side* side, size_t start, size_t pages);
  static void Erase(Side* side, std::map<size_t, size_t>::iterator range);
  Side& side(Kind kind) { return kind == Kind::kClean ? clean_ : dirty_; }
  const Side& side(Kind kind) const { return kind == Kind::kClean ? clean_ : dirty_; }

  Side clean_;
  Side dirty_;
};

}  // namespace snakepit

#endif  // SNAKEPIT_FREE_SPACE_H_
