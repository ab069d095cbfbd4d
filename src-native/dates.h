// A JS Date as an aware datetime in UTC, and back.
#ifndef SNAKEPIT_DATES_H_
#define SNAKEPIT_DATES_H_

#include "environment.h"
#include "ref.h"

namespace snakepit {

// The milliseconds since 1970 that Python's years 1 to 9999 cover.
constexpr double kFirstMillisecond = -62135596800000.0;
constexpr double kLastMillisecond = 253402300799999.0;

// In range and whole. Null: a Python error is pending.
Ref DateToPython(double milliseconds);
// The subclass of datetime that a Date becomes, so that it comes back as one. Null until one was
// made.
extern PyTypeObject* date_type;
// Of an exact instance of date_type. Null: a JS exception is pending.
napi_value DateToJs(Environment* environment, PyObject* date);

}  // namespace snakepit

#endif  // SNAKEPIT_DATES_H_
