/// C++20 allows both loads to see the other thread's later store; RC11 does not, so no execution fails here.
// expect: complete 3
// says: passed, complete (2 threads); 3 executions in

#include <atomic>
#include <cassert>
#include <thread>

int main() {
  using enum std::memory_order;
  std::atomic<int> x = 0;
  std::atomic<int> y = 0;
  int seen[2] = {0, 0};
  std::thread other([&] {
    seen[1] = y.load(relaxed);
    x.store(1, relaxed);
  });
  seen[0] = x.load(relaxed);
  y.store(1, relaxed);
  other.join();
  assert(!(seen[0] && seen[1]));
}
