/// Two threads count a latch down and wait for it: what each wrote before is seen by the other after. libstdc++ 12's
/// count_down() looks for waiters with nothing that orders that after the count (see atomic_wait_and_notify.cpp); what
/// x86 does for a read-modify-write does.
// expect: lost_wakeup
// given --model=tso expect: complete
// with -DONE_TOO_FEW given --model=tso expect: assertion at here

#include <cassert>
#include <latch>
#include <thread>

#ifdef ONE_TOO_FEW
constexpr int parties = 1;
#else
constexpr int parties = 2;
#endif

int main() {
  std::latch latch(parties);
  int written[2] = {0, 0};
  const auto meet = [&](int which) {
    written[which] = which + 1;
    if (parties == 2 || which == 0) latch.count_down();
    latch.wait();
    assert(written[1 - which] == 2 - which);  // here
  };
  std::thread other(meet, 1);
  meet(0);
  other.join();
}
