#include "shared_memory.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "arena.h"
#include "environment.h"
#include "shm.h"
#include "tensor_state.h"
#include "window.h"

namespace snakepit {

// Of one JS thread.
struct SharedMemoryState {
  ArenaPeer peer;
  double* words = nullptr;  // answers beside the value, see src/native/shared-binding.ts
  napi_ref keep_words = nullptr;
};

namespace {

// Smaller results of NumPy's in this process share windows (arena.h), and cross by a copy.
constexpr size_t kFilesFrom = kOwnWindow + 1;

SharedMemoryState* StateFor(const Environment* environment) { return environment->shared_memory; }

void* PointerOf(napi_env env, napi_value address) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(js::ToDouble(env, address)));
}

double AddressOf(const void* pointer) {
  return static_cast<double>(reinterpret_cast<uintptr_t>(pointer));
}

// The end of the JS thread; the state stays for finalisers that Node runs later.
void OnCleanup(void* data) {
  Arena::Get()->RemovePeer(&static_cast<SharedMemoryState*>(data)->peer);
}

// installSharedMemory(words): false where this system has none. From now on large results of
// NumPy's in this process are files of their own too.
napi_value InstallSharedMemory(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  Environment* environment = in.environment;
  if (Arena::Get() == nullptr) return js::Boolean(env, false);
  if (environment->shared_memory != nullptr) return js::Boolean(env, true);
  auto* state = new SharedMemoryState();
  void* data = nullptr;
  napi_get_typedarray_info(env, in[0], nullptr, nullptr, &data, nullptr, nullptr);
  state->words = static_cast<double*>(data);
  napi_create_reference(env, in[0], 1, &state->keep_words);
  environment->shared_memory = state;
  EnsureWindowTable(environment);
  Arena::Get()->AddPeer(&state->peer);
  Arena::Get()->FilesFrom(kFilesFrom);
  napi_add_env_cleanup_hook(env, OnCleanup, state);
  return js::Boolean(env, true);
}

// The window over a block that is held, its place in the words.
napi_value Show(Environment* environment, uint8_t* block, size_t bytes) {
  const double most = StateOf(environment)->max_bytes;
  if (static_cast<double>(bytes) > most || OverUnseenBudget(environment, bytes)) return nullptr;
  BufferView view;
  if (OpenArenaWindow(environment, block, &view) != napi_ok) {
    napi_value ignored;
    if (js::ExceptionPending(environment->env)) {
      napi_get_and_clear_last_exception(environment->env, &ignored);
    }
    return nullptr;
  }
  double* words = StateFor(environment)->words;
  words[0] = AddressOf(block);
  words[1] = static_cast<double>(block - view.start);
  words[2] = static_cast<double>(bytes);
  return view.buffer;
}

// allocShared(bytes): a zeroed buffer that is a file of its own; words: address, offset, bytes of
// the block. Undefined where this engine has no buffer of that size.
napi_value AllocShared(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  SweepWithoutPython(in.environment);
  const auto bytes = static_cast<size_t>(js::ToDouble(env, in[0]));
  if (static_cast<double>(bytes) > StateOf(in.environment)->max_bytes) return nullptr;
  void* block = Arena::Get()->Allocate(bytes, true, OwnFile::kAlways);
  if (block == nullptr) return nullptr;
  napi_value buffer = Show(in.environment, static_cast<uint8_t*>(block), bytes);
  Arena::Get()->Unhold(block);
  return buffer;
}

// showBlock(view): the number of the file that its memory is, held until releaseBlock; 0 where it
// is none. Words: address of the block, offset of the view in it, its bytes, descriptor.
napi_value ShowBlock(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  void* data = nullptr;
  size_t length = 0;
  napi_typedarray_type type = napi_uint8_array;
  napi_get_typedarray_info(env, in[0], &type, &length, &data, nullptr, nullptr);
  ArenaFile file;
  // Of a view without elements, the block may be another's.
  if (length == 0 || !Arena::Owns(data) || !Arena::Get()->Export(data, 1, &file)) {
    return js::Number(env, 0);
  }
  double* words = StateFor(in.environment)->words;
  words[0] = AddressOf(file.data);
  words[1] = static_cast<double>(static_cast<uint8_t*>(data) - file.data);
  words[2] = static_cast<double>(file.bytes);
  words[3] = file.fd;
  return js::Number(env, static_cast<double>(file.file));
}

// holdBlock(address): once more
napi_value HoldBlock(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  ArenaRegion* whole = nullptr;
  return js::Boolean(env, Arena::Get()->Hold(PointerOf(env, in[0]), 1, &whole));
}

napi_value ReleaseBlock(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  Arena::Get()->Unhold(PointerOf(env, in[0]));
  return nullptr;
}

// receiveFile(socket): the number that came with a descriptor, words: the descriptor; or a negative
// errno, -EPROTO for what is no such message.
napi_value ReceiveFile(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  constexpr int kMostDescriptors = 4;
  char text[24] = {};
  iovec part = {text, sizeof text - 1};
  alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
#if defined(MSG_CMSG_CLOEXEC)
  constexpr int kFlags = MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
#else
  constexpr int kFlags = MSG_DONTWAIT;
#endif
  const ssize_t count = recvmsg(static_cast<int>(js::ToDouble(env, in[0])), &message, kFlags);
  if (count < 0) return js::Number(env, -errno);
  std::vector<int> descriptors;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t ints = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < ints; i++) {
      int descriptor = -1;
      memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof descriptor);
      descriptors.push_back(descriptor);
    }
  }
  const double number = std::strtod(text, nullptr);
  const bool cut = (message.msg_flags & MSG_CTRUNC) != 0;
  if (descriptors.size() == 1 && !cut && number >= 1 && number <= 9007199254740991.0) {
    StateFor(in.environment)->words[0] = descriptors[0];
    return js::Number(env, number);
  }
  for (const int descriptor : descriptors) close(descriptor);
  return js::Number(env, -EPROTO);
}

// importFile(descriptor): our number for another process's file, whose descriptor is ours from here
// on; words: its bytes. 0 where it is not to be relied upon, or the system refuses.
napi_value ImportFile(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  const int descriptor = static_cast<int>(js::ToDouble(env, in[0]));
  size_t bytes = 0;
  if (!SealForeign(descriptor, &bytes)) {
    close(descriptor);
    return js::Number(env, 0);
  }
  SharedMemoryState* state = StateFor(in.environment);
  state->words[0] = static_cast<double>(bytes);
  return js::Number(env,
                    static_cast<double>(Arena::Get()->Import(descriptor, bytes, &state->peer)));
}

// openFile(number): a buffer over the file's block, words as allocShared, and which use of the file
// it is; undefined where there is none, or this engine has no buffer of that size.
napi_value OpenFile(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  SweepWithoutPython(in.environment);
  size_t bytes = 0;
  uint64_t use = 0;
  const auto file = static_cast<uint64_t>(js::ToDouble(env, in[0]));
  void* block = Arena::Get()->HoldFile(file, &bytes, &use);
  if (block == nullptr) return nullptr;
  StateFor(in.environment)->words[3] = static_cast<double>(use);
  napi_value buffer = Show(in.environment, static_cast<uint8_t*>(block), bytes);
  Arena::Get()->Unhold(block);
  return buffer;
}

// forgetFile(number): its owner let go of it, or died
napi_value ForgetFile(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  Arena::Get()->ForgetImport(static_cast<uint64_t>(js::ToDouble(env, in[0])));
  return nullptr;
}

napi_value Numbers(napi_env env, const std::vector<uint64_t>& from) {
  napi_value list = nullptr;
  napi_create_array_with_length(env, from.size(), &list);
  for (size_t i = 0; i < from.size(); i++) {
    napi_set_element(env, list, static_cast<uint32_t>(i),
                     js::Number(env, static_cast<double>(from[i])));
  }
  return list;
}

// takeNews(): [imported files that nobody uses here any more, each followed by which use that was;
// own files that are gone] since the last question; undefined where nothing happened.
napi_value TakeNews(napi_env env, napi_callback_info info) {
  Environment* environment = EnvironmentOf(env, info);
  SweepWithoutPython(environment);
  ArenaPeer* peer = &StateFor(environment)->peer;
  const std::vector<uint64_t> freed = Arena::Get()->TakeFreed(peer);
  const std::vector<uint64_t> closed = Arena::Get()->TakeClosed(peer);
  if (freed.empty() && closed.empty()) return nullptr;
  napi_value pair = nullptr;
  napi_create_array_with_length(env, 2, &pair);
  napi_set_element(env, pair, 0, Numbers(env, freed));
  napi_set_element(env, pair, 1, Numbers(env, closed));
  return pair;
}

// trimShared(milliseconds): files that were free for so long go back
napi_value TrimShared(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  Arena::Get()->TrimIdle(static_cast<uint64_t>(js::ToDouble(env, in[0])));
  return nullptr;
}

constexpr NativeFunction kFunctions[] = {
    {"installSharedMemory", InstallSharedMemory},
    {"allocShared", AllocShared},
    {"showBlock", ShowBlock},
    {"holdBlock", HoldBlock},
    {"releaseBlock", ReleaseBlock},
    {"receiveFile", ReceiveFile},
    {"importFile", ImportFile},
    {"openFile", OpenFile},
    {"forgetFile", ForgetFile},
    {"takeNews", TakeNews},
    {"trimShared", TrimShared},
};

}  // namespace

NativeTable SharedMemoryTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

}  // namespace snakepit
