// Calls: resolve the handle, convert the arguments, vectorcall, convert the result.
#ifndef SNAKEPIT_CALL_H_
#define SNAKEPIT_CALL_H_

#include "convert.h"
#include "environment.h"
#include "ref.h"

namespace snakepit {

// What a native function returns for a Python result: its JS value, or, for null, the pending
// exception thrown.
napi_value Finish(Environment* environment, Ref result, ProxyMaking making = ProxyMaking::kNow);

NativeTable CallTable();

}  // namespace snakepit

#endif  // SNAKEPIT_CALL_H_
