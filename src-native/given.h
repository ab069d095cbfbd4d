// What a job takes along that is no data: memory, functions, objects. Held on the JS thread without
// the GIL; made Python's on the thread that runs the job.
#ifndef SNAKEPIT_GIVEN_H_
#define SNAKEPIT_GIVEN_H_

#include <memory>
#include <vector>

#include "js_object.h"
#include "python_object.h"
#include "tensor.h"

namespace snakepit {

class Given {
 public:
  Given() = default;
  ~Given();
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;

  // Holds every value of a JS array. False: a JS exception is pending.
  bool Hold(Environment* environment, napi_value values);
  // A list of their Python objects; None where there are none. Null: a Python error is pending.
  Ref ToPython();

 private:
  struct One {
    std::unique_ptr<HeldMemory> memory;  // either this
    HeldJs js;                           // or this
    Lent* lent = nullptr;                // or this
  };
  bool HoldOne(napi_value value, One* one);

  Environment* environment_ = nullptr;
  std::vector<One> values_;
  size_t wrapped_ = 0;
};

}  // namespace snakepit

#endif  // SNAKEPIT_GIVEN_H_
