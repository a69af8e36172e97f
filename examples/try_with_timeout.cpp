/// Two threads take two locks in opposite orders, and don't wait for ever: who can't have the second gives the first
/// back, and begins again. Better than a deadlock; an order is better still (ordered_locks.cpp), as nothing bounds how
/// often both give way at once.

#include <chrono>
#include <cstdio>
#include <mutex>

#include "primitives/mutex/mutex.hpp"
#include "primitives/thread/thread.hpp"

namespace {

using namespace std::chrono_literals;

/// @param patience differs from thread to thread, so that they don't give way in step
void with_both(gauntlet::mutex& first, gauntlet::mutex& second, std::chrono::microseconds patience, auto work) {
  while (true) {
    const std::unique_lock one(first);
    if (const std::unique_lock other(second, patience); other.owns_lock()) return work();
  }
}

}  // namespace

int main() {
  gauntlet::mutex left;
  gauntlet::mutex right;
  int meetings = 0;
  gauntlet::thread one([&] {
    for (int i = 0; i < 100; ++i) with_both(left, right, 200us, [&] { ++meetings; });
  });
  gauntlet::thread other([&] {
    for (int i = 0; i < 100; ++i) with_both(right, left, 700us, [&] { ++meetings; });
  });
  one.start();
  other.start();
  one.join();
  other.join();
  std::printf("%d times with both locks\n", meetings);
}
