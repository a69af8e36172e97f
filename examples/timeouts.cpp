/// Every wait can have an end: nothing here happens, and nothing waits for it for ever.

#include <chrono>
#include <cstdio>
#include <mutex>

#include "primitives/barrier/barrier.hpp"
#include "primitives/blocking_queue/bounded_queue.hpp"
#include "primitives/condition/condition.hpp"
#include "primitives/event/event.hpp"
#include "primitives/latch/latch.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/semaphore/semaphore.hpp"

namespace {

using namespace std::chrono_literals;

void tell(const char* what, bool came) {
  std::printf("%s: %s\n", what, came ? "came" : "gave up");
}

}  // namespace

int main() {
  constexpr auto patience = 5ms;

  gauntlet::mutex lock;
  lock.lock();
  tell("lock", lock.try_lock_for(patience));
  lock.unlock();

  gauntlet::event event;
  tell("event", event.wait_for(patience));

  gauntlet::semaphore semaphore(0);
  tell("semaphore", semaphore.try_acquire_for(patience));

  gauntlet::latch latch(1);
  tell("latch", latch.wait_for(patience));

  gauntlet::bounded_queue<int> queue(1);
  tell("queue", queue.get_for(patience).has_value());

  // The time is for all looks together, however often it is notified.
  gauntlet::condition condition;
  std::unique_lock guard(lock);
  tell("condition", condition.wait_for(guard, patience, [] { return false; }));

  // Others who wait are told, too: the barrier is broken until it is reset.
  gauntlet::barrier barrier(2);
  try {
    barrier.arrive_and_wait_for(patience);
  } catch (const gauntlet::broken_barrier&) {
    tell("barrier", false);
  }
}
