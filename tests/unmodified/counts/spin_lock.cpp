/// A test-and-set lock that THREADS threads take once each: one execution for each order of theirs.
// expect: complete 24
// long with -DTHREADS=5 expect: complete 120

#include <atomic>
#include <cassert>
#include <thread>

#ifndef THREADS
#define THREADS 4
#endif

namespace {

std::atomic<bool> locked;
int count;

void lock_once() {
  while (locked.exchange(true, std::memory_order_acquire)) {
  }
  ++count;
  locked.store(false, std::memory_order_release);
}

}  // namespace

int main() {
  std::thread threads[THREADS];
  for (auto& each : threads) each = std::thread(lock_once);
  for (auto& each : threads) each.join();
  assert(count == THREADS);
}
