#include "given.h"

#include <string>
#include <utility>

#include "errors.h"
#include "window.h"

namespace snakepit {

Given::~Given() {
  // What never reached Python: the job was stopped, or one before it could not be made.
  for (size_t i = wrapped_; i < values_.size(); i++) {
    if (values_[i].memory != nullptr) values_[i].memory->hold.Release();
    if (values_[i].lent != nullptr) values_[i].lent->Drop();
    if (values_[i].js.reference != nullptr) DeferReference(environment_, values_[i].js.reference);
  }
}

bool Given::Hold(Environment* environment, napi_value values) {
  environment_ = environment;
  napi_env env = environment->env;
  uint32_t count = 0;
  napi_get_array_length(env, values, &count);
  values_.reserve(count);
  for (uint32_t i = 0; i < count; i++) {
    napi_value value = nullptr;
    napi_get_element(env, values, i, &value);
    One one;
    if (!HoldOne(value, &one)) return false;
    values_.push_back(std::move(one));
  }
  return true;
}

bool Given::HoldOne(napi_value value, One* one) {
  napi_env env = environment_->env;
  auto memory = std::make_unique<HeldMemory>();
  bool is = false;
  bool held = false;
  if (napi_is_typedarray(env, value, &is) == napi_ok && is) {
    held = HoldArgument(environment_, value, memory.get());
  } else {
    napi_is_arraybuffer(env, value, &is);
    if (!is) napi_is_dataview(env, value, &is);
    if (!is) {
      napi_instanceof(env, value, js::Deref(env, environment_->shared_buffer_class), &is);
    }
    if (is) {
      held = HoldBytes(environment_, value, memory.get());
    } else {
      napi_value bridge = nullptr;
      napi_get_property(env, value, js::Deref(env, environment_->bridge_symbol), &bridge);
      const napi_valuetype bridged = bridge == nullptr ? napi_undefined : js::TypeOf(env, bridge);
      if (bridged == napi_number) {
        HandleTable* handles = environment_->handles;
        one->lent = handles->Lend(handles->Read(bridge));
        return one->lent != nullptr;
      }
      if (bridged == napi_string) {
        is = true;
        held = HoldTensor(environment_, value, memory.get());
      }
    }
  }
  if (is) {
    if (held) one->memory = std::move(memory);
    return held;
  }
  if (ReferJs(environment_, value, &one->js)) return true;
  if (!js::ExceptionPending(env)) {
    ThrowSnakepit(environment_, "ERR_CONVERSION", "this value has no counterpart in Python");
  }
  return false;
}

Ref Given::ToPython() {
  if (values_.empty()) return Ref::Borrow(py._Py_NoneStruct);
  Ref list = Ref::Steal(py.PyList_New(static_cast<Py_ssize_t>(values_.size())));
  if (!list) return nullptr;
  for (One& one : values_) {
    const size_t index = wrapped_++;
    Ref made;
    if (one.lent != nullptr) {
      made = Ref::Borrow(one.lent->object());
      one.lent->Drop();
    } else {
      made = one.memory != nullptr ? WrapMemory(*one.memory) : WrapJs(environment_, one.js);
    }
    if (!made) return nullptr;
    py.PyList_SetItem(list.get(), static_cast<Py_ssize_t>(index), made.Release());
  }
  return list;
}

}  // namespace snakepit
