/// Recursive and timed mutexes, and two of them taken together in either order without a deadlock: std::lock() takes
/// one, tries the other and begins again, which has no end that could be found.
// expect: bounded

#include <cassert>
#include <chrono>
#include <mutex>
#include <thread>

int main() {
  std::recursive_mutex recursive;
  std::timed_mutex timed;
  int count = 0;
  std::thread other([&] {
    const std::scoped_lock both(recursive, timed);
    const std::lock_guard again(recursive);
    ++count;
  });
  {
    const std::scoped_lock both(timed, recursive);
    ++count;
  }
  other.join();
  assert(count == 2);
}
