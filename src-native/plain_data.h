// $toJS: a Python object as plain data of JavaScript's, all of it in one native call.
#ifndef SNAKEPIT_PLAIN_DATA_H_
#define SNAKEPIT_PLAIN_DATA_H_

#include "environment.h"

namespace snakepit {

NativeTable PlainDataTable();

}  // namespace snakepit

#endif  // SNAKEPIT_PLAIN_DATA_H_
