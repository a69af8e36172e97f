#pragma once
/// A condition that counts its notifications in one word, which a waiter reads too late.
///
///     waiter                     notifier
///     finds nothing, unlocks
///                                locks, brings something
///                                notify(): count 1, wakes nobody
///     reads the count: 1
///     sleeps until it is not 1
///
/// What came is there and the waiter sleeps on. stress and relacy must catch it, as a deadlock. There is no race
/// and no bad access for the sanitizers to see.

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class condition_notify_lost_between_unlock_and_sleep {
 public:
  template <class Lock>
  void wait(Lock& lock) {
    wait_until_deadline(lock, sync::deadline::never());
  }

  template <class Lock, std::predicate Predicate>
  void wait(Lock& lock, Predicate predicate) {
    while (!predicate()) wait(lock);
  }

  template <class Lock, class Rep, class Period>
  std::cv_status wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration) {
    return wait_until_deadline(lock, sync::deadline::after(duration));
  }

  template <class Lock, class Rep, class Period, std::predicate Predicate>
  bool wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration, Predicate predicate) {
    return wait_until_deadline(lock, sync::deadline::after(duration), predicate);
  }

  template <class Lock, class Clock, class Duration>
  std::cv_status wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& when) {
    return wait_until_deadline(lock, sync::deadline::at(when));
  }

  template <class Lock, class Clock, class Duration, std::predicate Predicate>
  bool wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& when, Predicate predicate) {
    return wait_until_deadline(lock, sync::deadline::at(when), predicate);
  }

  void notify(std::size_t n = 1) {
    // relaxed: carries nothing; the lock orders what is waited for.
    count_.fetch_add(1, std::memory_order_relaxed);
    sync::futex_wake(count_, n < sync::everyone ? static_cast<std::uint32_t>(n) : sync::everyone);
  }

  void notify_all() { notify(sync::everyone); }

 private:
  template <class Lock>
  std::cv_status wait_until_deadline(Lock& lock, const sync::deadline& when) {
    lock.unlock();
    // flaw: the count belongs to what the predicate saw; it has to be read before the lock is unlocked.
    const auto seen = count_.load(std::memory_order_relaxed);
    const auto ended = sync::futex_wait_until(count_, seen, when);
    lock.lock();
    return ended == sync::wait_result::timed_out ? std::cv_status::timeout : std::cv_status::no_timeout;
  }

  template <class Lock, class Predicate>
  bool wait_until_deadline(Lock& lock, const sync::deadline& when, Predicate& predicate) {
    while (!predicate())
      if (wait_until_deadline(lock, when) == std::cv_status::timeout) return predicate();
    return true;
  }

  sync::atomic<std::uint32_t> count_{0};
};

}  // namespace gauntlet
