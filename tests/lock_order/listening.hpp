#pragma once
/// What the tests of the lock-order checker share: being told, and locking without any danger of a deadlock.

#include <mutex>
#include <thread>
#include <vector>

#include "lock_order/checker.hpp"

namespace gauntlet::lock_order {

/// What the checker told since the test began.
inline std::vector<inversion> told;

/// A fixture.
class listening {
 public:
  listening() {
    told.clear();
    set_handler(&remember);
  }
  listening(const listening&) = delete;
  listening& operator=(const listening&) = delete;
  ~listening() { set_handler(nullptr); }

  static void remember(const inversion& found) {
    static std::mutex one_at_a_time;
    const std::lock_guard guard(one_at_a_time);
    told.push_back(found);
  }
};

/// Locks `first`, then `second`, on this thread.
template <class First, class Second>
void nest_here(First& first, Second& second) {
  const std::lock_guard outer(first);
  const std::lock_guard inner(second);
}

/// The same on a thread of its own, which ends before this returns.
template <class First, class Second>
void nest(First& first, Second& second) {
  std::thread([&] { nest_here(first, second); }).join();
}

}  // namespace gauntlet::lock_order
