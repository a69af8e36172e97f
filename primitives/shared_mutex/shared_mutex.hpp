#pragma once
/// A lock that one writer or any number of readers hold, after Howard Hinnant's shared mutex (N2406, 2007): a writer
/// first shuts the door behind the readers, then waits until they have left. One futex word.
///
/// Promises
///   safety    while a writer holds the lock nobody else does. Not recursive: who locks again, in any form, may wait
///   for
///             ever. There is no upgrade.
///   progress  blocking; somebody gets in whenever the lock is free. Uncontended, no system call; a waiter looks
///             out for a moment before it sleeps.
///   fairness  readers never starve a writer: while one waits, no new reader gets in. Beyond that none: when a writer
///             lets go, readers and writers that wait compete.
///   time-out  a writer that gives up opens the door again, and wakes the readers that waited behind it.
///   unlocking any thread may, provided that the lock() or lock_shared() happens before it. Unlocking what is not held
///             is the caller's error.
///   lifetime  may be destroyed once unlocked, also by a thread that learnt of that by locking it itself: after its
///             read-modify-write unlock() and unlock_shared() use the word's address only.
///
/// Memory ordering: what a thread did before unlock() is visible to all who hold the lock afterwards; what a thread did
/// before unlock_shared(), to the writers among them. Readers order nothing among themselves. A try that returned false
/// orders nothing.
///
///   word_               what is true
///   writer  readers
///     0       n         n readers hold the lock
///     1       n > 0     they do, and one writer waits for them; nobody else gets in
///     1       0         a writer holds it
///   asleep: somebody may sleep on the word, for one of two reasons: there is a writer before it, or readers are before
///   the writer that it is.
///
/// Invariants
///   W1  only the one thread that raised `writer`, or took over from it by [handoff], lowers it.
///   W2  `asleep` is raised only together with `writer`, and lowered only with it; who lowers it wakes everybody.
///   W3  the last reader to leave before a writer wakes everybody, too; those who wait for the writer sleep again.
///   W4  a thread sleeps only on a word that has `asleep`, and that its own reason to wait still holds for.
///
/// Limits: 2^30 - 1 readers at once, an error beyond.

#include <chrono>
#include <cstdint>
#include <system_error>

#include "primitives/sync.hpp"

namespace gauntlet {

class shared_mutex {
 public:
  /// A claim: while a writer waits no new reader gets in.
  static constexpr bool writers_hold_off_readers = true;

  shared_mutex() = default;
  shared_mutex(const shared_mutex&) = delete;
  shared_mutex& operator=(const shared_mutex&) = delete;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    take(sync::deadline::never());
  }

  /// Doesn't shut out readers where it fails.
  bool try_lock() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    std::uint32_t expected = 0;
    // acquire [handoff]: pairs with the releases of word_ in unlock() and unlock_shared(); carries their sections.
    // relaxed: on failure the value is dropped; the caller's next try looks again.
    return announced.result(
        word_.compare_exchange_strong(expected, writer, std::memory_order_acquire, std::memory_order_relaxed));
  }

  /// @param duration zero, or negative: one try; too long to be represented: no limit
  template <class Rep, class Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_lock_before(sync::deadline::after(duration));
  }

  /// @param when a point on any clock, passed or not
  template <class Clock, class Duration>
  bool try_lock_until(const std::chrono::time_point<Clock, Duration>& when) {
    return try_lock_before(sync::deadline::at(when));
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    // release [handoff]: pairs with the acquires of word_ in all that lock; carries the writer's section.
    if ((word_.exchange(0, std::memory_order_release) & asleep) != 0) sync::futex_wake(word_, sync::everyone);
  }

  /// @throws std::system_error (resource_unavailable_try_again) if there are too many readers
  void lock_shared() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire_shared);
    join(sync::deadline::never());
  }

  /// @throws as lock_shared() does
  bool try_lock_shared() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire_shared);
    // relaxed: revalidated by the compare-exchange in enter().
    auto seen = word_.load(std::memory_order_relaxed);
    return announced.result(enter(seen, 1));
  }

  /// @param duration zero, or negative: one try; too long to be represented: no limit
  template <class Rep, class Period>
  bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_lock_shared_before(sync::deadline::after(duration));
  }

  /// @param when a point on any clock, passed or not
  template <class Clock, class Duration>
  bool try_lock_shared_until(const std::chrono::time_point<Clock, Duration>& when) {
    return try_lock_shared_before(sync::deadline::at(when));
  }

  void unlock_shared() {
    const sync::lock_scope announced(identity_, sync::lock_action::release_shared);
    // release [handoff]: pairs with the acquires of word_ in all that lock; carries the reader's section, to writers.
    const auto before = word_.fetch_sub(1, std::memory_order_release);
    // W3.
    if ((before & readers) == 1 && (before & asleep) != 0) sync::futex_wake(word_, sync::everyone);
  }

 private:
  static constexpr std::uint32_t writer = std::uint32_t{1} << 31;
  static constexpr std::uint32_t asleep = std::uint32_t{1} << 30;
  static constexpr std::uint32_t readers = asleep - 1;

  [[noreturn]] static void too_many() {
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                            "a shared_mutex has too many readers");
  }

  bool try_lock_before(const sync::deadline& when) {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    return announced.result(take(when));
  }

  bool try_lock_shared_before(const sync::deadline& when) {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire_shared);
    return announced.result(join(when));
  }

  bool join(const sync::deadline& when) {
    // relaxed: revalidated by the compare-exchange in enter().
    auto seen = word_.load(std::memory_order_relaxed);
    if (enter(seen, 1)) return true;
    look_out(seen, when);
    while (!enter(seen, 1))
      if (!sleep(seen, when)) return false;
    return true;
  }

  bool take(const sync::deadline& when) {
    // relaxed: revalidated by the compare-exchange in enter().
    auto seen = word_.load(std::memory_order_relaxed);
    if (!enter(seen, writer)) {
      look_out(seen, when);
      while (!enter(seen, writer))
        if (!sleep(seen, when)) return false;
    }
    const auto left = [&] {
      // acquire [handoff]: pairs with unlock_shared()'s release of word_; carries the readers' sections.
      seen = word_.load(std::memory_order_acquire);
      return (seen & readers) == 0;
    };
    if (sync::spin_briefly(left, when)) return true;
    while (!left())
      if (!sleep(seen, when)) return stay_or_leave();
    return true;
  }

  /// Waits a moment for the writer to go.
  void look_out(std::uint32_t& seen, const sync::deadline& when) {
    sync::spin_briefly(
        [&] {
          // relaxed: revalidated by the compare-exchange in enter().
          seen = word_.load(std::memory_order_relaxed);
          return (seen & writer) == 0;
        },
        when);
  }

  /// Adds `what`, a reader or the writer, unless there is a writer before it.
  /// @param seen what the word held; on failure what it holds now
  bool enter(std::uint32_t& seen, std::uint32_t what) {
    bool entered = false;
    sync::retry_until([&] {
      entered = false;
      if ((seen & writer) != 0) return true;
      if (what == 1 && (seen & readers) == readers) [[unlikely]]
        too_many();
      // acquire [handoff]: pairs with the releases of word_ in unlock() and unlock_shared(); carries their sections.
      // relaxed: on failure, revalidated by the next round.
      entered = word_.compare_exchange_weak(seen, seen + what, std::memory_order_acquire, std::memory_order_relaxed);
      return entered;
    });
    return entered;
  }

  /// Sleeps if the word still holds `seen`, which has `writer`, or the same with `asleep` (W4).
  /// @param seen afterwards what the word holds now
  /// @return false if the time was up
  bool sleep(std::uint32_t& seen, const sync::deadline& when) {
    const auto marked = seen | asleep;
    // relaxed: carries nothing; on failure, too: the caller looks again.
    if (seen != marked &&
        !word_.compare_exchange_strong(seen, marked, std::memory_order_relaxed, std::memory_order_relaxed))
      return true;
    const auto result = sync::futex_wait_until(word_, marked, when);
    // relaxed: revalidated by the caller's compare-exchange or acquire.
    seen = word_.load(std::memory_order_relaxed);
    return result != sync::wait_result::timed_out;
  }

  /// A writer whose time is up before the readers left: lets in those who waited behind it, unless the readers have
  /// just left. @return whether it holds the lock
  bool stay_or_leave() {
    // acquire [handoff]: pairs with unlock_shared()'s release of word_; carries the readers' sections.
    auto seen = word_.load(std::memory_order_acquire);
    sync::retry_until([&] {
      if ((seen & readers) == 0) return true;
      // relaxed: carries nothing but the readers' count.
      // acquire [handoff]: on failure, pairs with unlock_shared()'s release of word_; carries the readers' sections.
      return word_.compare_exchange_weak(seen, seen & readers, std::memory_order_relaxed, std::memory_order_acquire);
    });
    if ((seen & readers) == 0) return true;
    if ((seen & asleep) != 0) sync::futex_wake(word_, sync::everyone);
    return false;
  }

  /// writer, asleep, and how many readers hold the lock.
  sync::atomic<std::uint32_t> word_{0};
  [[no_unique_address]] sync::lock_identity identity_;
};

}  // namespace gauntlet
