#include "worker_memory.h"

#include <atomic>
#include <deque>

#include "arena.h"
#include "numpy_allocator.h"

namespace snakepit {
namespace {

// Free files stay warm for so long: a loop finds its memory again, an idle worker keeps none.
constexpr uint64_t kWarmMilliseconds = 2000;

std::atomic<bool> g_started{false};

ArenaPeer* Host() {
  static auto* const host = new ArenaPeer();
  return host;
}

}  // namespace

void TrimWorkerMemory() {
  if (g_started.load(std::memory_order_acquire)) Arena::Get()->TrimIdle(kWarmMilliseconds);
}

}  // namespace snakepit

#define SNAKEPIT_EXPORT extern "C" __attribute__((visibility("default")))

SNAKEPIT_EXPORT void* snakepit_memory_start(void* numpys_handler, uint64_t most_bytes) {
  using snakepit::Arena;
  void* handler = snakepit::ReplaceNumpyHandler(numpys_handler);
  if (handler == nullptr || snakepit::g_started.exchange(true)) return nullptr;
  Arena::Get()->AddPeer(snakepit::Host());
  Arena::Get()->FilesFrom(snakepit::kArenaMinimum);
  if (most_bytes > 0) Arena::Get()->Limit(static_cast<size_t>(most_bytes));
  return handler;
}

SNAKEPIT_EXPORT int snakepit_memory_show(const void* data, uint64_t bytes, SnakepitBlock* out) {
  using snakepit::Arena;
  if (!Arena::Owns(data)) return 0;
  snakepit::ArenaFile file;
  if (!Arena::Get()->Export(data, static_cast<size_t>(bytes), &file)) return 0;
  *out = {file.file, file.bytes, file.data, file.fd, file.first ? 1 : 0};
  return 1;
}

SNAKEPIT_EXPORT void snakepit_memory_release(const void* data) {
  snakepit::Arena::Get()->Unhold(data);
}

SNAKEPIT_EXPORT int snakepit_memory_closed(uint64_t* files, int most) {
  static auto* const left = new std::deque<uint64_t>();
  for (const uint64_t file : snakepit::Arena::Get()->TakeClosed(snakepit::Host())) {
    left->push_back(file);
  }
  int count = 0;
  while (count < most && !left->empty()) {
    files[count++] = left->front();
    left->pop_front();
  }
  return count;
}
