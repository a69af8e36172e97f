#pragma once
/// A counting semaphore that sleeps in the kernel. One futex word counts both the permits and the threads that wait, as
/// glibc's sem_t does in 64 bits (nptl/sem_waitcommon.c).
///
/// Promises
///   Safety    No more permits are taken than there were initially and were released since.
///   Progress  try_acquire and release are lock-free; acquire blocks. No wake-up is lost: nobody sleeps on while a
///             permit stays free.
///   Fairness  None: a thread that comes by may take a permit before those that sleep.
///   Lifetime  May be destroyed once every acquire has returned, even if a release that let one through has not: after
///             its compare-exchange, release uses the word's address only.
///
/// Memory ordering: what a thread did before release() is visible to every thread that takes a permit later in the
/// word's modification order, whoever's permit that was: each change of the word is a read-modify-write, so it
/// continues the release sequence of every earlier release. A try that fails orders nothing.
///
/// States of counts_
///   permits  waiters
///     > 0       0     free: acquire takes a permit
///     0         0     exhausted: acquire becomes a waiter
///     0        > 0    waiters sleep, or are about to; release adds permits and wakes as many of them
///     > 0      > 0    woken waiters are on their way to the permits; any thread may take one before them
///
/// Invariants
///   I1  A thread sleeps only on a word without permits that counts it as a waiter.
///   I2  release(n) reads the waiters in the step that adds the permits, and wakes n if there are any; not only when
///       the permits were exhausted (the bug of llvm#46357).
///   I3  A waiter that was woken looks for a permit before it leaves or sleeps again.
/// Why no wake-up is lost: suppose that a waiter sleeps for good while permits stay free, and look at the time since
/// they were last exhausted; by I1 it is asleep already. Each release(n) since then has woken n others (I2), for it
/// would have woken this one, had there been fewer. Each of those found a permit (I3). So as many were taken as were
/// added, and none is free.
///
/// Why one word: with the waiters in a second one, release would store the one and then load the other, which needs
/// seq_cst against the waiter that does the reverse, and would load it when the permit is out and the semaphore may be
/// gone.
///
/// Limits: 65,535 permits (POSIX asks for 32,767), and 65,535 threads waiting at once, twice as many as a process can
/// start under Linux's default vm.max_map_count.

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "primitives/semaphore/permit.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class semaphore {
 public:
  /// The most permits that can be free at once.
  static constexpr std::uint32_t max() noexcept { return one_waiter - one_permit; }

  /// @param initial permits, 0 to max()
  /// @throws std::invalid_argument if there can't be as many
  explicit semaphore(std::uint32_t initial = 1) : counts_(initial) {
    if (initial > max())
      throw std::invalid_argument("semaphore: initial is " + std::to_string(initial) + ", expected at most " +
                                  std::to_string(max()));
  }

  /// Takes a permit; waits until there is one.
  void acquire() noexcept {
    if (!try_acquire()) wait(sync::deadline::never());
  }

  /// Takes a permit if there is one now.
  /// @return whether it did; false only if there was none
  bool try_acquire() noexcept {
    std::uint32_t seen;
    return take(one_permit, seen);
  }

  /// Takes a permit; waits for one no longer than `duration`.
  /// @param duration any, negative and max() included
  /// @return whether it took one
  template <class Rep, class Period>
  bool try_acquire_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_acquire() || wait(sync::deadline::after(duration));
  }

  /// Takes a permit; waits for one until `when` at the latest.
  /// @param when on any clock; one other than the steady clock is read once, before the wait
  /// @return whether it took one
  template <class Clock, class Duration>
  bool try_acquire_until(const std::chrono::time_point<Clock, Duration>& when) {
    return try_acquire() || wait(sync::deadline::at(when));
  }

  /// Adds `n` permits and wakes as many waiters. There may then be more than initially.
  /// @param n 1 to max()
  /// @throws std::invalid_argument if n is 0
  /// @throws std::overflow_error if more than max() permits would be free; none is added
  void release(std::uint32_t n = 1) { add(n, max(), "semaphore"); }

  /// How many permits were free at some moment during the call.
  std::uint32_t available() const noexcept {
    // relaxed: a statistic; who wants a permit takes one.
    return permits(counts_.load(std::memory_order_relaxed));
  }

 protected:
  /// release() that leaves at most `limit` permits free.
  /// @param limit up to max() @param name for the errors
  void add(std::uint32_t n, std::uint32_t limit, const char* name) {
    if (n < 1) throw std::invalid_argument(std::string(name) + "::release: n is 0, expected at least 1");
    // relaxed: revalidated by the compare-exchange below.
    auto seen = counts_.load(std::memory_order_relaxed);
    sync::retry_until([&] {
      if (n > limit - permits(seen)) [[unlikely]]
        too_many(n, permits(seen), limit, name);
      // release [permit]: pairs with take()'s acquire of counts_; carries all that came before the release.
      // relaxed: on failure, revalidated by the next round.
      return counts_.compare_exchange_weak(seen, seen + n * one_permit, std::memory_order_release,
                                           std::memory_order_relaxed);
    });
    // I2. From here on *this may be gone.
    if (waiters(seen) > 0) sync::futex_wake(counts_, n);
  }

 private:
  static constexpr std::uint32_t one_permit = 1;
  static constexpr std::uint32_t one_waiter = 1U << 16;

  static constexpr std::uint32_t permits(std::uint32_t counts) noexcept { return counts % one_waiter; }
  static constexpr std::uint32_t waiters(std::uint32_t counts) noexcept { return counts / one_waiter; }

  [[noreturn]] static void too_many(std::uint32_t n, std::uint32_t free, std::uint32_t limit, const char* name) {
    throw std::overflow_error(std::string(name) + "::release: n is " + std::to_string(n) + ", expected at most " +
                              std::to_string(limit - free) + " with " + std::to_string(free) + " permits free of " +
                              std::to_string(limit));
  }

  /// Takes a permit if there is one.
  /// @param price what that takes off counts_: the permit, and the waiter if the thread is one
  /// @param seen the word without permits that was seen, if false is returned
  bool take(std::uint32_t price, std::uint32_t& seen) noexcept {
    // relaxed: revalidated by the compare-exchange below, or by futex_wait's own look.
    seen = counts_.load(std::memory_order_relaxed);
    bool taken = false;
    sync::retry_until([&] {
      if (permits(seen) == 0) return true;
      // acquire [permit]: pairs with release()'s release of counts_, and with all that came earlier.
      // relaxed: on failure, revalidated by the next round.
      taken = counts_.compare_exchange_weak(seen, seen - price, std::memory_order_acquire, std::memory_order_relaxed);
      return taken;
    });
    return taken;
  }

  /// Takes a permit, soon as a waiter, or gives up at `when`. Looks once more when that has passed.
  bool wait(const sync::deadline& when) noexcept {
    if (sync::spin_briefly([this] { return try_acquire(); }, when)) return true;
    // relaxed: ordered by [permit]; that release() counts this waiter, or take() sees its permit, is one word's order.
    counts_.fetch_add(one_waiter, std::memory_order_relaxed);
    for (bool late = false;;) {
      std::uint32_t seen;
      if (take(one_permit + one_waiter, seen)) return true;
      if (late) break;
      // I1: `seen` has no permits, and counts this waiter.
      late = sync::futex_wait_until(counts_, seen, when) == sync::wait_result::timed_out;
    }
    // A wait that timed out has used up no wake-up, so I3 asks for no other look.
    // relaxed: ordered by [permit]; leaving carries nothing.
    counts_.fetch_sub(one_waiter, std::memory_order_relaxed);
    return false;
  }

  /// The permits, plus one_waiter for each thread that waits.
  sync::atomic<std::uint32_t> counts_;
};

}  // namespace gauntlet
