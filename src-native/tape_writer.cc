#include "tape_writer.h"

#include "convert.h"
#include "errors.h"

namespace snakepit {

namespace {

// V8 copies a piece of a text up to here. A longer one would keep all the tape's text alive.
constexpr Py_ssize_t kShortText = 12;

}  // namespace

TapeWriter::TapeWriter(Environment* environment)
    : environment_(environment), env_(environment->env), level_(environment->tapes.writing++) {}

TapeWriter::~TapeWriter() {
  CloseScope();
  environment_->tapes.writing--;
}

bool TapeWriter::Start() {
  if (level_ >= environment_->tapes.writable.size()) {
    napi_value level = js::Number(env_, static_cast<double>(level_));
    napi_value nothing = nullptr;
    if (napi_call_function(env_, js::Undefined(env_), js::Deref(env_, environment_->build), 1,
                           &level, &nothing) != napi_ok) {
      return false;
    }
  }
  memory_ = environment_->tapes.writable[level_];
  return OpenScope();
}

bool TapeWriter::OpenScope() { return napi_open_escapable_handle_scope(env_, &scope_) == napi_ok; }

void TapeWriter::CloseScope() {
  if (scope_ != nullptr) napi_close_escapable_handle_scope(env_, scope_);
  scope_ = nullptr;
}

bool TapeWriter::Text(PyObject* text) {
  const Py_ssize_t length = py.PyUnicode_GetLength(text);
  Py_ssize_t size = -1;
  const char* utf8 = length > kShortText ? nullptr : py.PyUnicode_AsUTF8AndSize(text, &size);
  if (utf8 != nullptr && size == length) {
    Number(kTapeText, static_cast<double>(length));
    text_.append(utf8, static_cast<size_t>(size));
    return true;
  }
  if (length <= kShortText && utf8 == nullptr) py.PyErr_Clear();
  napi_value value = TextToJs(environment_, text);
  if (value != nullptr) Other(value);
  return value != nullptr;
}

void TapeWriter::Other(napi_value value) {
  if (others_ == nullptr) napi_create_array(env_, &others_);
  napi_set_element(env_, others_, other_++, value);
  Tag(kTapeOther);
}

bool TapeWriter::Send(napi_value* result) {
  napi_value arguments[5] = {js::Number(env_, static_cast<double>(level_)),
                             js::Number(env_, static_cast<double>(tag_)), nullptr, others_,
                             js::Boolean(env_, first_)};
  napi_create_string_latin1(env_, text_.data(), text_.size(), &arguments[2]);
  if (others_ == nullptr) arguments[3] = js::Undefined(env_);
  napi_value built = nullptr;
  const napi_status status = napi_call_function(
      env_, js::Undefined(env_), js::Deref(env_, environment_->build), 5, arguments, &built);
  if (status == napi_ok && result != nullptr) napi_escape_handle(env_, scope_, built, result);
  first_ = false;
  tag_ = 0;
  number_ = 0;
  text_.clear();
  others_ = nullptr;
  other_ = 0;
  CloseScope();
  return status == napi_ok && OpenScope();
}

napi_value TapeWriter::Finish() {
  napi_value result = nullptr;
  return Send(&result) ? result : nullptr;
}

}  // namespace snakepit
