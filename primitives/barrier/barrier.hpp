#pragma once
/// A point that a number of threads pass together, again and again; after Python's threading.Barrier and Java's
/// CyclicBarrier. Each waiter sleeps on an outcome of its own, so nobody queues for the lock on the way out.
///
/// Promises
///   Safety    Nobody passes before all parties have arrived. The parties of one trip get the indices 0 to parties - 1,
///             one each, in the order in which they arrived. A trip that was broken is passed by nobody: each of its
///             parties gets an exception.
///   Progress  arrive_and_wait blocks. Nobody waits for those who are on their way out: the next trip may begin at
///             once, and how a trip ended is told to its own parties, however late they run.
///   Fairness  None needed.
///   Action    Runs once a trip, on the thread that arrived last, before anybody is released. It must not use the
///             barrier. If it throws, that thread gets the exception, and the barrier is broken.
///   Lifetime  May be destroyed when all calls have returned.
///
/// Memory ordering: what the parties did before they arrived is visible to the action, and what that did to each party
/// that passes.
///
/// Invariants
///   I1  Everything but the outcomes is accessed under lock_. waiters_ holds the parties of the current trip, and their
///       number is arrived_, which is less than parties_.
///   I2  end() gives each of them its outcome, once, and takes them all out of the list: so a waiter never mistakes
///       another trip's end for its own (a count alone can't tell), and one that timed out is never missing.
///   I3  While broken_, nobody is in the list.
///   I4  A waiter that has its outcome may go at once: end() uses its address only from then on.
///
/// A waiter's word
///   pending         it waits, awake           end(): passed or failed. Itself: asleep
///   asleep          it may sleep              end(): passed or failed, and wakes it
///   passed, failed  it is out of the list     final

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "primitives/barrier/broken_barrier.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class barrier {
 public:
  /// @param parties from 1
  /// @param action run once a trip
  /// @param timeout how long arrive_and_wait() waits; without limit if not given
  /// @throws std::invalid_argument if parties is 0
  explicit barrier(unsigned parties, std::function<void()> action = {},
                   std::chrono::nanoseconds timeout = std::chrono::nanoseconds::max())
      : action_(std::move(action)), timeout_(timeout), parties_(parties) {
    if (parties == 0) throw std::invalid_argument("barrier: parties is 0, expected at least 1");
  }
  barrier(const barrier&) = delete;
  barrier& operator=(const barrier&) = delete;

  /// Waits until all parties have arrived.
  /// @return how many of this trip arrived before, 0 to parties() - 1
  /// @throws broken_barrier if the barrier is broken, now or before all have arrived; what the action throws;
  /// std::logic_error if all parties have left
  unsigned arrive_and_wait() { return arrive_and_wait(sync::deadline::after(timeout_)); }

  /// arrive_and_wait() that breaks the barrier if its time is up before all have arrived.
  /// @param duration any, negative and max() included
  template <class Rep, class Period>
  unsigned arrive_and_wait_for(const std::chrono::duration<Rep, Period>& duration) {
    return arrive_and_wait(sync::deadline::after(duration));
  }

  /// @param when on any clock; one other than the steady clock is read once, before the wait
  template <class Clock, class Duration>
  unsigned arrive_and_wait_until(const std::chrono::time_point<Clock, Duration>& when) {
    return arrive_and_wait(sync::deadline::at(when));
  }

  /// Breaks the barrier: who waits gets broken_barrier, and so does everybody who comes, until reset().
  void abort() {
    const std::lock_guard guard(lock_);
    break_trip();
  }

  /// Makes the barrier as new. Who waits gets broken_barrier.
  void reset() {
    const std::lock_guard guard(lock_);
    end(failed);
    broken_.set(false);
  }

  /// Arrives for this trip without waiting for it, and is a party of no later one, broken and reset or not.
  /// @throws std::logic_error if no party is left; what the action throws, if nobody else was waited for
  void arrive_and_drop() {
    std::exception_ptr thrown;
    {
      const std::lock_guard guard(lock_);
      if (parties_.get() == 0) throw std::logic_error("barrier::arrive_and_drop: all parties have left");
      parties_.set(parties_.get() - 1);
      if (!broken_.get() && arrived_.get() == parties_.get()) finish(thrown);
    }
    if (thrown) std::rethrow_exception(thrown);
  }

  /// How many there are of this trip: those of the constructor, without those that dropped.
  unsigned parties() {
    const std::lock_guard guard(lock_);
    return parties_.get();
  }

  /// How many parties wait at this moment.
  unsigned waiting() {
    const std::lock_guard guard(lock_);
    return arrived_.get();
  }

  bool broken() {
    const std::lock_guard guard(lock_);
    return broken_.get();
  }

 private:
  static constexpr std::uint32_t pending = 0;
  static constexpr std::uint32_t asleep = 1;
  static constexpr std::uint32_t passed = 2;
  static constexpr std::uint32_t failed = 3;

  struct waiter {
    sync::atomic<std::uint32_t> outcome{pending};
    sync::var<waiter*> next{nullptr};
  };

  unsigned arrive_and_wait(const sync::deadline& when) {
    unsigned index = 0;
    std::exception_ptr thrown;
    // What is thrown is thrown without the lock.
    if (arrive(when, index, thrown) == passed) return index;
    if (thrown) std::rethrow_exception(thrown);
    throw broken_barrier();
  }

  std::uint32_t arrive(const sync::deadline& when, unsigned& index, std::exception_ptr& thrown) {
    waiter me;
    {
      const std::lock_guard guard(lock_);
      if (broken_.get()) return failed;
      if (parties_.get() == 0) throw std::logic_error("barrier::arrive_and_wait: all parties have left");
      index = arrived_.get();
      if (index + 1 == parties_.get()) return finish(thrown);
      me.next.set(waiters_.get());
      waiters_.set(&me);
      arrived_.set(index + 1);
    }
    return await(me, when);
  }

  /// Waits for the outcome of `me`; breaks the trip if that hasn't come in time.
  std::uint32_t await(waiter& me, const sync::deadline& when) {
    auto seen = pending;
    const auto ended = [&] {
      // acquire [end]: pairs with end()'s release of outcome; carries what all parties did, and the action.
      seen = me.outcome.load(std::memory_order_acquire);
      return seen != pending;
    };
    if (sync::spin_briefly(ended, when)) return seen;
    // relaxed: carries nothing; the sleeper looks again, with acquire.
    // acquire [end]: on failure pairs with end()'s release of outcome; carries the same.
    if (!me.outcome.compare_exchange_strong(seen, asleep, std::memory_order_relaxed, std::memory_order_acquire))
      return seen;
    while (ended() && seen == asleep)
      if (sync::futex_wait_until(me.outcome, asleep, when) == sync::wait_result::timed_out) give_up(me);
    return seen;
  }

  /// Breaks the trip of `me`, unless it has ended.
  void give_up(waiter& me) {
    const std::lock_guard guard(lock_);
    // relaxed: only this thread writes it, and lock_'s owner, which it is.
    if (me.outcome.load(std::memory_order_relaxed) == asleep) break_trip();
  }

  /// The part of the party that was waited for last.
  std::uint32_t finish(std::exception_ptr& thrown) {
    try {
      if (action_) action_();
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown) {
      break_trip();
      return failed;
    }
    end(passed);
    return passed;
  }

  void break_trip() {
    broken_.set(true);
    end(failed);
  }

  /// I2.
  void end(std::uint32_t how) {
    for (waiter* one = waiters_.get(); one != nullptr;) {
      waiter* const next = one->next.get();
      // release [end]: pairs with the acquires of outcome in await(); carries what all parties did, and the action.
      const auto was = one->outcome.exchange(how, std::memory_order_release);
      if (was == asleep) sync::futex_wake(one->outcome, 1);  // I4
      one = next;
    }
    waiters_.set(nullptr);
    arrived_.set(0);
  }

  const std::function<void()> action_;
  const std::chrono::nanoseconds timeout_;

  mutex lock_;
  sync::var<waiter*> waiters_{nullptr};
  sync::var<unsigned> parties_;
  sync::var<unsigned> arrived_{0};
  sync::var<bool> broken_{false};
};

}  // namespace gauntlet
