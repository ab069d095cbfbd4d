// Element types: one row each, in the order of DTYPES in src/contract/dtype.ts (a test compares).
#ifndef SNAKEPIT_DTYPE_H_
#define SNAKEPIT_DTYPE_H_

#include <cstddef>
#include <cstdint>

namespace snakepit {

enum class Dtype : int8_t {
  kUnsupported = -1,
  kBool,
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kUint64,
  kFloat16,
  kBfloat16,
  kFloat32,
  kFloat64,
  kComplex64,
  kComplex128,
  kDatetime64,
  kTimedelta64,
  kCount,
};

struct DtypeRow {
  const char* name;
  int itemsize;
  int component;       // bytes of one element of the JS array: half an item for complex numbers
  int numpy;           // NPY_TYPES; -1 for bfloat16, which ml_dtypes registers at run time
  const char* format;  // struct format of one item, for a memoryview where NumPy is absent
};

constexpr DtypeRow kDtypes[] = {
    {"bool", 1, 1, 0, "?"},        {"int8", 1, 1, 1, "b"},         {"uint8", 1, 1, 2, "B"},
    {"int16", 2, 2, 3, "h"},       {"uint16", 2, 2, 4, "H"},       {"int32", 4, 4, 5, "i"},
    {"uint32", 4, 4, 6, "I"},      {"int64", 8, 8, 7, "q"},        {"uint64", 8, 8, 8, "Q"},
    {"float16", 2, 2, 23, "e"},    {"bfloat16", 2, 2, -1, "H"},    {"float32", 4, 4, 11, "f"},
    {"float64", 8, 8, 12, "d"},    {"complex64", 8, 4, 14, "Zf"},  {"complex128", 16, 8, 15, "Zd"},
    {"datetime64", 8, 8, 21, "q"}, {"timedelta64", 8, 8, 22, "q"},
};
static_assert(sizeof(kDtypes) / sizeof(kDtypes[0]) == static_cast<size_t>(Dtype::kCount),
              "one row for each dtype");

inline const DtypeRow& RowOf(Dtype dtype) { return kDtypes[static_cast<int>(dtype)]; }
inline bool HasUnit(Dtype dtype) {
  return dtype == Dtype::kDatetime64 || dtype == Dtype::kTimedelta64;
}

}  // namespace snakepit

#endif  // SNAKEPIT_DTYPE_H_
