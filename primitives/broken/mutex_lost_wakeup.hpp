#pragma once
/// mutex whose woken sleeper takes the lock as `held`, and so forgets whoever sleeps beside it.
///
///     A holds the lock (held)
///     B marks it (contended), sleeps
///     C finds it contended, sleeps
///     A unlocks: free, wakes B
///     B takes it: held                  here C is forgotten
///     B unlocks: was held, wakes nobody
///     C sleeps for ever
///
/// Orders are right, exclusion holds, and two threads never show it. stress and relacy must catch it, as a lost
/// wake-up.

#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class mutex_lost_wakeup {
 public:
  mutex_lost_wakeup() = default;
  mutex_lost_wakeup(const mutex_lost_wakeup&) = delete;
  mutex_lost_wakeup& operator=(const mutex_lost_wakeup&) = delete;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    // flaw: take() again after the sleep; only a lock taken as contended is handed on to the next sleeper.
    while (!take())
      if (mark()) sync::futex_wait(word_, contended);
  }

  bool try_lock() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    return announced.result(take());
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    // release [handoff]: pairs with take()'s acquire of word_; carries the critical section.
    if (word_.exchange(free, std::memory_order_release) == contended) sync::futex_wake(word_, 1);
  }

 private:
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t held = 1;
  static constexpr std::uint32_t contended = 2;

  bool take() {
    auto expected = free;
    // acquire [handoff]: pairs with unlock()'s release of word_; carries the critical section.
    // relaxed: on failure the value is dropped, and revalidated by mark().
    return word_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed);
  }

  /// Whether the lock is held, and now marked as contended.
  bool mark() {
    auto seen = held;
    // relaxed: reads no data; revalidated by futex_wait, and by take()'s acquire.
    // relaxed: on failure likewise.
    return word_.compare_exchange_strong(seen, contended, std::memory_order_relaxed, std::memory_order_relaxed) ||
           seen == contended;
  }

  sync::atomic<std::uint32_t> word_{free};
  [[no_unique_address]] sync::lock_identity identity_;
};

}  // namespace gauntlet
