/// Two threads meet at a barrier twice; its completion runs once in each phase, before anybody goes on. libstdc++ 12's
/// last arriver looks for waiters too early (see atomic_wait_and_notify.cpp).
// expect: lost_wakeup
// given --model=sc expect: complete
// with -DRELAXED expect: data_race

#include <atomic>
#ifdef RELAXED
#define memory_order_release memory_order_relaxed
#define memory_order_acq_rel memory_order_relaxed
#endif
#include <barrier>
#undef memory_order_release
#undef memory_order_acq_rel
#include <cassert>
#include <thread>

int main() {
  int phases = 0;
  const auto completed = [&]() noexcept { ++phases; };
  std::barrier barrier(2, completed);
  int written[2] = {0, 0};
  const auto meet_twice = [&](int which) {
    written[which] = 1;
    barrier.arrive_and_wait();
    assert(phases == 1);
    assert(written[1 - which] == 1);
    barrier.arrive_and_wait();
    assert(phases == 2);
  };
  std::thread other(meet_twice, 1);
  meet_twice(0);
  other.join();
  assert(phases == 2);
}
