#pragma once
/// A lock that its holder may lock again, after Python's threading.RLock and std::recursive_timed_mutex. One futex word
/// says who holds it and whether anybody sleeps, as in Linux' PI futexes; the depth lies beside it.
///
/// Promises
///   safety    at most one thread holds the lock, from a successful lock or try until as many unlocks.
///   ownership only the holder unlocks. Anybody else, on a free lock too, gets an exception, and changes nothing.
///   progress  blocking; somebody gets in whenever the lock is free. Uncontended, no system call; deeper, no shared
///             write.
///   fairness  none: a running thread may take the lock before the sleeper that was woken for it.
///   lifetime  may be destroyed once unlocked, also by a thread that learnt of that by locking it itself: after its
///             exchange the last unlock() uses the word's address only. Held by nobody who still uses it, likewise.
///
/// Memory ordering: what a thread did before its last unlock() is visible to the thread that next gets the lock. Inner
/// locks and unlocks, is_owner(), depth(), and tries that returned false order nothing.
///
///   word_           what is true                       who moves it on
///   0               nobody holds the lock              take(), take_or_mark(): to the taker's id
///   id              that thread holds it               let_go(): 0. take_or_mark(): adds `contended`
///   id | contended  likewise, and others may sleep     let_go(): 0, and it wakes one
///
/// Invariants
///   I1  a thread's id enters the word by that thread's compare-exchange only, and leaves by that thread's exchange.
///   I2  so a thread may ask "is it me?" with a relaxed load: while it holds the lock every value that coherence lets
///       it read bears its id, and after it let go none does, however stale. What the others write can only turn one
///       "not me" into another.
///   I3  depth_ belongs to the holder: who is not the holder never touches it.
///   I4  a thread sleeps only on a word that is marked `contended`; only let_go() takes the mark away, and then it
///       wakes a sleeper; who may have slept takes the lock with the mark, for those who sleep on.
///
/// Limits: depth 2^32 - 1, an error beyond; thread ids below 2^31, none used twice.

#include <chrono>
#include <cstdint>
#include <limits>
#include <system_error>

#include "primitives/sync.hpp"

namespace gauntlet {

class recursive_mutex {
 public:
  static constexpr unsigned max_depth = std::numeric_limits<unsigned>::max();

  recursive_mutex() = default;
  recursive_mutex(const recursive_mutex&) = delete;
  recursive_mutex& operator=(const recursive_mutex&) = delete;

  /// @throws std::system_error (resource_unavailable_try_again) if the caller holds the lock max_depth times already
  void lock() {
    if (!is_owner()) return take_at(1);
    if (!deepen()) fail(std::errc::resource_unavailable_try_again, "a recursive_mutex is locked too often");
  }

  /// Takes a free lock, and one that the caller holds up to max_depth; never waits.
  bool try_lock() {
    if (is_owner()) return deepen();
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    if (!announced.result(take())) return false;
    depth_.set(1);
    return true;
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

  /// @throws std::system_error (operation_not_permitted) if the caller doesn't hold the lock
  void unlock() {
    expect_owner("unlock of a recursive_mutex that the caller doesn't hold");
    const unsigned left = depth_.get() - 1;
    depth_.set(left);
    if (left == 0) let_go();
  }

  /// Unlocks as often as the caller locked: what a condition's wait does before it sleeps.
  /// @return how often that was, at least 1; for restore()
  /// @throws std::system_error (operation_not_permitted) if the caller doesn't hold the lock
  unsigned release_all() {
    expect_owner("release of a recursive_mutex that the caller doesn't hold");
    const unsigned was = depth_.get();
    depth_.set(0);
    let_go();
    return was;
  }

  /// Locks `depth` times at once, waiting as long as it takes: the way back from release_all().
  /// @param depth 1 to max_depth
  /// @throws std::system_error: invalid_argument if depth is 0, resource_deadlock_would_occur if the caller holds the
  /// lock
  void restore(unsigned depth) {
    if (depth == 0) fail(std::errc::invalid_argument, "a recursive_mutex can't be restored to depth 0");
    if (is_owner()) fail(std::errc::resource_deadlock_would_occur, "a recursive_mutex is restored by its holder");
    take_at(depth);
  }

  /// Whether the calling thread holds the lock.
  bool is_owner() const noexcept {
    // relaxed: only the caller writes its own id, I2.
    return (word_.load(std::memory_order_relaxed) & ~contended) == sync::this_thread();
  }

  /// How often the calling thread holds the lock: 0 if it doesn't, though another may.
  unsigned depth() const { return is_owner() ? depth_.get() : 0; }

 private:
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t contended = std::uint32_t{1} << 31;

  [[noreturn]] static void fail(std::errc why, const char* what) {
    throw std::system_error(std::make_error_code(why), what);
  }

  void expect_owner(const char* otherwise) const {
    if (!is_owner()) fail(std::errc::operation_not_permitted, otherwise);
  }

  /// The caller holds the lock. @return whether it does so once more
  bool deepen() {
    const unsigned before = depth_.get();
    if (before == max_depth) return false;
    depth_.set(before + 1);
    return true;
  }

  void take_at(unsigned depth) {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    wait(sync::deadline::never());
    depth_.set(depth);
  }

  bool try_lock_before(const sync::deadline& when) {
    if (is_owner()) return deepen();
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    if (!announced.result(wait(when))) return false;
    depth_.set(1);
    return true;
  }

  /// A woken waiter tries for the lock before it looks at the time again, so no wake is lost with one that gives up.
  bool wait(const sync::deadline& when) {
    if (take()) return true;
    for (std::uint32_t holder = free; !take_or_mark(holder);)
      if (sync::futex_wait_until(word_, holder, when) == sync::wait_result::timed_out) return false;
    return true;
  }

  bool take() {
    auto expected = free;
    // acquire [handoff]: pairs with let_go()'s release of word_; carries the section, and depth_.
    // relaxed: on failure the value is dropped; take_or_mark(), or the next try, looks again.
    return word_.compare_exchange_strong(expected, sync::this_thread(), std::memory_order_acquire,
                                         std::memory_order_relaxed);
  }

  /// Takes a free lock, or marks a held one. I4: with the mark in both cases.
  /// @param marked what the held word holds now: what to sleep on
  bool take_or_mark(std::uint32_t& marked) {
    bool taken = false;
    // relaxed: revalidated by the compare-exchanges below, and by futex_wait.
    auto seen = word_.load(std::memory_order_relaxed);
    sync::retry_until([&] {
      taken = false;
      if (seen == free) {
        // acquire [handoff]: pairs with let_go()'s release of word_; carries the section, and depth_.
        // relaxed: on failure, revalidated by the next round.
        taken = word_.compare_exchange_weak(seen, sync::this_thread() | contended, std::memory_order_acquire,
                                            std::memory_order_relaxed);
        return taken;
      }
      marked = seen | contended;
      if (seen == marked) return true;
      // relaxed: carries nothing, the lock stays with its holder; on failure, revalidated by the next round.
      return word_.compare_exchange_weak(seen, marked, std::memory_order_relaxed, std::memory_order_relaxed);
    });
    return taken;
  }

  void let_go() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    // release [handoff]: pairs with the acquires of word_ in take() and take_or_mark(); carries the section, and
    // depth_.
    const auto was = word_.exchange(free, std::memory_order_release);
    if ((was & contended) != 0) sync::futex_wake(word_, 1);
  }

  /// The holder's id, or free; and contended.
  sync::atomic<std::uint32_t> word_{free};
  sync::var<unsigned> depth_{0};
  [[no_unique_address]] sync::lock_identity identity_;
};

}  // namespace gauntlet
