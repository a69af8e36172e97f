/// Broken: one thread takes left, then right, the other right, then left. If each has its first, both wait for ever.
///
/// Here they don't, as they run one after the other. So would it go in most tests, until one day it doesn't.
/// ThreadSanitizer and the checker in lock_order/ find it all the same.

#include <cstdio>
#include <mutex>

#include "primitives/mutex/mutex.hpp"
#include "primitives/thread/thread.hpp"

namespace {

gauntlet::mutex left;
gauntlet::mutex right;

void left_then_right() {
  const std::lock_guard outer(left);
  const std::lock_guard inner(right);
  std::puts("left, then right");
}

void right_then_left() {
  const std::lock_guard outer(right);
  const std::lock_guard inner(left);
  std::puts("right, then left");
}

}  // namespace

int main() {
  gauntlet::thread one(left_then_right);
  one.start();
  one.join();
  gauntlet::thread other(right_then_left);
  other.start();
  other.join();
  std::puts("no deadlock, this time");
}
