#include "young_collection.h"

#include <algorithm>
#include <chrono>

#include "environment.h"

namespace snakepit {
namespace {

constexpr size_t kMegabyte = 1 << 20;
// The least between two collections: a few results stay in a cache of the usual size, and few
// objects of the host's grow old before their time.
constexpr size_t kLeastInterval = 16 * kMegabyte;
// From here on V8's own full collections come first.
constexpr size_t kMostInterval = 64 * kMegabyte;
// A collection may take a tenth of the time that copying the same bytes would, at 10 bytes/ns.
constexpr size_t kBytesPerNano = 100;

using Clock = std::chrono::steady_clock;

}  // namespace

YoungCollection::YoungCollection() : interval_(kLeastInterval) {}

void YoungCollection::BeforeWindow(Environment* environment, size_t bytes) {
  if (unseen_ >= interval_ && interval_ < kMostInterval) Ask(environment);
  unseen_ += bytes;
}

void YoungCollection::Ask(Environment* environment) {
  if (environment->collect_young == nullptr) return;
  napi_env env = environment->env;
  const size_t asked = unseen_;
  const uint32_t before = environment->gc_epoch;
  const HandleScope scope(env);
  const Clock::time_point start = Clock::now();
  napi_value ignored;
  if (napi_call_function(env, js::Undefined(env), js::Deref(env, environment->collect_young), 0,
                         nullptr, &ignored) != napi_ok) {
    napi_get_and_clear_last_exception(env, &ignored);
  }
  if (environment->gc_epoch == before) {
    napi_delete_reference(env, environment->collect_young);
    environment->collect_young = nullptr;
    return;
  }
  asked_ = asked;
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start);
  const size_t worth = static_cast<size_t>(nanos.count()) * kBytesPerNano;
  // Up in steps, so that one slow moment of the machine says little.
  interval_ = std::max(kLeastInterval, std::min(worth, interval_ + interval_ / 4));
}

void YoungCollection::Swept(size_t bytes) {
  if (asked_ == 0) {
    // V8 collected by itself: asking may be worth it again.
    interval_ = std::max(kLeastInterval, interval_ / 2);
    return;
  }
  // Results that live on are found dead by no young collection: they only grow old sooner.
  if (bytes < asked_ / 2) interval_ *= 2;
  asked_ = 0;
}

}  // namespace snakepit
