/// A semaphore of one unit as a lock. libstdc++ 12's acquire() reads the count, fails to take the unit, and then sleeps
/// as long as the count is what it read: if the unit was given back meanwhile, for ever (GCC PR 104928).
// expect: deadlock

#include <cassert>
#include <semaphore>
#include <thread>

int main() {
  std::counting_semaphore<1> semaphore(1);
  int count = 0;
  const auto add = [&] {
    semaphore.acquire();
    ++count;
    semaphore.release();
  };
  std::thread other(add);
  add();
  other.join();
  assert(count == 2);
}
