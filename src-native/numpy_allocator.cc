#include "numpy_allocator.h"

#include <algorithm>
#include <cstring>

#include "arena.h"

namespace snakepit {
namespace {

// PyDataMem_Handler of numpy/ndarraytypes.h, version 1.
struct Allocator {
  void* context;
  void* (*malloc)(void* context, size_t bytes);
  void* (*calloc)(void* context, size_t count, size_t size);
  void* (*realloc)(void* context, void* pointer, size_t bytes);
  void (*free)(void* context, void* pointer, size_t bytes);
};
struct Handler {
  char name[127];
  uint8_t version;
  Allocator allocator;
};

Allocator g_numpys;  // serves what the arena does not, and frees what was made before
bool g_installed = false;

void* Allocate(size_t bytes, bool zeroed) {
  if (bytes < kArenaMinimum) return nullptr;
  return Arena::Get()->Allocate(bytes, zeroed);
}

void* Malloc(void*, size_t bytes) {
  if (void* block = Allocate(bytes, false)) return block;
  return g_numpys.malloc(g_numpys.context, bytes);
}

void* Calloc(void*, size_t count, size_t size) {
  size_t bytes;
  if (!__builtin_mul_overflow(count, size, &bytes)) {
    if (void* block = Allocate(bytes, true)) return block;
  }
  return g_numpys.calloc(g_numpys.context, count, size);
}

void* Realloc(void*, void* pointer, size_t bytes) {
  if (!Arena::Owns(pointer)) return g_numpys.realloc(g_numpys.context, pointer, bytes);
  if (bytes >= kArenaMinimum) {
    if (void* moved = Arena::Get()->Reallocate(pointer, bytes)) return moved;
  }
  // Out of the arena. How much may be read is what the block's pages hold.
  void* moved = g_numpys.malloc(g_numpys.context, bytes);
  if (moved == nullptr) return nullptr;
  memcpy(moved, pointer, std::min(bytes, Arena::Get()->BlockBytes(pointer)));
  Arena::Get()->Unhold(pointer);
  return moved;
}

void Free(void*, void* pointer, size_t bytes) {
  if (Arena::Owns(pointer)) {
    Arena::Get()->Unhold(pointer);
    return;
  }
  g_numpys.free(g_numpys.context, pointer, bytes);
}

}  // namespace

void* ReplaceNumpyHandler(void* numpys_handler) {
  if (g_installed || numpys_handler == nullptr || Arena::Get() == nullptr) return nullptr;
  const auto* numpys = static_cast<const Handler*>(numpys_handler);
  if (numpys->version != 1) return nullptr;
  g_numpys = numpys->allocator;
  // Lives as long as the process: every array made from now on remembers the capsule.
  static Handler ours = {"snakepit", 1, {nullptr, Malloc, Calloc, Realloc, Free}};
  return &ours;
}

void InstallNumpyAllocator(PyObject* default_handler) {
  if (default_handler == nullptr) return;
  void* numpys = py.PyCapsule_GetPointer(default_handler, "mem_handler");
  if (numpys == nullptr) {
    py.PyErr_Clear();
    return;
  }
  void* ours = ReplaceNumpyHandler(numpys);
  if (ours == nullptr) return;
  if (py.PyCapsule_SetPointer(default_handler, ours) != 0) {
    py.PyErr_Clear();
    return;
  }
  g_installed = true;
}

bool NumpyAllocatorInstalled() { return g_installed; }

}  // namespace snakepit
