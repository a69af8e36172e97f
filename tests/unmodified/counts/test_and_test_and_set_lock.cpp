/// A lock that is looked at before it is tried for, by THREADS threads once each.
// expect: complete 36
// long with -DTHREADS=4 expect: complete 576

#include <atomic>
#include <cassert>
#include <thread>

#ifndef THREADS
#define THREADS 3
#endif

namespace {

std::atomic<bool> locked;
int count;

void lock_once() {
  do {
    while (locked.load(std::memory_order_relaxed)) {
    }
  } while (locked.exchange(true, std::memory_order_acquire));
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
