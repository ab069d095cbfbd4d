// A hash table from pointers to 32-bit numbers, for look-ups that every call makes: open
// addressing, so that neither a hit nor an insertion follows a pointer or allocates.
#ifndef SNAKEPIT_POINTER_MAP_H_
#define SNAKEPIT_POINTER_MAP_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace snakepit {

class PointerMap {
 public:
  PointerMap() : cells_(kFirstCells) {}

  // The number of a key, or null.
  const uint32_t* Find(const void* key) const {
    for (size_t i = Home(key);; i = Next(i)) {
      if (cells_[i].key == key) return &cells_[i].value;
      if (cells_[i].key == nullptr) return nullptr;
    }
  }

  // The key must not be there.
  void Insert(const void* key, uint32_t value) {
    if ((count_ + 1) * 2 > cells_.size()) Grow();
    size_t i = Home(key);
    while (cells_[i].key != nullptr) i = Next(i);
    cells_[i] = {key, value};
    count_++;
  }

  void Erase(const void* key) {
    size_t hole = Home(key);
    while (cells_[hole].key != key) {
      if (cells_[hole].key == nullptr) return;
      hole = Next(hole);
    }
    count_--;
    // What stands behind moves up, unless that would bring it before its home: no tombstones.
    for (size_t i = Next(hole); cells_[i].key != nullptr; i = Next(i)) {
      const size_t home = Home(cells_[i].key);
      const bool stays = hole <= i ? hole < home && home <= i : hole < home || home <= i;
      if (stays) continue;
      cells_[hole] = cells_[i];
      hole = i;
    }
    cells_[hole] = {};
  }

  size_t size() const { return count_; }
  void Clear() {
    cells_.assign(kFirstCells, {});
    count_ = 0;
  }
  template <typename F>
  void ForEach(F visit) const {
    for (const Cell& cell : cells_) {
      if (cell.key != nullptr) visit(cell.key);
    }
  }

 private:
  struct Cell {
    const void* key = nullptr;
    uint32_t value = 0;
  };
  static constexpr size_t kFirstCells = 256;

  // Objects lie 16 bytes apart at least; the multiplier (2^64 / golden ratio) spreads the rest.
  size_t Home(const void* key) const {
    const uint64_t hash = (reinterpret_cast<uintptr_t>(key) >> 4) * 0x9e3779b97f4a7c15u;
    return static_cast<size_t>(hash >> 32) & (cells_.size() - 1);
  }
  size_t Next(size_t i) const { return (i + 1) & (cells_.size() - 1); }

  void Grow() {
    std::vector<Cell> old(cells_.size() * 2);
    old.swap(cells_);
    count_ = 0;
    for (const Cell& cell : old) {
      if (cell.key != nullptr) Insert(cell.key, cell.value);
    }
  }

  std::vector<Cell> cells_;
  size_t count_ = 0;
};

}  // namespace snakepit

#endif  // SNAKEPIT_POINTER_MAP_H_
