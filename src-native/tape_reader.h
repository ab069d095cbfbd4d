// Arrays, plain objects, Maps and Sets of JavaScript's as lists, dicts and sets.
#ifndef SNAKEPIT_TAPE_READER_H_
#define SNAKEPIT_TAPE_READER_H_

#include <string>
#include <vector>

#include "convert.h"
#include "environment.h"
#include "ref.h"
#include "tape.h"

namespace snakepit {

// Makes one Python value of what the TypeScript side writes on its tape, piece by piece. On the
// stack, for the time of one conversion; the GIL is held.
class TapeReader {
 public:
  TapeReader(Environment* environment, const Place& place);
  ~TapeReader();
  TapeReader(const TapeReader&) = delete;
  TapeReader& operator=(const TapeReader&) = delete;

  // False: a JS exception is pending.
  bool Read(size_t tags, napi_value text, napi_value others);
  Ref TakeResult() { return std::move(result_); }
  // Where the value stands that is being read: `[2].name`.
  std::string Path() const;

 private:
  enum class Kind : uint8_t { kList, kMapping, kSet, kRecord, kShape };
  struct Frame {
    Kind kind;
    PyObject* made;  // its parent, or result_, owns it
    size_t shape;
    uint64_t index;
    uint64_t count;
    Ref key;  // of a mapping, between key and value
  };
  // What a piece of tape brings besides its tags.
  struct Piece {
    const double* number;
    const char16_t* text;
    napi_value others;
    uint32_t other = 0;
  };

  bool ReadTag(uint8_t tag, Piece* piece);
  bool Open(Kind kind, Ref made, uint64_t count, size_t shape = 0);
  bool OpenShape(uint64_t count);
  // Takes the reference over, which is null where making the value failed.
  bool Put(Ref value);
  bool PutIn(Frame& frame, Ref value);
  bool PutMember(Frame& frame, Ref member);
  bool PutOther(Piece* piece);
  void PopFull() {
    while (!frames_.empty() && frames_.back().index == frames_.back().count) frames_.pop_back();
  }

  bool Refuse(const std::string& why) const;
  bool RefuseKey();
  bool RefuseSame(PyObject* key);
  bool FailInPython() const;

  Environment* environment_;
  napi_env env_;
  TapeReader* outer_;
  size_t level_;
  const Place place_;
  Ref result_;
  std::vector<Frame> frames_;
  std::vector<std::vector<Ref>> shapes_;
  std::vector<PyObject*> containers_;  // all of them, in the order of the tape
};

}  // namespace snakepit

#endif  // SNAKEPIT_TAPE_READER_H_
