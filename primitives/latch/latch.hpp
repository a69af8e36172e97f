#pragma once
/// A count that goes down to zero once, and lets through whoever waits for that; after std::latch. One futex word.
///
/// Promises
///   Safety    A wait returns only when the count has reached zero. The count never goes below.
///   Progress  count_down and try_wait are lock-free; wait blocks. No wake-up is lost: who brings the count to zero
///             wakes all.
///   Fairness  None needed: waiters don't compete.
///   Lifetime  May be destroyed once every wait and every count_down has returned; also by a waiter that was let
///             through, while the count_down that reached zero is still on its way out: after its compare-exchange it
///             uses the word's address only.
///
/// Memory ordering: what a thread did before count_down() is visible after every wait(), and every try_wait() and timed
/// wait that returned true: each change of the word is a read-modify-write, so it continues the release sequence of the
/// earlier ones.
///
/// The word: the count, times two; plus 1 if somebody may sleep
///   0       zero, for good            wait returns
///   even    nobody sleeps             count_down to zero wakes nobody
///   odd     threads may sleep         count_down to zero wakes all, and writes 0
///
/// Invariant: a thread sleeps only on an odd word, and no step but the last takes that mark away.

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "primitives/sync.hpp"

namespace gauntlet {

class latch {
 public:
  /// The most that it can count.
  static constexpr std::uint32_t max() noexcept { return 0x7fffffff; }

  /// @param expected 0 to max(); 0 lets everybody through at once
  /// @throws std::invalid_argument if it is more
  explicit latch(std::uint32_t expected) : word_(expected * one) {
    if (expected > max())
      throw std::invalid_argument("latch: expected is " + std::to_string(expected) + ", at most " +
                                  std::to_string(max()) + " can be counted");
  }
  latch(const latch&) = delete;
  latch& operator=(const latch&) = delete;

  /// Takes `n` off the count, and wakes all who wait if nothing is left.
  /// @param n 0 to the count
  /// @throws std::invalid_argument if it is more; nothing is taken off
  void count_down(std::uint32_t n = 1) {
    if (n == 0) return;
    // relaxed: revalidated by the compare-exchange below.
    auto seen = word_.load(std::memory_order_relaxed);
    sync::retry_until([&] {
      if (n > seen / one)
        throw std::invalid_argument("latch::count_down: n is " + std::to_string(n) + ", expected at most " +
                                    std::to_string(seen / one));
      // release [zero]: pairs with the acquires of word_ in try_wait() and wait(); carries what came before the call.
      // relaxed: on failure, revalidated by the next round.
      return word_.compare_exchange_weak(seen, rest(seen, n), std::memory_order_release, std::memory_order_relaxed);
    });
    // From here on *this may be gone.
    if (rest(seen, n) == 0 && (seen & asleep) != 0) sync::futex_wake(word_, sync::everyone);
  }

  /// @return whether the count is zero; never false once it was
  bool try_wait() const noexcept {
    // acquire [zero]: pairs with count_down()'s release of word_; carries what came before each of them.
    return word_.load(std::memory_order_acquire) == 0;
  }

  /// Waits until the count is zero.
  void wait() noexcept { wait(sync::deadline::never()); }

  /// @param duration any, negative and max() included
  /// @return whether the count is zero
  template <class Rep, class Period>
  bool wait_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_wait() || wait(sync::deadline::after(duration));
  }

  /// @param when on any clock; one other than the steady clock is read once, before the wait
  /// @return whether the count is zero
  template <class Clock, class Duration>
  bool wait_until(const std::chrono::time_point<Clock, Duration>& when) {
    return try_wait() || wait(sync::deadline::at(when));
  }

  /// count_down(n), then wait().
  void arrive_and_wait(std::uint32_t n = 1) {
    count_down(n);
    wait();
  }

 private:
  static constexpr std::uint32_t asleep = 1;
  static constexpr std::uint32_t one = 2;

  /// The word after `n` were taken off. The mark goes with the last.
  static constexpr std::uint32_t rest(std::uint32_t word, std::uint32_t n) noexcept {
    const auto left = word - n * one;
    return left == asleep ? 0 : left;
  }

  bool wait(const sync::deadline& when) noexcept {
    if (sync::spin_briefly([this] { return try_wait(); }, when)) return true;
    // acquire [zero]: pairs with count_down()'s release of word_; carries what came before each of them.
    auto seen = word_.load(std::memory_order_acquire);
    for (bool late = false; seen != 0;) {
      if (late) return false;
      // acquire [zero]: pairs with count_down()'s release of word_, should it be zero by now.
      // acquire [zero]: on failure likewise.
      if ((seen & asleep) == 0 &&
          !word_.compare_exchange_strong(seen, seen | asleep, std::memory_order_acquire, std::memory_order_acquire))
        continue;
      late = sync::futex_wait_until(word_, seen | asleep, when) == sync::wait_result::timed_out;
      // acquire [zero]: pairs with count_down()'s release of word_; carries what came before each of them.
      seen = word_.load(std::memory_order_acquire);
    }
    return true;
  }

  sync::atomic<std::uint32_t> word_;
};

}  // namespace gauntlet
