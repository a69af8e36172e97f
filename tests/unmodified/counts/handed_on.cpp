/// GenMC's "casrot": thread i hands on what thread i - 1 has left, if it finds that.
// expect: complete 43
// long with -DTHREADS=6 expect: complete 144

#include <atomic>
#include <thread>
#include <vector>

#ifndef THREADS
#define THREADS 5
#endif

std::atomic<int> turn;

int main() {
  std::vector<std::thread> threads;
  for (int i = 0; i < THREADS; ++i)
    threads.emplace_back([i] {
      int expected = i;
      turn.compare_exchange_strong(expected, i + 1, std::memory_order_acq_rel);
    });
  for (auto& each : threads) each.join();
}
