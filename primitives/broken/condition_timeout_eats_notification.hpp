#pragma once
/// A condition whose waiters queue, and whose notify takes one out; but a waiter whose time is up says so, whether it
/// was notified or not.
///
///     impatient, first in the queue   notifier                  patient, second
///     its time is up
///                                     notify(): takes it out
///     returns timeout
///                                                               sleeps for ever
///
/// The one notification ended a wait that would have ended without it (POSIX forbids it: pthread_cond_timedwait, "shall
/// not consume a condition signal"). stress and relacy must catch it, as a deadlock. There is no race and no bad
/// access for the sanitizers to see, so long as nobody destroys it under a waiter that leaves.

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class condition_timeout_eats_notification {
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
    const std::lock_guard guarded(guard_);
    for (; n > 0 && !waiters_.empty(); --n) {
      waiter& one = *waiters_.front();
      waiters_.pop_front();
      // release [notify]: pairs with wait_until_deadline()'s acquire of notified; carries what came before notify().
      one.store(1, std::memory_order_release);
      sync::futex_wake(one, 1);
    }
  }

  void notify_all() { notify(sync::everyone); }

 private:
  using waiter = sync::atomic<std::uint32_t>;

  template <class Lock>
  std::cv_status wait_until_deadline(Lock& lock, const sync::deadline& when) {
    waiter notified{0};
    enter(notified);
    lock.unlock();
    auto ended = sync::wait_result::woken;
    // acquire [notify]: pairs with notify()'s release of one; carries what came before notify().
    while (notified.load(std::memory_order_acquire) == 0 && ended != sync::wait_result::timed_out)
      ended = sync::futex_wait_until(notified, 0, when);
    // flaw: leaving the queue must not succeed, and so not count as a time-out, if notify() was there first.
    if (ended == sync::wait_result::timed_out) leave(notified);
    lock.lock();
    return ended == sync::wait_result::timed_out ? std::cv_status::timeout : std::cv_status::no_timeout;
  }

  template <class Lock, class Predicate>
  bool wait_until_deadline(Lock& lock, const sync::deadline& when, Predicate& predicate) {
    while (!predicate())
      if (wait_until_deadline(lock, when) == std::cv_status::timeout) return predicate();
    return true;
  }

  void enter(waiter& one) {
    const std::lock_guard guarded(guard_);
    waiters_.push_back(&one);
  }

  void leave(waiter& one) {
    const std::lock_guard guarded(guard_);
    std::erase(waiters_, &one);
  }

  mutex guard_;
  std::deque<waiter*> waiters_;
};

}  // namespace gauntlet
