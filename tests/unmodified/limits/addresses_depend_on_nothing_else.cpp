/// A hash of an address decides what a thread does: addresses are the same whenever it has read the same, so that
/// works.
// expect: complete

#include <atomic>
#include <cassert>
#include <functional>
#include <memory>
#include <thread>
#include <unordered_set>

int main() {
  std::atomic<int> x = 0;
  const auto work = [&] {
    const auto made = std::make_unique<int>(1);
    std::unordered_set<int*> seen{made.get()};
    if (std::hash<int*>()(made.get()) % 3 == 0) ++x;
    ++x;
    assert(seen.count(made.get()) == 1);
  };
  std::thread other(work);
  work();
  other.join();
  assert(x >= 2);
}
