// Conversion, one rule per type pair: the tables of design.md, section 3.
#ifndef SNAKEPIT_CONVERT_H_
#define SNAKEPIT_CONVERT_H_

#include <string>

#include "environment.h"
#include "ref.h"

namespace snakepit {

class TapeReader;

// Where a value stands, for the path in an error: `args[2]` has an index, `value` has none.
struct Place {
  const char* name;
  int index = -1;
  napi_value key = nullptr;            // a keyword's name, instead of an index
  const TapeReader* inside = nullptr;  // the container's reader, for a value in a container
};

// Null: a JS exception is pending, ERR_CONVERSION with the path where the value has no rule. The
// GIL is held.
Ref ToPython(Environment* environment, napi_value value, const Place& place);
// int for a safe integer that is not -0, else float. Null: a Python error is pending.
Ref NumberToPython(double number);
// For messages: `.name`, or `['other key']`; and a path with its middle left out.
std::string KeyStep(PyObject* key);
std::string ShortenPath(const std::string& path);
// Leaves an ERR_CONVERSION with the place's path pending in JS.
void RefuseAt(Environment* environment, const Place& place, const std::string& why);

// Null: a JS exception is pending. The GIL is held.
enum class ProxyMaking {
  kNow,
  kLater,  // by the TypeScript caller, who gets undefined: HandleTable::WrapLater
};
napi_value ToJs(Environment* environment, PyObject* object, ProxyMaking making = ProxyMaking::kNow);
// False: it is no primitive, nothing that is copied and no object of JavaScript's, so ToJs gives a
// proxy. True with a null value: a JS exception is pending.
bool ValueToJs(Environment* environment, PyObject* object, napi_value* value);

// Text both ways through UTF-16, so that NUL, astral characters and lone surrogates survive.
Ref TextToPython(Environment* environment, napi_value text);
Ref UnitsToPython(const char16_t* units, size_t count);
napi_value TextToJs(Environment* environment, PyObject* text);

// Integers beyond 2^53 - 1.
Ref BigIntToPython(Environment* environment, napi_value bigint);
napi_value IntToJs(Environment* environment, PyObject* integer);
// The subclass of int that a JS bigint becomes, so that it comes back as one. Null until one was
// made.
extern PyTypeObject* bigint_type;

}  // namespace snakepit

#endif  // SNAKEPIT_CONVERT_H_
