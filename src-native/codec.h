// Conversions that users registered (py.codec), of one JS thread. While there is none, a crossing
// costs one look at a flag of its Environment.
#ifndef SNAKEPIT_CODEC_H_
#define SNAKEPIT_CODEC_H_

#include "environment.h"
#include "ref.h"

namespace snakepit {

// Ask only where Environment::decodes is set. False: no codec has this object, or its codec leaves
// it. True with a null value: a JS exception is pending. Runs the user's code. The GIL is held.
bool Decode(Environment* environment, PyObject* object, napi_value* value);

// Ask only where Environment::encodes is set. False: a JS exception is pending. `*made` is what
// goes to Python instead; null: the value itself.
bool Encode(Environment* environment, napi_value value, napi_value* made);

// What converts in its scope has no codec: results that the bridge itself asked for.
class WithoutCodecs {
 public:
  explicit WithoutCodecs(Environment* environment)
      : environment_(environment), decodes_(environment->decodes) {
    environment->decodes = false;
  }
  ~WithoutCodecs() { environment_->decodes = decodes_; }
  WithoutCodecs(const WithoutCodecs&) = delete;
  WithoutCodecs& operator=(const WithoutCodecs&) = delete;

 private:
  Environment* environment_;
  bool decodes_;
};

NativeTable CodecTable();

}  // namespace snakepit

#endif  // SNAKEPIT_CODEC_H_
