#pragma once
/// A semaphore that loses wake-ups: release() wakes nobody if there was a free permit already, as in llvm#46357.
///
///     acquirer A           acquirer B           releaser
///     sleeps, 0 permits    sleeps, 0 permits
///                                               release(): 0 -> 1 permits, wakes A
///                                               release(): 1 -> 2 permits, wakes nobody
///     wakes, takes one
///                          sleeps for ever beside a free permit
///
/// The engines that stress it and that explore its interleavings must catch it (registry). The sanitizers can't: there
/// is no race and no bad access.

#include <chrono>
#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class semaphore_lost_wakeup {
 public:
  explicit semaphore_lost_wakeup(std::uint32_t initial = 1) : permits_(initial) {}

  void acquire() noexcept { wait(sync::deadline::never()); }

  bool try_acquire() noexcept {
    // relaxed: revalidated by the compare-exchange below.
    auto seen = permits_.load(std::memory_order_relaxed);
    bool taken = false;
    sync::retry_until([&] {
      if (seen == 0) return true;
      // acquire [permit]: pairs with release()'s release of permits_.
      // relaxed: on failure, revalidated by the next round.
      taken = permits_.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire, std::memory_order_relaxed);
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
    // release [permit]: pairs with try_acquire()'s acquire of permits_; carries all that came before the release.
    const auto before = permits_.fetch_add(n, std::memory_order_release);
    // flaw: a woken thread may still be on its way to the permits that were there before; others sleep.
    if (before == 0) sync::futex_wake(permits_, n);
  }

 private:
  bool wait(const sync::deadline& when) noexcept {
    while (!try_acquire())
      if (sync::futex_wait_until(permits_, 0, when) == sync::wait_result::timed_out) return try_acquire();
    return true;
  }

  sync::atomic<std::uint32_t> permits_;
};

}  // namespace gauntlet
