#pragma once
/// A lock that waits by looking: test-and-test-and-set (Rudolph & Segall 1984; Anderson 1990).
///
/// Promises
///   safety    at most one thread is between a successful lock or try_lock and the unlock that ends it.
///   progress  blocking; somebody gets in whenever the lock is free. A waiter burns its processor, backing off.
///   fairness  none: a waiter may be overtaken for ever.
///   unlocking any thread may, provided that the lock() happens before it. Unlocking a free lock is the caller's error,
///             and goes unnoticed: the lock stays free.
///   lifetime  may be destroyed once unlocked, also by a thread that learnt of that by locking it itself: unlock()'s
///             store is its last access.
///
/// Memory ordering: what a thread did before unlock() is visible to the thread that next gets the lock, by lock() or by
/// any try that returned true. A try that returned false orders nothing, and may fail on a free lock.

#include <chrono>

#include "primitives/sync.hpp"

namespace gauntlet {

class spin_lock {
 public:
  static constexpr bool any_thread_may_unlock = true;

  spin_lock() = default;
  spin_lock(const spin_lock&) = delete;
  spin_lock& operator=(const spin_lock&) = delete;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    // Untested: whoever finds the lock free, as most do, asks for its cache line once.
    if (claim()) return;
    sync::spin_until([this] { return take(); });
  }

  bool try_lock() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    return announced.result(take());
  }

  /// @param duration zero, or negative: one try; too long to be represented: no limit
  template <class Rep, class Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) {
    return take_until(sync::deadline::after(duration));
  }

  /// @param when a point on any clock, passed or not
  template <class Clock, class Duration>
  bool try_lock_until(const std::chrono::time_point<Clock, Duration>& when) {
    return take_until(sync::deadline::at(when));
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    // release [handoff]: pairs with claim()'s acquire of held_; carries the critical section.
    held_.store(false, std::memory_order_release);
  }

 private:
  bool take() {
    // relaxed: revalidated by claim()'s compare-exchange; keeps the cache line shared while the lock is held.
    return !held_.load(std::memory_order_relaxed) && claim();
  }

  /// A compare-exchange and not an exchange: an attempt that fails writes nothing, as spin_until requires.
  bool claim() {
    bool expected = false;
    // acquire [handoff]: pairs with unlock()'s release of held_; carries the critical section.
    // relaxed: on failure the value is dropped, and revalidated by the next attempt.
    return held_.compare_exchange_strong(expected, true, std::memory_order_acquire, std::memory_order_relaxed);
  }

  bool take_until(const sync::deadline& when) {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    return announced.result(sync::spin_until([this] { return take(); }, when));
  }

  sync::atomic<bool> held_{false};
  [[no_unique_address]] sync::lock_identity identity_{sync::released_by::anyone};
};

}  // namespace gauntlet
