/// A jthread works until it is asked to stop, which its destructor does; a callback is told of that.
// expect: complete

#include <atomic>
#include <cassert>
#include <stop_token>
#include <thread>

int main() {
  std::atomic<int> told = 0;
  {
    std::jthread worker([&](std::stop_token stop) {
      const std::stop_callback on_stop(stop, [&] { ++told; });
      while (!stop.stop_requested()) {
      }
    });
  }
  assert(told == 1);
}
