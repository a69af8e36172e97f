#pragma once
/// A flag that threads wait for, after Python's threading.Event: set, and everybody passes until it is cleared.
///
/// Promises
///   Safety    A wait returns true only if the event was set at some time between its call and its return.
///   Progress  set, clear and is_set are lock-free; wait blocks. No wake-up is lost: set() wakes every thread that
///             waits, even if clear() follows at once and a woken thread runs only later (python/cpython#57711).
///   Fairness  None needed: waiters don't compete.
///   Lifetime  May be destroyed once every wait has returned, even if the set() that let it through has not: after its
///             fetch_or, set() uses the word's address only.
///
/// Memory ordering: what a thread did before set() is visible to whoever sees that set() in wait, is_set or clear.
/// Each set() publishes, even if the event is set already: who clears the event and then looks for work finds all that
/// was there before the set() calls that it undid. clear() publishes nothing.
///
/// States of word_: a generation, counted up by each clear() of a set event, and two flags
///   set  waiting
///    0      0     nobody sleeps
///    0      1     threads may sleep on this very word; set() wakes them all
///    1      0     every wait returns, until clear()
///    1      1     as above; those who slept are being woken by the set() that found `waiting`
///
/// Invariants
///   I1  Within a generation the flags are only ever raised.
///   I2  A thread sleeps only on a word whose `waiting` is 1 and whose `set` is 0. So the one set() that raises `set`
///       sees `waiting`, and the sleeper's word never comes back: either flags or generation tell it that there was a
///       set().
///
/// Limits: a waiter that sleeps through 2^30 clears to the very same generation sleeps on.

#include <chrono>
#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class event {
 public:
  /// Not set.
  event() noexcept : word_(0) {}

  /// Lets every waiter through, and everybody who comes until clear(). No effect but to publish if the event is set.
  void set() noexcept {
    // A read-modify-write even if it is set already: a later clear() must see this set(), too.
    // release [publish]: pairs with wait()'s, is_set()'s and clear()'s acquire of word_; carries all before the set().
    const auto before = word_.fetch_or(set_flag, std::memory_order_release);
    // I2. From here on *this may be gone.
    if ((before & flags) == waiting_flag) sync::futex_wake(word_, sync::everyone);
  }

  /// Makes later waits wait. Those that wait since before the last set() return nevertheless. No effect but to acquire
  /// if the event is not set.
  void clear() noexcept {
    // acquire [publish]: pairs with set()'s release of word_.
    auto seen = word_.load(std::memory_order_acquire);
    sync::retry_until([&] {
      if ((seen & set_flag) == 0) return true;
      // acquire [publish]: pairs with set()'s release of word_, of each set() that this clear() undoes.
      // acquire [publish]: on failure, too: the event may be found cleared.
      return word_.compare_exchange_weak(seen, (seen | flags) + 1, std::memory_order_acquire,
                                         std::memory_order_acquire);
    });
  }

  bool is_set() const noexcept {
    // acquire [publish]: pairs with set()'s release of word_.
    return (word_.load(std::memory_order_acquire) & set_flag) != 0;
  }

  /// Waits until the event is set.
  /// @return true
  bool wait() noexcept { return wait(sync::deadline::never()); }

  /// Waits until the event is set, or `duration` has passed.
  /// @param duration any, negative and max() included
  /// @return whether the event was set meanwhile
  template <class Rep, class Period>
  bool wait_for(const std::chrono::duration<Rep, Period>& duration) {
    return is_set() || wait(sync::deadline::after(duration));
  }

  /// Waits until the event is set, or `when` has come.
  /// @param when on any clock; one other than the steady clock is read once, before the wait
  /// @return whether the event was set meanwhile
  template <class Clock, class Duration>
  bool wait_until(const std::chrono::time_point<Clock, Duration>& when) {
    return is_set() || wait(sync::deadline::at(when));
  }

 private:
  static constexpr std::uint32_t set_flag = 1;
  static constexpr std::uint32_t waiting_flag = 2;
  static constexpr std::uint32_t flags = set_flag | waiting_flag;

  bool wait(const sync::deadline& when) noexcept {
    // acquire [publish]: pairs with set()'s release of word_.
    const auto unset = word_.load(std::memory_order_acquire);
    if ((unset & set_flag) != 0) return true;
    // Not only set: a set() and a clear() since count as well, and show by the generation.
    // acquire [publish]: pairs with set()'s release of word_, also through the clear() that may have followed.
    const auto changed = [&] { return ((word_.load(std::memory_order_acquire) ^ unset) & ~waiting_flag) != 0; };
    if (sync::spin_briefly(changed, when)) return true;
    const auto asleep = unset | waiting_flag;
    // acquire [publish]: pairs with set()'s release of word_, should the event have been set since.
    auto seen = word_.fetch_or(waiting_flag, std::memory_order_acquire) | waiting_flag;
    for (bool late = false; seen == asleep;) {
      if (late) return false;
      late = sync::futex_wait_until(word_, asleep, when) == sync::wait_result::timed_out;
      // acquire [publish]: pairs with set()'s release of word_, also through the clear() that may have followed.
      seen = word_.load(std::memory_order_acquire);
    }
    return true;
  }

  /// set_flag, waiting_flag, and above them the generation.
  sync::atomic<std::uint32_t> word_;
};

}  // namespace gauntlet
