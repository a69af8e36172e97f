#pragma once
/// A condition variable for any lock, after Birrell ("An Introduction to Programming with Threads", 1989) and
/// std::condition_variable_any: a first-in first-out list of waiters, each asleep on a futex word of its own.
///
/// Promises
///   Safety    wait() unlocks and becomes a waiter as one step to whoever takes the same lock. It returns only if it
///             was notified, or its time is up: never spuriously. The lock is held again whenever it returns or throws;
///             if it can't be taken again, std::terminate is called.
///   Progress  wait blocks. notify(n) wakes min(n, waiters) of the threads that wait when it is called; who comes later
///             can't take their wake-up. Calls wait for each other no longer than it takes to walk the list.
///   Fairness  Waiters are notified in the order in which they came; they then compete for the lock as all others do.
///   Time-outs A wait whose time is up before it was notified takes no notification: that goes to the next waiter. One
///             that was notified says so, however late it is.
///   Lifetime  May be destroyed as soon as every waiter was notified or has timed out, before any of them returned;
///             and by a woken waiter, before the notify that woke it returned. The destructor waits for both.
///
/// Memory ordering: what a thread did before notify() is visible after the wait that it ended, beside what the lock
/// orders.
///
/// A waiter's word
///   waiting   it is in the list, and awake               notify: notified. Itself: asleep, or leaving
///   asleep    it is in the list, and may sleep           notify: notified, and wakes it. Its own time-out: leaving
///   notified  it is out of the list, and free to go      final
///   leaving   it is in the list, and takes itself out    final
///
/// Invariants
///   C1  The list is accessed under guard_ only. A waiter is in it before its lock is unlocked.
///   C2  The word decides, by one compare-exchange, whether a waiter was notified or timed out: never both.
///   C3  A notified waiter touches the condition no more. After the compare-exchange notify uses the waiter's address
///       only, and holds guard_ until it has done with all.
///   C4  length_ is the list's length, so that the destructor can await the waiters that are leaving.
///
/// Why a list: with one sequence word that all sleep on, a wake may reach a thread that came after the notify, and n
/// wakes more than n whenever waiters are on their way to sleep.
///
/// Not checked: that notify() is called with the lock held. It need not be; but who changes what is waited for without
/// the lock can have its notify come between another's look and its wait.

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <system_error>

#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class condition {
 public:
  /// Claims: no wait returns without a notification of its own or its time being up; waiters are notified in order.
  static constexpr bool never_spurious = true;
  static constexpr bool fifo = true;

  condition() = default;
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;

  /// No thread may wait that nobody notified.
  ~condition() {
    // relaxed: revalidated by guard_'s acquire, below, which awaits the last one that had it.
    sync::spin_until([this] { return length_.load(std::memory_order_relaxed) == 0; });
    const std::lock_guard last(guard_);
  }

  /// Unlocks, waits to be notified, and locks again.
  /// @param lock held by the caller: a lock, or a guard such as std::unique_lock. A recursive one with `release_all()`
  /// and `restore(depth)` is unlocked at any depth
  /// @throws std::system_error (operation_not_permitted) if a guard says by owns_lock() that it holds no lock; what
  /// lock.unlock() throws. No notification is lost then
  template <class Lock>
  void wait(Lock& lock) {
    wait_until_deadline(lock, sync::deadline::never());
  }

  /// Waits until `predicate` is true. It is called with the lock held; if it throws, the lock is held, too.
  template <class Lock, std::predicate Predicate>
  void wait(Lock& lock, Predicate predicate) {
    while (!predicate()) wait(lock);
  }

  /// wait() that gives up after `duration`.
  /// @param duration any, negative and max() included
  /// @return timeout if it was not notified
  template <class Lock, class Rep, class Period>
  std::cv_status wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration) {
    return wait_until_deadline(lock, sync::deadline::after(duration));
  }

  /// @param duration for all waits together, however often they are notified
  /// @return what `predicate` returned last
  template <class Lock, class Rep, class Period, std::predicate Predicate>
  bool wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration, Predicate predicate) {
    return wait_until_deadline(lock, sync::deadline::after(duration), predicate);
  }

  /// wait() that gives up at `when`.
  /// @param when on any clock; one other than the steady clock is read once, before the wait
  /// @return timeout if it was not notified
  template <class Lock, class Clock, class Duration>
  std::cv_status wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& when) {
    return wait_until_deadline(lock, sync::deadline::at(when));
  }

  /// @return what `predicate` returned last
  template <class Lock, class Clock, class Duration, std::predicate Predicate>
  bool wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& when, Predicate predicate) {
    return wait_until_deadline(lock, sync::deadline::at(when), predicate);
  }

  /// Wakes `n` of the threads that wait, those that came first; all, if there are fewer. With or without the lock.
  /// @param n 0 wakes nobody
  void notify(std::size_t n = 1) {
    const std::lock_guard guarded(guard_);
    for (waiter* one = first_.get(); one != nullptr && n > 0;) {
      waiter* const before = one->before.get();
      waiter* const after = one->after.get();
      // C2. One that is leaving stays for now, and the next is notified in its place.
      if (tell(*one, waiting)) {
        // C3: from here on *one may be gone.
        take_out(before, after);
        --n;
      } else if (tell(*one, asleep)) {
        sync::futex_wake(one->word, 1);
        take_out(before, after);
        --n;
      }
      one = after;
    }
  }

  void notify_all() { notify(std::numeric_limits<std::size_t>::max()); }

 private:
  static constexpr std::uint32_t waiting = 0;
  static constexpr std::uint32_t notified = 1;
  static constexpr std::uint32_t leaving = 2;
  static constexpr std::uint32_t asleep = 3;

  struct waiter {
    sync::atomic<std::uint32_t> word{waiting};
    sync::var<waiter*> before{nullptr};
    sync::var<waiter*> after{nullptr};
  };

  template <class Lock>
  std::cv_status wait_until_deadline(Lock& lock, const sync::deadline& when) {
    if constexpr (requires { lock.owns_lock(); })
      if (!lock.owns_lock())
        throw std::system_error(std::make_error_code(std::errc::operation_not_permitted),
                                "condition: wait with a guard that holds no lock");
    waiter me;
    enter(me);
    const auto depth = [&] {
      try {
        return release(lock);
      } catch (...) {
        // A notification that came meanwhile is passed on.
        if (!leave(me, waiting)) notify();
        throw;
      }
    }();
    const auto ended = sleep(me, when);
    restore(lock, depth);
    return ended;
  }

  template <class Lock, class Predicate>
  bool wait_until_deadline(Lock& lock, const sync::deadline& when, Predicate& predicate) {
    while (!predicate())
      if (wait_until_deadline(lock, when) == std::cv_status::timeout) return predicate();
    return true;
  }

  /// Unlocks at any depth. @return what restore() needs to lock again
  template <class Lock>
  static auto release(Lock& lock) {
    if constexpr (requires { lock.release_all(); }) {
      return lock.release_all();
    } else if constexpr (requires { lock.mutex()->release_all(); }) {
      return lock.mutex()->release_all();
    } else {
      lock.unlock();
      return 0;
    }
  }

  template <class Lock, class Depth>
  static void restore(Lock& lock, [[maybe_unused]] Depth depth) noexcept {
    if constexpr (requires { lock.restore(depth); })
      lock.restore(depth);
    else if constexpr (requires { lock.mutex()->restore(depth); })
      lock.mutex()->restore(depth);
    else
      lock.lock();
  }

  /// C1.
  void enter(waiter& me) {
    const std::lock_guard guarded(guard_);
    join(last_.get(), &me);
    join(&me, nullptr);
    // relaxed: carries nothing; guard_ orders the list.
    length_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Notifies a waiter whose word is `state`. @return false if the word is another, for good if it is not `waiting`
  static bool tell(waiter& one, std::uint32_t state) {
    // release [notify]: pairs with the acquires of word in sleep() and leave(); carries what came before notify().
    // relaxed: on failure no data is read, and guard_'s acquire orders what a leaver does.
    return one.word.compare_exchange_strong(state, notified, std::memory_order_release, std::memory_order_relaxed);
  }

  /// Returns when `me` was notified, or has left the list because its time was up.
  std::cv_status sleep(waiter& me, const sync::deadline& when) {
    // acquire [notify]: pairs with tell()'s release of word; carries what came before notify().
    if (sync::spin_briefly([&] { return me.word.load(std::memory_order_acquire) == notified; }, when))
      return std::cv_status::no_timeout;
    auto state = waiting;
    // relaxed: carries nothing; the sleeper looks again, with acquire.
    // acquire [notify]: on failure pairs with tell()'s release of word; carries what came before notify().
    if (!me.word.compare_exchange_strong(state, asleep, std::memory_order_relaxed, std::memory_order_acquire))
      return std::cv_status::no_timeout;
    // acquire [notify]: pairs with tell()'s release of word; carries what came before notify().
    while (me.word.load(std::memory_order_acquire) == asleep)
      if (sync::futex_wait_until(me.word, asleep, when) == sync::wait_result::timed_out && leave(me, asleep))
        return std::cv_status::timeout;
    return std::cv_status::no_timeout;
  }

  /// Leaves from `state`. @return false if `me` was notified
  bool leave(waiter& me, std::uint32_t state) {
    // relaxed: guard_'s acquire, below, orders the list.
    // acquire [notify]: on failure pairs with tell()'s release of word; carries what came before notify().
    if (!me.word.compare_exchange_strong(state, leaving, std::memory_order_relaxed, std::memory_order_acquire))
      return false;
    const std::lock_guard guarded(guard_);
    take_out(me.before.get(), me.after.get());
    return true;
  }

  /// Makes neighbours of two waiters; null stands for the list's end. Under guard_.
  void join(waiter* before, waiter* after) {
    (before != nullptr ? before->after : first_).set(after);
    (after != nullptr ? after->before : last_).set(before);
  }

  /// Takes out the waiter between these two. Under guard_.
  void take_out(waiter* before, waiter* after) {
    join(before, after);
    // relaxed: carries nothing; guard_ orders the list.
    length_.fetch_sub(1, std::memory_order_relaxed);
  }

  mutex guard_;
  sync::var<waiter*> first_{nullptr};
  sync::var<waiter*> last_{nullptr};
  sync::atomic<std::size_t> length_{0};
};

}  // namespace gauntlet
