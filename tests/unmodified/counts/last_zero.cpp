/// GenMC's "lastzero": thread j makes element j one more than the one before, another looks for the last that is zero:
/// (SIZE + 3) * 2^(SIZE - 2) executions.
// expect: complete 64
// long with -DSIZE=10 expect: complete 3328

#include <atomic>
#include <thread>
#include <vector>

#ifndef SIZE
#define SIZE 5
#endif

std::atomic<int> elements[SIZE + 1];

int main() {
  std::vector<std::thread> threads;
  threads.emplace_back([] {
    for (int i = SIZE; elements[i].load(std::memory_order_acquire) != 0;) --i;
  });
  for (int j = 1; j <= SIZE; ++j)
    threads.emplace_back([j] {
      const int before = elements[j - 1].load(std::memory_order_acquire);
      elements[j].store(before + 1, std::memory_order_release);
    });
  for (auto& each : threads) each.join();
}
