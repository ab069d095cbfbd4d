// Python's data on its way to JavaScript: the TypeScript side makes objects of a tape several times
// faster than native code, which has to call Node-API for each property.
#ifndef SNAKEPIT_TAPE_WRITER_H_
#define SNAKEPIT_TAPE_WRITER_H_

#include <string>

#include "environment.h"
#include "ref.h"
#include "tape.h"

namespace snakepit {

// On the stack, for the time of one conversion; the GIL is held. False, or null: a JS exception is
// pending.
class TapeWriter {
 public:
  explicit TapeWriter(Environment* environment);
  ~TapeWriter();
  TapeWriter(const TapeWriter&) = delete;
  TapeWriter& operator=(const TapeWriter&) = delete;

  bool Start();
  // Room for a value: before it is made, because a full tape goes, and with it the values on it.
  bool Reserve() { return tag_ + kRoom <= kTapeCapacity || Send(nullptr); }
  void Tag(TapeTag tag) { memory_.tags[tag_++] = tag; }
  void Number(TapeTag tag, double number) {
    Tag(tag);
    memory_.numbers[number_++] = number;
  }
  // A str.
  bool Text(PyObject* text);
  void Other(napi_value value);
  // The end: what was built.
  napi_value Finish();

 private:
  // Tags between two calls of Reserve.
  static constexpr size_t kRoom = 4;

  bool Send(napi_value* result);
  bool OpenScope();
  void CloseScope();

  Environment* environment_;
  napi_env env_;
  size_t level_;
  WritableTape memory_;
  bool first_ = true;
  size_t tag_ = 0;
  size_t number_ = 0;
  std::string text_;
  napi_value others_ = nullptr;  // made when there is one
  uint32_t other_ = 0;
  napi_escapable_handle_scope scope_ = nullptr;
};

}  // namespace snakepit

#endif  // SNAKEPIT_TAPE_WRITER_H_
