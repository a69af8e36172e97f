/// THREADS threads add 1 to an atomic number: one execution for each order of theirs.
// expect: complete 120
// long with -DTHREADS=7 expect: complete 5040

#include <atomic>
#include <cassert>
#include <thread>

#ifndef THREADS
#define THREADS 5
#endif

namespace {

std::atomic<int> count;

}  // namespace

int main() {
  std::thread threads[THREADS];
  for (auto& each : threads) each = std::thread([] { ++count; });
  for (auto& each : threads) each.join();
  assert(count == THREADS);
}
