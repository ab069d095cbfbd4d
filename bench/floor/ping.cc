// The floor of `npm run bench -- wire`: 100 bytes to another process and back over two pipes, both
// sides blocking, nothing in between. Prints nanoseconds a round trip, one line for each batch.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

constexpr int kBytes = 100;

double Now() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

void Echo(int from, int to) {
  char data[kBytes];
  while (read(from, data, kBytes) == kBytes && write(to, data, kBytes) == kBytes) {
  }
}

}  // namespace

// ping <batches> <round trips in each>
int main(int, char** argv) {
  const int batches = std::atoi(argv[1]);
  const int count = std::atoi(argv[2]);
  int there[2];
  int back[2];
  if (pipe(there) != 0 || pipe(back) != 0) return 1;
  if (fork() == 0) {
    close(there[1]);
    close(back[0]);
    Echo(there[0], back[1]);
    _exit(0);
  }
  close(there[0]);
  close(back[1]);
  char data[kBytes] = {};
  for (int batch = 0; batch < batches; batch++) {
    const double start = Now();
    for (int i = 0; i < count; i++) {
      if (write(there[1], data, kBytes) != kBytes || read(back[0], data, kBytes) != kBytes)
        return 1;
    }
    std::printf("%.1f\n", (Now() - start) / count);
  }
  close(there[1]);
  wait(nullptr);
  return 0;
}
