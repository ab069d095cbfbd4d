// What the tensor code keeps for each JS thread.
#ifndef SNAKEPIT_TENSOR_STATE_H_
#define SNAKEPIT_TENSOR_STATE_H_

#include "environment.h"
#include "tensor.h"

namespace snakepit {

struct TensorState {
  double* scratch = nullptr;
  double* copies = nullptr;         // [count, bytes, one counter for each reason]
  napi_ref keep_scratch = nullptr;  // strong: the memory of both must not move or die
  napi_ref keep_copies = nullptr;
  napi_ref describe = nullptr;  // (tensor) => its data array, layout in the scratch
  double max_bytes = 0;         // this engine's largest buffer
  bool forbid_copies = false;   // the policy of open()
  bool main_thread = true;
};

TensorState* StateOf(Environment* environment);

inline void CountCopy(TensorState* state, CopyReason reason, double bytes) {
  state->copies[0] += 1;
  state->copies[1] += bytes;
  state->copies[2 + static_cast<int>(reason)] += 1;
}

}  // namespace snakepit

#endif  // SNAKEPIT_TENSOR_STATE_H_
