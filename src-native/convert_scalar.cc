// Text and integers, both ways.
#include <cstring>
#include <memory>
#include <vector>

#include "convert.h"
#include "errors.h"
#include "interpreter.h"

namespace snakepit {

PyTypeObject* bigint_type = nullptr;

namespace {

constexpr size_t kStackUnits = 256;
constexpr long long kMaxSafe = 9007199254740991LL;

// 64-bit words, lowest first, of Python's hexadecimal text ("-0x1f…").
std::vector<uint64_t> WordsOf(const char* text, size_t length, int* sign) {
  *sign = text[0] == '-' ? 1 : 0;
  const size_t start = static_cast<size_t>(*sign) + 2;
  std::vector<uint64_t> words((length - start + 15) / 16, 0);
  for (size_t i = start; i < length; i++) {
    const char digit = text[i];
    const uint64_t value = static_cast<uint64_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    const size_t place = length - 1 - i;
    words[place / 16] |= value << (place % 16 * 4);
  }
  return words;
}

napi_value LongIntToJs(Environment* environment, PyObject* integer) {
  const Ref text = Ref::Steal(py.PyNumber_ToBase(integer, 16));
  Py_ssize_t length = 0;
  const char* digits = text ? py.PyUnicode_AsUTF8AndSize(text.get(), &length) : nullptr;
  if (digits == nullptr) return ThrowPython(environment);
  int sign = 0;
  const std::vector<uint64_t> words = WordsOf(digits, static_cast<size_t>(length), &sign);
  napi_value value = nullptr;
  const napi_status status =
      napi_create_bigint_words(environment->env, sign, words.size(), words.data(), &value);
  return status == napi_ok ? value : ThrowJs(environment, status, "making a bigint");
}

PyObject* WordsToPython(const std::vector<uint64_t>& words, int sign) {
  static const char kDigits[] = "0123456789abcdef";
  std::string text = sign != 0 ? "-" : "";
  for (size_t i = words.size() * 16; i-- > 0;) {
    text += kDigits[words[i / 16] >> (i % 16 * 4) & 15];
  }
  return py.PyLong_FromString(text.c_str(), nullptr, 16);
}

PyTypeObject* BigIntType() {
  if (bigint_type != nullptr) return bigint_type;
  const Ref module = ImportOwn("integers");
  if (!module) return nullptr;
  bigint_type = reinterpret_cast<PyTypeObject*>(py.PyObject_GetAttrString(module.get(), "BigInt"));
  return bigint_type;
}

}  // namespace

Ref UnitsToPython(const char16_t* units, size_t count) {
  char16_t all = 0;
  for (size_t i = 0; i < count; i++) all |= units[i];
  if (all > 0xff) {
    int order = -1;  // little endian, and no byte order mark to swallow
    return Ref::Steal(py.PyUnicode_DecodeUTF16(reinterpret_cast<const char*>(units),
                                               static_cast<Py_ssize_t>(count * 2), "surrogatepass",
                                               &order));
  }
  char stack[kStackUnits];
  std::unique_ptr<char[]> heap(count > kStackUnits ? new char[count] : nullptr);
  char* bytes = heap ? heap.get() : stack;
  for (size_t i = 0; i < count; i++) bytes[i] = static_cast<char>(units[i]);
  return Ref::Steal(py.PyUnicode_DecodeLatin1(bytes, static_cast<Py_ssize_t>(count), nullptr));
}

Ref TextToPython(Environment* environment, napi_value text) {
  napi_env env = environment->env;
  char16_t stack[kStackUnits];
  size_t count = 0;
  napi_get_value_string_utf16(env, text, stack, kStackUnits, &count);
  Ref result;
  if (count < kStackUnits - 1) {
    result = UnitsToPython(stack, count);
  } else {
    napi_get_value_string_utf16(env, text, nullptr, 0, &count);
    const std::unique_ptr<char16_t[]> heap(new char16_t[count + 1]);
    napi_get_value_string_utf16(env, text, heap.get(), count + 1, &count);
    result = UnitsToPython(heap.get(), count);
  }
  if (!result) ThrowPython(environment);
  return result;
}

napi_value TextToJs(Environment* environment, PyObject* text) {
  napi_env env = environment->env;
  napi_value value = nullptr;
  napi_status status = napi_ok;
  Py_ssize_t size = 0;
  const char* utf8 = py.PyUnicode_AsUTF8AndSize(text, &size);
  if (utf8 != nullptr && size == py.PyUnicode_GetLength(text)) {
    status = napi_create_string_latin1(env, utf8, static_cast<size_t>(size), &value);  // ASCII
  } else if (utf8 != nullptr) {
    status = napi_create_string_utf8(env, utf8, static_cast<size_t>(size), &value);
  } else {
    py.PyErr_Clear();  // lone surrogates have no UTF-8
    const Ref bytes = Ref::Steal(py.PyUnicode_AsEncodedString(text, "utf-16-le", "surrogatepass"));
    char* data = nullptr;
    if (!bytes || py.PyBytes_AsStringAndSize(bytes.get(), &data, &size) != 0) {
      return ThrowPython(environment);
    }
    status = napi_create_string_utf16(env, reinterpret_cast<const char16_t*>(data),
                                      static_cast<size_t>(size) / 2, &value);
  }
  return status == napi_ok ? value : ThrowJs(environment, status, "making a string");
}

Ref BigIntToPython(Environment* environment, napi_value bigint) {
  napi_env env = environment->env;
  int64_t small = 0;
  bool lossless = false;
  napi_get_value_bigint_int64(env, bigint, &small, &lossless);
  Ref integer;
  if (lossless) {
    integer = Ref::Steal(py.PyLong_FromLongLong(small));
  } else {
    size_t count = 0;
    int sign = 0;
    napi_get_value_bigint_words(env, bigint, nullptr, &count, nullptr);
    std::vector<uint64_t> words(count);
    napi_get_value_bigint_words(env, bigint, &sign, &count, words.data());
    integer = Ref::Steal(WordsToPython(words, sign));
  }
  PyTypeObject* type = integer ? BigIntType() : nullptr;
  Ref result =
      type != nullptr ? Ref::Steal(py.PyObject_CallOneArg(AsObject(type), integer.get())) : nullptr;
  if (!result) ThrowPython(environment);
  return result;
}

napi_value IntToJs(Environment* environment, PyObject* integer) {
  int overflow = 0;
  const long long value = py.PyLong_AsLongLongAndOverflow(integer, &overflow);
  if (overflow != 0) return LongIntToJs(environment, integer);
  napi_value result = nullptr;
  const bool safe = value >= -kMaxSafe && value <= kMaxSafe;
  if (Py_TYPE(integer) == bigint_type || !safe) {
    napi_create_bigint_int64(environment->env, value, &result);
  } else if (value == static_cast<int32_t>(value)) {
    napi_create_int32(environment->env, static_cast<int32_t>(value), &result);
  } else {
    napi_create_double(environment->env, static_cast<double>(value), &result);
  }
  return result;
}

}  // namespace snakepit
