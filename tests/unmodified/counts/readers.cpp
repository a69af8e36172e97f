/// GenMC's "readers": each of READERS may or may not see what one thread writes.
// expect: complete 256
// long with -DREADERS=13 expect: complete 8192

#include <atomic>
#include <thread>
#include <vector>

#ifndef READERS
#define READERS 8
#endif

std::atomic<int> written;

int main() {
  std::vector<std::thread> threads;
  threads.emplace_back([] { written.store(1, std::memory_order_release); });
  for (int i = 0; i < READERS; ++i) threads.emplace_back([] { (void)written.load(std::memory_order_acquire); });
  for (auto& each : threads) each.join();
}
