// Arrow data across the border by the C Data Interface, in both directions
// (https://arrow.apache.org/docs/format/CDataInterface.html). What JavaScript has of it is for
// src/arrow; here are its memory, its structures and their checks.
#ifndef SNAKEPIT_ARROW_H_
#define SNAKEPIT_ARROW_H_

#include "environment.h"

namespace snakepit {

NativeTable ArrowHandOverTable();
NativeTable ArrowTakeOutTable();

}  // namespace snakepit

#endif  // SNAKEPIT_ARROW_H_
