/// A loop that goes on counting for as long as nobody stops it has no end that could be found: it is held at a bound.
// expect: bounded
// says: unbounded_work_is_bounded.cpp:12

#include <atomic>
#include <thread>

int main() {
  std::atomic<bool> stop = false;
  std::atomic<unsigned> work = 0;
  std::thread worker([&] {
    while (!stop.load(std::memory_order_relaxed)) work.fetch_add(1, std::memory_order_relaxed);
  });
  stop = true;
  worker.join();
}
