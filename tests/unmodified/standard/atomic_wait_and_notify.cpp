/// A thread waits on an atomic flag by std::atomic::wait; the one that sets it notifies. libstdc++ 12's notify_one()
/// looks whether anybody waits, and nothing orders that after the flag's store: the waiter counts itself, sees the flag
/// unset and sleeps, while the other looks too early. With a release store x86 may do that, too.
// expect: lost_wakeup
// given --model=tso expect: lost_wakeup
// given --model=sc expect: complete
// with -DSEQ_CST given --model=tso expect: complete
// with -DSEQ_CST -DWITHOUT_NOTIFY given --model=tso expect: lost_wakeup

#include <atomic>
#include <cassert>
#include <thread>

#ifdef SEQ_CST
constexpr auto publication = std::memory_order_seq_cst;
#else
constexpr auto publication = std::memory_order_release;
#endif

int main() {
  std::atomic<int> flag = 0;
  int payload = 0;
  std::thread other([&] {
    payload = 7;
    flag.store(1, publication);
#ifndef WITHOUT_NOTIFY
    flag.notify_one();
#endif
  });
  flag.wait(0, std::memory_order_acquire);
  assert(payload == 7);
  other.join();
}
