#pragma once
/// A lock whose waiters sleep: one futex word with three states (Drepper 2011, "Futexes Are Tricky", mutex2).
///
/// Promises
///   safety    at most one thread is between a successful lock or try and the unlock that ends it. Not recursive: a
///             thread that locks again waits for another to unlock.
///   progress  blocking; somebody gets in whenever the lock is free. Uncontended, no system call; a waiter looks
///             out for a moment before it sleeps.
///   fairness  none: a running thread may take the lock before the sleeper that was woken for it.
///   unlocking any thread may, provided that the lock() happens before it. Unlocking a free lock throws, and leaves it
///             free.
///   lifetime  may be destroyed once unlocked, also by a thread that learnt of that by locking it itself (glibc bug
///             13690): after its exchange unlock() uses the word's address only.
///
/// Memory ordering: what a thread did before unlock() is visible to the thread that next gets the lock, by lock() or by
/// any try that returned true. A try that returned false orders nothing.
///
///   word_      what is true                         who moves it on
///   free       nobody holds the lock                take(): held. take_or_mark(): contended
///   held       it is held, nobody sleeps            unlock(): free. take_or_mark(): contended
///   contended  it is held, somebody may be asleep   unlock(): free, and it wakes one
///
/// Invariants
///   M1  a thread sleeps only after it wrote `contended` itself, and only while the word still says so.
///   M2  only unlock() takes `contended` away, and then it wakes a sleeper.
///   M3  whoever may have slept takes the lock as contended: it can't know whether others sleep still.
/// A waiter that gives up leaves `contended` behind: at worst one wake that nobody needs. A waiter that was woken
/// always tries to take the lock before it looks at the time again, so no wake is lost with it.

#include <chrono>
#include <cstdint>
#include <system_error>

#include "primitives/sync.hpp"

namespace gauntlet {

class mutex {
 public:
  static constexpr bool any_thread_may_unlock = true;
  /// A claim: unlock() of a free lock throws.
  static constexpr bool unlock_is_checked = true;

  mutex() = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    if (take() || sync::spin_briefly([this] { return seems_free() && take(); })) return;
    while (!take_or_mark()) sync::futex_wait(word_, contended);
  }

  /// Doesn't fail on a free lock whose last unlock() happens before the call.
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

  /// Whether somebody held it at some moment during the call.
  bool is_locked() const noexcept {
    // relaxed: a statistic; who wants the lock takes it.
    return word_.load(std::memory_order_relaxed) != free;
  }

  /// @throws std::system_error (operation_not_permitted) if nobody holds the lock
  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    // release [handoff]: pairs with the acquires of word_ in take() and take_or_mark(); carries the critical section.
    const auto was = word_.exchange(free, std::memory_order_release);
    if (was == contended) sync::futex_wake(word_, 1);
    if (was == free)
      throw std::system_error(std::make_error_code(std::errc::operation_not_permitted), "unlock of a free mutex");
  }

 private:
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t held = 1;
  static constexpr std::uint32_t contended = 2;

  bool take() {
    auto expected = free;
    // acquire [handoff]: pairs with unlock()'s release of word_; carries the critical section.
    // relaxed: on failure the value is dropped; take_or_mark(), or the next try, revalidates it by its acquire.
    return word_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed);
  }

  bool seems_free() const {
    // relaxed: revalidated by take()'s compare-exchange; keeps the cache line shared while the lock is held.
    return word_.load(std::memory_order_relaxed) == free;
  }

  /// Takes a free lock as contended (M3), or marks a held one, which is the licence to sleep (M1).
  bool take_or_mark() {
    // acquire [handoff]: pairs with unlock()'s release of word_; carries the critical section.
    return word_.exchange(contended, std::memory_order_acquire) == free;
  }

  bool take_until(const sync::deadline& when) {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    if (take()) return announced.result(true);
    while (!take_or_mark())
      if (sync::futex_wait_until(word_, contended, when) == sync::wait_result::timed_out)
        return announced.result(false);
    return announced.result(true);
  }

  sync::atomic<std::uint32_t> word_{free};
  [[no_unique_address]] sync::lock_identity identity_{sync::released_by::anyone};
};

}  // namespace gauntlet
