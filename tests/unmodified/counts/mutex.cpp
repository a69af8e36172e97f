/// A std::mutex that THREADS threads take once each: one execution for each order of theirs.
// expect: complete 24
// long with -DTHREADS=6 expect: complete 720

#include <cassert>
#include <mutex>
#include <thread>

#ifndef THREADS
#define THREADS 4
#endif

namespace {

std::mutex mutex;
int count;

void lock_once() {
  const std::lock_guard lock(mutex);
  ++count;
}

}  // namespace

int main() {
  std::thread threads[THREADS];
  for (auto& each : threads) each = std::thread(lock_once);
  for (auto& each : threads) each.join();
  assert(count == THREADS);
}
