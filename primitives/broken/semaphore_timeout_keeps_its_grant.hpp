#pragma once
/// A semaphore in two layers, a count in front of the grants that sleepers are woken by, as moodycamel's
/// LightweightSemaphore is: a negative count is how many threads wait for a grant. A waiter whose time is up takes
/// itself off the count, but doesn't look whether it was granted a permit meanwhile.
///
///     waiter                      releaser
///     count 0 -> -1, sleeps
///     its time is up
///                                 release(): count -1 -> 0, grants 0 -> 1
///     count 0 -> 1, gives up
///
/// One permit was released, and two can be taken: one by the count, one by the grant. stress and the models must catch
/// it. The sanitizers can't: there is no race and no bad access.

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class semaphore_timeout_keeps_its_grant {
 public:
  explicit semaphore_timeout_keeps_its_grant(std::uint32_t initial = 1) : count_(static_cast<std::int32_t>(initial)) {}

  void acquire() noexcept { wait(sync::deadline::never()); }

  bool try_acquire() noexcept {
    // relaxed: revalidated by the compare-exchange below.
    auto seen = count_.load(std::memory_order_relaxed);
    bool taken = false;
    sync::retry_until([&] {
      if (seen <= 0) return true;
      // acquire [permit]: pairs with release()'s release of count_.
      // relaxed: on failure, revalidated by the next round.
      taken = count_.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire, std::memory_order_relaxed);
      return taken;
    });
    return taken;
  }

  template <class Rep, class Period>
  bool try_acquire_for(const std::chrono::duration<Rep, Period>& duration) {
    return wait(sync::deadline::after(duration));
  }

  template <class Clock, class Duration>
  bool try_acquire_until(const std::chrono::time_point<Clock, Duration>& when) {
    return wait(sync::deadline::at(when));
  }

  void release(std::uint32_t n = 1) noexcept {
    const auto added = static_cast<std::int32_t>(n);
    // release [permit]: pairs with the acquires of count_ in try_acquire() and wait().
    const auto before = count_.fetch_add(added, std::memory_order_release);
    const auto waiting = static_cast<std::uint32_t>(std::clamp(-before, 0, added));
    if (waiting == 0) return;
    // release [grant]: pairs with wait()'s acquire of grants_.
    grants_.fetch_add(waiting, std::memory_order_release);
    sync::futex_wake(grants_, waiting);
  }

 private:
  bool wait(const sync::deadline& when) noexcept {
    // acquire [permit]: pairs with release()'s release of count_.
    if (count_.fetch_sub(1, std::memory_order_acquire) > 0) return true;
    for (;;) {
      // relaxed: revalidated by the compare-exchange below.
      auto seen = grants_.load(std::memory_order_relaxed);
      // acquire [grant]: pairs with release()'s release of grants_.
      // relaxed: on failure, revalidated by the next round.
      while (seen > 0)
        if (grants_.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire, std::memory_order_relaxed))
          return true;
      if (sync::futex_wait_until(grants_, 0, when) != sync::wait_result::timed_out) continue;
      // flaw: a release may have counted this waiter, and have granted it a permit that nobody takes.
      // relaxed: leaving carries nothing.
      count_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
  }

  sync::atomic<std::int32_t> count_;
  sync::atomic<std::uint32_t> grants_{0};
};

}  // namespace gauntlet
