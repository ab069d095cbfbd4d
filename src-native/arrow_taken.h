// Python's Arrow data before JavaScript's eyes: one array of a stream, moved in, checked, and shown
// buffer by buffer, each when it is first looked at.
#ifndef SNAKEPIT_ARROW_TAKEN_H_
#define SNAKEPIT_ARROW_TAKEN_H_

#include <string>
#include <vector>

#include "environment.h"
#include "nanoarrow/nanoarrow.h"
#include "ref.h"

namespace snakepit {

// A schema, a stream, or an array of our own: released when it goes.
template <typename Struct>
struct Releasing : Struct {
  Releasing() : Struct() {}
  ~Releasing() {
    if (this->release != nullptr) this->release(this);
  }
  Releasing(const Releasing&) = delete;
  Releasing& operator=(const Releasing&) = delete;
  // What a consumer does with a structure that it found in a capsule.
  void MoveFrom(Struct* source) {
    *static_cast<Struct*>(this) = *source;
    source->release = nullptr;
  }
};

// Lives in a capsule, which is the owner of all windows over its memory: it is released on a thread
// that has the GIL, after the last of them.
class ArrowTaken {
 public:
  // What JavaScript sees of each node, in pre-order: these numbers.
  enum Column { kLength, kNullCount, kBitOffset, kVariadic, kColumns };

  ~ArrowTaken();
  ArrowTaken() = default;
  ArrowTaken(const ArrowTaken&) = delete;
  ArrowTaken& operator=(const ArrowTaken&) = delete;

  // Takes `array` over and checks all but its values. `columns`: the nodes below the root are
  // columns, each checked on its own. Answers what is wrong; empty: nothing.
  std::string Fill(const ArrowSchema& schema, ArrowArray* array, bool columns);

  struct Bytes {
    const uint8_t* data = nullptr;  // null: there is no such buffer
    int64_t bytes = 0;
  };
  // One buffer as far as the node reaches; -1 of kVariadic and more: the buffers of string views.
  // Checks its column's values if nobody did before.
  std::string Locate(size_t node, size_t slot, Bytes* out);

  std::vector<double>& table() { return table_; }

 private:
  struct Node {
    ArrowArrayView* view;
    int64_t offset;  // with what its parents leave out
    int64_t length;
    size_t column;
  };
  void Walk(ArrowArrayView* view, int64_t skip, int64_t length, size_t column);
  std::string CheckColumn(size_t column);

  Releasing<ArrowArray> array_;
  ArrowArrayView view_ = {};
  bool split_ = false;  // the root's children are the columns
  std::vector<Node> nodes_;
  std::vector<ArrowArrayView*> columns_;
  std::vector<bool> checked_;
  std::vector<double> table_;
};

}  // namespace snakepit

#endif  // SNAKEPIT_ARROW_TAKEN_H_
