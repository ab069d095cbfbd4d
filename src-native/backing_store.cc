#include "backing_store.h"

#include <dlfcn.h>
#if defined(__linux__)
#include <link.h>
#endif

#include <atomic>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "v8_symbols.h"

namespace snakepit {
namespace {

std::atomic<HoldMode> g_mode{HoldMode::kUntested};
std::atomic<bool> g_allowed{false};

// libstdc++'s _Sp_counted_base: a vtable, then the two counts. Slot 2 disposes of the object,
// slot 3 destroys the block. The self-test proves the counts before any of it is used.
struct ControlBlock {
  void (**vtable)(ControlBlock*);
  int use;
  int weak;
};
constexpr int kDisposeSlot = 2;
constexpr int kDestroySlot = 3;

ControlBlock* Control(void* control) { return static_cast<ControlBlock*>(control); }

int LoadCount(const int* count) { return __atomic_load_n(count, __ATOMIC_ACQUIRE); }

void DropWeak(ControlBlock* block) {
  if (__atomic_fetch_sub(&block->weak, 1, __ATOMIC_ACQ_REL) != 1) return;
  block->vtable[kDestroySlot](block);
}

void CountDown(void* control) {
  ControlBlock* block = Control(control);
  if (__atomic_fetch_sub(&block->use, 1, __ATOMIC_ACQ_REL) != 1) return;
  block->vtable[kDisposeSlot](block);
  DropWeak(block);
}

std::mutex g_queue_mutex;
std::vector<OpaqueSharedPtr>* g_queue = new std::vector<OpaqueSharedPtr>();
std::atomic<bool> g_queue_dirty{false};

std::atomic<bool> g_count_addresses{false};
std::mutex g_address_mutex;
std::unordered_map<const void*, int>* g_addresses = new std::unordered_map<const void*, int>();

bool LibstdcxxIsMapped() {
#if defined(__linux__)
  bool found = false;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        if (info->dlpi_name != nullptr && strstr(info->dlpi_name, "libstdc++") != nullptr) {
          *static_cast<bool*>(data) = true;
        }
        return 0;
      },
      &found);
  return found;
#else
  return false;
#endif
}

// Moves the words into a throw-away ArrayBuffer and detaches it: V8's own code counts down.
// True when V8 took them, which it shows by leaving nulls behind.
bool GiveBack(napi_env env, OpaqueSharedPtr* words) {
  const V8Symbols& v8 = GetV8Symbols();
  void* handle = v8.array_buffer_new(v8.current_isolate(), words);
  if (words->store != nullptr || words->control != nullptr || handle == nullptr) return false;
  return napi_detach_arraybuffer(env, static_cast<napi_value>(handle)) == napi_ok;
}

bool IsCode(void (*function)(ControlBlock*)) {
  Dl_info info;
  return dladdr(reinterpret_cast<void*>(function), &info) != 0;
}

// Does counting by hand agree with what V8 does? Tried on a buffer of our own.
bool CountsAreWhereExpected(const void* handle, void* isolate_unused, napi_env env) {
  (void)isolate_unused;
  const V8Symbols& v8 = GetV8Symbols();
  OpaqueSharedPtr first = v8.array_buffer_store(handle);
  ControlBlock* block = Control(first.control);
  const int before = LoadCount(&block->use);
  OpaqueSharedPtr second = v8.array_buffer_store(handle);
  const bool same = second.store == first.store && second.control == first.control;
  const bool counted = before >= 2 && before < 64 && LoadCount(&block->use) == before + 1 &&
                       LoadCount(&block->weak) == 1;
  const bool code =
      counted && IsCode(block->vtable[kDisposeSlot]) && IsCode(block->vtable[kDestroySlot]);
  if (!same || !code) {
    // The count is not understood, so V8 has to take both back itself.
    GiveBack(env, &second);
    GiveBack(env, &first);
    return false;
  }
  CountDown(second.control);
  const bool down = LoadCount(&block->use) == before;
  const bool given = GiveBack(env, &first) && LoadCount(&block->use) == before - 1;
  return down && given;
}

HoldMode SelfTest(napi_env env) {
  const V8Symbols& v8 = GetV8Symbols();
  if (!v8.CanHold()) return HoldMode::kOff;
  napi_value buffer;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, 64, &data, &buffer) != napi_ok) return HoldMode::kOff;
  OpaqueSharedPtr words = v8.array_buffer_store(buffer);
  if (words.store == nullptr || words.control == nullptr) return HoldMode::kOff;
  if (v8.store_data(words.store) != data || v8.store_bytes(words.store) != 64) {
    return HoldMode::kOff;
  }
  if (!GiveBack(env, &words)) return HoldMode::kOff;
  if (!LibstdcxxIsMapped()) return HoldMode::kNode;
  return CountsAreWhereExpected(buffer, nullptr, env) ? HoldMode::kCount : HoldMode::kNode;
}

void NoteAddress(const void* data, int change) {
  std::lock_guard<std::mutex> lock(g_address_mutex);
  auto entry = g_addresses->emplace(data, 0).first;
  entry->second += change;
  if (entry->second <= 0) g_addresses->erase(entry);
}

}  // namespace

void AllowStoreHolds(bool plain_node) { g_allowed.store(plain_node, std::memory_order_relaxed); }

HoldMode TestStoreHolds(napi_env env) {
  static std::once_flag once;
  std::call_once(once, [&] {
    const bool allowed = g_allowed.load(std::memory_order_relaxed);
    g_mode.store(allowed ? SelfTest(env) : HoldMode::kOff, std::memory_order_release);
  });
  return CurrentHoldMode();
}

HoldMode CurrentHoldMode() { return g_mode.load(std::memory_order_acquire); }

HoldResult HoldStore(napi_env env, napi_value buffer, bool shared, StoreHold* out) {
  HoldMode mode = CurrentHoldMode();
  if (mode == HoldMode::kUntested) mode = TestStoreHolds(env);
  // SharedArrayBuffer::New copies the pointer instead of moving it, so only counting releases it.
  if (mode == HoldMode::kOff || (shared && mode != HoldMode::kCount)) {
    return HoldResult::kUnavailable;
  }
  const V8Symbols& v8 = GetV8Symbols();
  OpaqueSharedPtr words =
      shared ? v8.shared_array_buffer_store(buffer) : v8.array_buffer_store(buffer);
  if (words.store == nullptr) return HoldResult::kUnavailable;
  StoreHold hold{words.store, words.control, nullptr};
  if (g_count_addresses.load(std::memory_order_relaxed)) {
    hold.data = v8.store_data(words.store);
    NoteAddress(hold.data, 1);
  }
  // A growable shared buffer never moves or shrinks; a resizable one gives pages back.
  if (!shared && v8.store_resizable(words.store)) {
    ReleaseStore(hold);
    return HoldResult::kResizable;
  }
  *out = hold;
  return HoldResult::kHeld;
}

void ReleaseStore(StoreHold hold) {
  if (hold.control == nullptr) return;
  if (hold.data != nullptr) NoteAddress(hold.data, -1);
  if (CurrentHoldMode() == HoldMode::kCount) {
    CountDown(hold.control);
    return;
  }
  OpaqueSharedPtr words;
  words.store = hold.store;
  words.control = hold.control;
  std::lock_guard<std::mutex> lock(g_queue_mutex);
  g_queue->push_back(words);
  g_queue_dirty.store(true, std::memory_order_release);
}

void* WatchStore(napi_env env, napi_value buffer) {
  if (TestStoreHolds(env) != HoldMode::kCount) return nullptr;
  OpaqueSharedPtr words = GetV8Symbols().array_buffer_store(buffer);
  if (words.control == nullptr) return nullptr;
  __atomic_fetch_add(&Control(words.control)->weak, 1, __ATOMIC_RELAXED);
  CountDown(words.control);
  return words.control;
}

bool UnwatchStore(void* watch) {
  ControlBlock* block = Control(watch);
  const bool seen = LoadCount(&block->use) > 0;
  DropWeak(block);
  return seen;
}

void DrainStores(napi_env env) {
  if (!g_queue_dirty.load(std::memory_order_acquire)) return;
  std::vector<OpaqueSharedPtr> taken;
  {
    std::lock_guard<std::mutex> lock(g_queue_mutex);
    taken.swap(*g_queue);
    g_queue_dirty.store(false, std::memory_order_release);
  }
  for (OpaqueSharedPtr& words : taken) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env, &scope) != napi_ok) return;  // leak, never guess
    GiveBack(env, &words);
    napi_close_handle_scope(env, scope);
  }
}

void CountHeldAddresses() { g_count_addresses.store(true, std::memory_order_relaxed); }

bool IsHeldAddress(const void* data) {
  std::lock_guard<std::mutex> lock(g_address_mutex);
  return g_addresses->count(data) != 0;
}

}  // namespace snakepit
