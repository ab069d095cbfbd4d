// What JavaScript does to a Python object but call it: attributes, items, iteration, text.
#ifndef SNAKEPIT_ACCESS_H_
#define SNAKEPIT_ACCESS_H_

#include "environment.h"
#include "ref.h"

namespace snakepit {

// An attribute name: a number from internName, or text. Null: a JS exception is pending.
Ref NameOf(Environment* environment, napi_value name);

NativeTable AccessTable();

}  // namespace snakepit

#endif  // SNAKEPIT_ACCESS_H_
