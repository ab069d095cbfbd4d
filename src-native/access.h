// What JavaScript does to a Python object but call it: attributes, items, iteration, text.
#ifndef SNAKEPIT_ACCESS_H_
#define SNAKEPIT_ACCESS_H_

#include "environment.h"

namespace snakepit {

NativeTable AccessTable();

}  // namespace snakepit

#endif  // SNAKEPIT_ACCESS_H_
