/// A thread waits on a condition_variable_any for what never comes, until it is asked to stop.
// expect: complete

#include <cassert>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

int main() {
  std::mutex mutex;
  std::condition_variable_any changed;
  bool ready = false;
  std::jthread waiter([&](std::stop_token stop) {
    std::unique_lock lock(mutex);
    assert(!changed.wait(lock, stop, [&] { return ready; }));
  });
  waiter.request_stop();
}
