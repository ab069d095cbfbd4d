#include "free_space.h"

namespace snakepit {

void FreeSpace::Insert(Side* side, size_t start, size_t pages) {
  side->by_start.emplace(start, pages);
  side->by_length.emplace(pages, start);
  side->total += pages;
}

void FreeSpace::Erase(Side* side, std::map<size_t, size_t>::iterator range) {
  side->total -= range->second;
  side->by_length.erase({range->second, range->first});
  side->by_start.erase(range);
}

void FreeSpace::Add(Kind kind, size_t start, size_t pages) {
  Side& s = side(kind);
  auto next = s.by_start.lower_bound(start);
  if (next != s.by_start.end() && next->first == start + pages) {
    pages += next->second;
    auto merged = next++;
    Erase(&s, merged);
  }
  if (next != s.by_start.begin()) {
    auto previous = std::prev(next);
    if (previous->first + previous->second == start) {
      start = previous->first;
      pages += previous->second;
      Erase(&s, previous);
    }
  }
  Insert(&s, start, pages);
}

bool FreeSpace::Take(Kind kind, size_t pages, size_t* start) {
  Side& s = side(kind);
  auto fit = s.by_length.lower_bound({pages, 0});
  if (fit == s.by_length.end()) return false;
  const size_t found = fit->second;
  const size_t length = fit->first;
  Erase(&s, s.by_start.find(found));
  if (length > pages) Insert(&s, found + pages, length - pages);
  *start = found;
  return true;
}

bool FreeSpace::TakeLargest(Kind kind, size_t* start, size_t* pages) {
  Side& s = side(kind);
  if (s.by_length.empty()) return false;
  auto last = std::prev(s.by_length.end());
  *pages = last->first;
  *start = last->second;
  Erase(&s, s.by_start.find(*start));
  return true;
}

}  // namespace snakepit
