/// A ticket lock that THREADS threads take once each: one execution for each order in which they draw their tickets.
// expect: complete 24
// long with -DTHREADS=6 expect: complete 720

#include <atomic>
#include <cassert>
#include <thread>

#ifndef THREADS
#define THREADS 4
#endif

namespace {

std::atomic<unsigned> next;
std::atomic<unsigned> serving;
int count;

void lock_once() {
  const unsigned mine = next.fetch_add(1, std::memory_order_relaxed);
  while (serving.load(std::memory_order_acquire) != mine) {
  }
  ++count;
  serving.store(mine + 1, std::memory_order_release);
}

}  // namespace

int main() {
  std::thread threads[THREADS];
  for (auto& each : threads) each = std::thread(lock_once);
  for (auto& each : threads) each.join();
  assert(count == THREADS);
}
