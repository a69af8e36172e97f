#pragma once
/// shared_mutex whose readers leave without a release, since "they have written nothing": what they read may still be
/// read after a writer got in.
///
///     reader                                    writer
///     reads what the lock guards
///     unlock_shared(): relaxed
///                                               gets in, and writes it: nothing orders the read before
///
/// Readers and writers do exclude each other, and x86 never shows it. tsan and relacy must catch it, as a data race.

#include <chrono>
#include <cstdint>
#include <system_error>

#include "primitives/sync.hpp"

namespace gauntlet {

class shared_mutex_relaxed_reader_exit {
 public:
  shared_mutex_relaxed_reader_exit() = default;
  shared_mutex_relaxed_reader_exit(const shared_mutex_relaxed_reader_exit&) = delete;
  shared_mutex_relaxed_reader_exit& operator=(const shared_mutex_relaxed_reader_exit&) = delete;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    take(sync::deadline::never());
  }

  bool try_lock() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    std::uint32_t expected = 0;
    // acquire [handoff]: pairs with the releases of word_ in unlock() and unlock_shared(); carries their sections.
    // relaxed: on failure the value is dropped; the caller's next try looks again.
    return announced.result(
        word_.compare_exchange_strong(expected, writer, std::memory_order_acquire, std::memory_order_relaxed));
  }

  template <class Rep, class Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_lock_before(sync::deadline::after(duration));
  }

  template <class Clock, class Duration>
  bool try_lock_until(const std::chrono::time_point<Clock, Duration>& when) {
    return try_lock_before(sync::deadline::at(when));
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    // release [handoff]: pairs with the acquires of word_ in all that lock; carries the writer's section.
    if ((word_.exchange(0, std::memory_order_release) & asleep) != 0) sync::futex_wake(word_, sync::everyone);
  }

  void lock_shared() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire_shared);
    join(sync::deadline::never());
  }

  bool try_lock_shared() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire_shared);
    // relaxed: revalidated by the compare-exchange in enter().
    auto seen = word_.load(std::memory_order_relaxed);
    return announced.result(enter(seen, 1));
  }

  template <class Rep, class Period>
  bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_lock_shared_before(sync::deadline::after(duration));
  }

  template <class Clock, class Duration>
  bool try_lock_shared_until(const std::chrono::time_point<Clock, Duration>& when) {
    return try_lock_shared_before(sync::deadline::at(when));
  }

  void unlock_shared() {
    const sync::lock_scope announced(identity_, sync::lock_action::release_shared);
    // flaw: relaxed, where a writer's acquire needs a release to pair with.
    const auto before = word_.fetch_sub(1, std::memory_order_relaxed);
    if ((before & readers) == 1 && (before & asleep) != 0) sync::futex_wake(word_, sync::everyone);
  }

 private:
  static constexpr std::uint32_t writer = std::uint32_t{1} << 31;
  static constexpr std::uint32_t asleep = std::uint32_t{1} << 30;
  static constexpr std::uint32_t readers = asleep - 1;

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
    while (!enter(seen, 1))
      if (!sleep(seen, when)) return false;
    return true;
  }

  bool take(const sync::deadline& when) {
    // relaxed: revalidated by the compare-exchange in enter().
    auto seen = word_.load(std::memory_order_relaxed);
    while (!enter(seen, writer))
      if (!sleep(seen, when)) return false;
    // acquire [handoff]: pairs with unlock_shared()'s release of word_; carries the readers' sections.
    while (((seen = word_.load(std::memory_order_acquire)) & readers) != 0)
      if (!sleep(seen, when)) return stay_or_leave();
    return true;
  }

  bool enter(std::uint32_t& seen, std::uint32_t what) {
    bool entered = false;
    sync::retry_until([&] {
      entered = false;
      if ((seen & writer) != 0) return true;
      if (what == 1 && (seen & readers) == readers)
        throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                                "a shared_mutex has too many readers");
      // acquire [handoff]: pairs with the releases of word_ in unlock() and unlock_shared(); carries their sections.
      // relaxed: on failure, revalidated by the next round.
      entered = word_.compare_exchange_weak(seen, seen + what, std::memory_order_acquire, std::memory_order_relaxed);
      return entered;
    });
    return entered;
  }

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

  sync::atomic<std::uint32_t> word_{0};
  [[no_unique_address]] sync::lock_identity identity_;
};

}  // namespace gauntlet
