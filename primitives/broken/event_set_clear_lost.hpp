#pragma once
/// An event that is nothing but a flag, so that a waiter can miss a set() (python/cpython#57711).
///
///     waiter                 setter
///     sleeps, flag 0
///                            set(): flag 1, wakes the waiter
///                            clear(): flag 0
///     looks: flag 0
///     sleeps on, though the event was set while it waited
///
/// The behaviour tests, stress and the models must catch it (registry). The sanitizers can't: there is no race and no
/// bad access.

#include <chrono>
#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class event_set_clear_lost {
 public:
  event_set_clear_lost() noexcept : flag_(0) {}

  void set() noexcept {
    // release [publish]: pairs with is_set()'s acquire of flag_; carries all before the set().
    flag_.exchange(1, std::memory_order_release);
    sync::futex_wake(flag_, sync::everyone);
  }

  void clear() noexcept {
    // acquire [publish]: pairs with set()'s release of flag_.
    flag_.exchange(0, std::memory_order_acquire);
  }

  bool is_set() const noexcept {
    // acquire [publish]: pairs with set()'s release of flag_.
    return flag_.load(std::memory_order_acquire) != 0;
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
    // flaw: a woken waiter asks whether the event is set, not whether it was set since.
    while (!is_set())
      if (sync::futex_wait_until(flag_, 0, when) == sync::wait_result::timed_out) return is_set();
    return true;
  }

  sync::atomic<std::uint32_t> flag_;
};

}  // namespace gauntlet
