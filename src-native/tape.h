// Nested data on its way across: tags and numbers in memory that both sides see. The table is that
// of src/in-process/tape.ts, which also says what each tag means; a test compares the two.
#ifndef SNAKEPIT_TAPE_H_
#define SNAKEPIT_TAPE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "js.h"

namespace snakepit {

enum TapeTag : uint8_t {
  kTapeNull,
  kTapeTrue,
  kTapeFalse,
  kTapeInteger,
  kTapeNumber,
  kTapeText,
  kTapeOther,
  kTapeList,
  kTapeMapping,
  kTapeSet,
  kTapeRecord,
  kTapeShape,
  kTapeAgain,
  kTapeKeep,
  kTapeRefuse,
};

enum TapeRefusal { kTooDeep, kTooLarge };

constexpr size_t kTapeCapacity = 4096;
constexpr size_t kTapeDepthLimit = 1000;
constexpr size_t kTapeRecordLimit = 64;
constexpr size_t kTapeShapeLimit = 32;

// One tape of the TypeScript side, towards Python.
struct TapeMemory {
  const uint8_t* tags = nullptr;
  const double* numbers = nullptr;
  std::vector<char16_t> text;  // scratch of whoever reads it
};

// One towards JavaScript.
struct WritableTape {
  uint8_t* tags = nullptr;
  double* numbers = nullptr;
};

class TapeReader;  // tape_reader.h

// Of one JS thread. By level: data whose getters convert data need another tape.
struct Tapes {
  std::vector<TapeMemory> levels;
  TapeReader* reader = nullptr;  // the innermost
  std::vector<WritableTape> writable;
  size_t writing = 0;  // how many conversions to JavaScript are under way
};

NativeTable TapeTable();

}  // namespace snakepit

#endif  // SNAKEPIT_TAPE_H_
