/// A timed wait ends by a notification or by its time limit: both happen, and the lock is held either way.
// expect: complete

#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

int main() {
  using namespace std::chrono_literals;
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  std::thread other([&] {
    const std::lock_guard lock(mutex);
    ready = true;
    changed.notify_one();
  });
  {
    std::unique_lock lock(mutex);
    const bool seen = changed.wait_for(lock, 1h, [&] { return ready; });
    assert(seen == ready);
  }
  other.join();
}
