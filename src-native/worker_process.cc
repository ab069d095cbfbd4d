#include "worker_process.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "shm.h"
#include "worker_memory.h"

#if defined(__linux__)
#include <linux/seccomp.h>
#include <sys/syscall.h>
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#endif

namespace snakepit {

namespace {

// A worker has a handful of descriptors; the kernel's own limit is 253.
constexpr uint32_t kMostDescriptors = 16;

// Every function answers a negative errno where the system refused: TypeScript words the error.
napi_value Failure(napi_env env) { return js::Number(env, -errno); }

napi_value Pair(napi_env env, const int (&descriptors)[2]) {
  napi_value pair = nullptr;
  napi_create_array_with_length(env, 2, &pair);
  napi_set_element(env, pair, 0, js::Number(env, descriptors[0]));
  napi_set_element(env, pair, 1, js::Number(env, descriptors[1]));
  return pair;
}

bool MakeNonBlocking(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

#if !defined(__linux__)
void CloseOnExec(const int (&descriptors)[2]) {
  for (const int descriptor : descriptors) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}
#endif

void ClosePair(const int (&descriptors)[2]) {
  close(descriptors[0]);
  close(descriptors[1]);
}

// makePipe(hostEnd): [read, write]; the host's end (0 or 1) does not block, the worker's does
napi_value MakePipe(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  int ends[2] = {-1, -1};
#if defined(__linux__)
  if (pipe2(ends, O_CLOEXEC) != 0) return Failure(env);
#else
  // A fork between the two calls would inherit the pipe; Node forks on this thread only.
  if (pipe(ends) != 0) return Failure(env);
  CloseOnExec(ends);
#endif
  if (!MakeNonBlocking(ends[js::ToDouble(env, in[0]) == 0 ? 0 : 1])) {
    napi_value failure = Failure(env);
    ClosePair(ends);
    return failure;
  }
  return Pair(env, ends);
}

// makeSocketPair(): [host, child]; the host's end does not block
napi_value MakeSocketPair(napi_env env, napi_callback_info) {
  int ends[2] = {-1, -1};
#if defined(__linux__)
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Failure(env);
#else
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return Failure(env);
  CloseOnExec(ends);
#endif
  if (!MakeNonBlocking(ends[0])) {
    napi_value failure = Failure(env);
    ClosePair(ends);
    return failure;
  }
  return Pair(env, ends);
}

// makeMemory(bytes): a nameless file of this size, sealed: it neither grows nor shrinks
napi_value MakeMemory(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  SharedMemory memory;
  if (!CreateSharedMemory(static_cast<size_t>(js::ToDouble(env, in[0])), &memory)) {
    return Failure(env);
  }
  munmap(memory.base, memory.bytes);
  return js::Number(env, memory.fd);
}

// makeFile(): a nameless file that grows as it is written to. Never mapped: who has it may cut it.
napi_value MakeFile(napi_env env, napi_callback_info) {
  const int descriptor = OpenNameless();
  return descriptor < 0 ? Failure(env) : js::Number(env, descriptor);
}

void Unmap(napi_env, void* data, void* hint) { munmap(data, reinterpret_cast<size_t>(hint)); }

// mapMemory(descriptor, bytes): the file as an ArrayBuffer, which unmaps it when it dies. The
// descriptor may be closed at once. Only for files that are sealed: see makeMemory.
napi_value MapMemory(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  const int descriptor = static_cast<int>(js::ToDouble(env, in[0]));
  const size_t bytes = static_cast<size_t>(js::ToDouble(env, in[1]));
  void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (base == MAP_FAILED) return Failure(env);
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(env, base, bytes, Unmap, reinterpret_cast<void*>(bytes),
                                       &buffer) == napi_ok) {
    return buffer;
  }
  munmap(base, bytes);
  errno = ENOTSUP;
  return Failure(env);
}

// sendDescriptors(socket, text, descriptors): bytes sent, all of them or an error; -EAGAIN: later
napi_value SendDescriptors(napi_env env, napi_callback_info info) {
  const Arguments<3> in(env, info);
  std::string text = js::ToText(env, in[1]);
  uint32_t count = 0;
  napi_get_array_length(env, in[2], &count);
  if (count > kMostDescriptors || text.empty()) {
    errno = EINVAL;
    return Failure(env);
  }
  int descriptors[kMostDescriptors] = {};
  for (uint32_t i = 0; i < count; i++) {
    napi_value element = nullptr;
    napi_get_element(env, in[2], i, &element);
    descriptors[i] = static_cast<int>(js::ToDouble(env, element));
  }
  iovec part = {text.data(), text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptors)] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
  }
#if defined(MSG_NOSIGNAL)
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
  constexpr int kFlags = MSG_DONTWAIT;
#endif
  const ssize_t sent = sendmsg(static_cast<int>(js::ToDouble(env, in[0])), &message, kFlags);
  if (sent < 0) return Failure(env);
  return js::Number(env, static_cast<double>(sent));
}

// openProcess(pid): a descriptor that means this process and no later one of the same number
napi_value OpenProcess(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
#if defined(__linux__)
  const int pid = static_cast<int>(js::ToDouble(env, in[0]));
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (descriptor >= 0) return js::Number(env, descriptor);
#else
  (void)in;
  errno = ENOSYS;
#endif
  return Failure(env);
}

// signalProcess(descriptor, signal): 0, or an error; -ESRCH: it is gone
napi_value SignalProcess(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
#if defined(__linux__)
  const int descriptor = static_cast<int>(js::ToDouble(env, in[0]));
  const int number = static_cast<int>(js::ToDouble(env, in[1]));
  if (syscall(SYS_pidfd_send_signal, descriptor, number, nullptr, 0) == 0) {
    return js::Number(env, 0);
  }
#else
  (void)in;
  errno = ENOSYS;
#endif
  return Failure(env);
}

// seccompSupport(): whether the kernel takes a filter that answers calls with an error
napi_value SeccompSupport(napi_env env, napi_callback_info) {
  bool is_there = false;
#if defined(__linux__)
  uint32_t action = SECCOMP_RET_ERRNO;
  is_there = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
#endif
  napi_value answer = nullptr;
  napi_get_boolean(env, is_there, &answer);
  return answer;
}

// landlockSupport(): its version, or why there is none
napi_value LandlockSupport(napi_env env, napi_callback_info) {
#if defined(__linux__)
  constexpr unsigned kAskVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  if (version >= 0) return js::Number(env, static_cast<double>(version));
#else
  errno = ENOSYS;
#endif
  return Failure(env);
}

// closeDescriptor(descriptor): one of ours, which Node in a worker_thread would warn of
napi_value CloseDescriptor(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  close(static_cast<int>(js::ToDouble(env, in[0])));
  return js::Undefined(env);
}

const NativeFunction kFunctions[] = {
    {"makePipe", MakePipe},
    {"closeDescriptor", CloseDescriptor},
    {"makeSocketPair", MakeSocketPair},
    {"makeFile", MakeFile},
    {"makeMemory", MakeMemory},
    {"mapMemory", MapMemory},
    {"sendDescriptors", SendDescriptors},
    {"openProcess", OpenProcess},
    {"signalProcess", SignalProcess},
    {"seccompSupport", SeccompSupport},
    {"landlockSupport", LandlockSupport},
};

struct Beat {
  uint64_t* word;
  unsigned milliseconds;
};

void* KeepBeating(void* data) {
  const Beat beat = *static_cast<Beat*>(data);
  delete static_cast<Beat*>(data);
  const timespec pause = {static_cast<time_t>(beat.milliseconds / 1000),
                          static_cast<long>(beat.milliseconds % 1000) * 1000000L};
  for (;;) {
    __atomic_fetch_add(beat.word, 1, __ATOMIC_RELAXED);
    TrimWorkerMemory();
    nanosleep(&pause, nullptr);
  }
}

}  // namespace

NativeTable WorkerProcessTable() {
  return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])};
}

}  // namespace snakepit

extern "C" __attribute__((visibility("default"))) int snakepit_beat(int descriptor, uint64_t offset,
                                                                    unsigned milliseconds) {
  const size_t bytes = static_cast<size_t>(offset) + sizeof(uint64_t);
  void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (base == MAP_FAILED) return errno;
  auto* word = reinterpret_cast<uint64_t*>(static_cast<uint8_t*>(base) + offset);
  // Signals are for the main thread: there they interrupt what a user's call waits for.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  auto* beat = new snakepit::Beat{word, milliseconds};
  pthread_t thread;
  const int failure = pthread_create(&thread, nullptr, snakepit::KeepBeating, beat);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failure != 0) {
    delete beat;
    munmap(base, bytes);
    return failure;
  }
  pthread_detach(thread);
  return 0;
}
