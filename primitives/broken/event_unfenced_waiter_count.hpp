#pragma once
/// An event that counts its waiters in a second word, so that set() needs no system call when there are none, without
/// what orders the two words: as in oneTBB's notify_by_address (oneTBB#2136). set() writes the one and then reads the
/// other, a waiter does the reverse, and nothing forbids that both see what was before.
///
///     setter                     waiter
///     word_ = set                waiters_ = 1
///     reads waiters_ 0: no wake  reads word_ unset, sleeps for ever
///
/// The models must catch it. x86 hides it, whose read-modify-writes are full fences: it takes an AArch64 to lose a
/// wake-up natively. (Besides, set() reads waiters_ when the event may be gone.)

#include <chrono>
#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class event_unfenced_waiter_count {
 public:
  event_unfenced_waiter_count() noexcept = default;

  void set() noexcept {
    // flaw: store, then load. All four of set() and wait() must be seq_cst to forbid that both miss the other.
    // release [publish]: pairs with the acquires of word_ in wait(), is_set() and clear(); carries all before the
    // set().
    word_.fetch_or(1, std::memory_order_release);
    // relaxed: a statistic.
    if (waiters_.load(std::memory_order_relaxed) > 0) sync::futex_wake(word_, sync::everyone);
  }

  void clear() noexcept {
    // acquire [publish]: pairs with set()'s release of word_.
    auto seen = word_.load(std::memory_order_acquire);
    sync::retry_until([&] {
      if (seen % 2 == 0) return true;
      // acquire [publish]: pairs with set()'s release of word_.
      // acquire [publish]: on failure, too: the event may be found cleared.
      return word_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire, std::memory_order_acquire);
    });
  }

  bool is_set() const noexcept {
    // acquire [publish]: pairs with set()'s release of word_.
    return word_.load(std::memory_order_acquire) % 2 != 0;
  }

  bool wait() noexcept { return wait(sync::deadline::never()); }

  template <class Rep, class Period>
  bool wait_for(const std::chrono::duration<Rep, Period>& duration) {
    return wait(sync::deadline::after(duration));
  }

  template <class Clock, class Duration>
  bool wait_until(const std::chrono::time_point<Clock, Duration>& when) {
    return wait(sync::deadline::at(when));
  }

 private:
  bool wait(const sync::deadline& when) noexcept {
    // acquire [publish]: pairs with set()'s release of word_.
    const auto unset = word_.load(std::memory_order_acquire);
    if (unset % 2 != 0) return true;
    // relaxed: a statistic.
    waiters_.fetch_add(1, std::memory_order_relaxed);
    bool was_set = false;
    for (bool late = false; !was_set && !late;) {
      late = sync::futex_wait_until(word_, unset, when) == sync::wait_result::timed_out;
      // acquire [publish]: pairs with set()'s release of word_, also through the clear() that may have followed.
      was_set = word_.load(std::memory_order_acquire) != unset;
    }
    // relaxed: a statistic.
    waiters_.fetch_sub(1, std::memory_order_relaxed);
    return was_set;
  }

  /// Whether it is set, and above that a generation, counted up by each clear().
  sync::atomic<std::uint32_t> word_{0};
  sync::atomic<std::uint32_t> waiters_{0};
};

}  // namespace gauntlet
