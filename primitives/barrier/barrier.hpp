#pragma once
/// A point that a number of threads pass together, again and again; after Python's threading.Barrier and Java's
/// CyclicBarrier: a monitor, in which each waiter has an outcome of its own.
///
/// Promises
///   Safety    Nobody passes before all parties have arrived. The parties of one trip get the indices 0 to parties - 1,
///             one each, in the order in which they arrived. A trip that was broken is passed by nobody: each of its
///             parties gets an exception.
///   Progress  arrive_and_wait blocks. Nobody waits for those who are on their way out: the next trip may begin at
///   once,
///             and how a trip ended is told to its own parties, however late they run.
///   Fairness  None needed.
///   Action    Runs once a trip, on the thread that arrived last, before anybody is released. It must not use the
///             barrier. If it throws, that thread gets the exception, and the barrier is broken.
///   Lifetime  May be destroyed when all calls have returned.
///
/// Memory ordering: what the parties did before they arrived is visible to the action, and what that did to each party
/// that passes.
///
/// Invariants
///   I1  Everything is accessed under lock_. waiters_ holds the parties of the current trip, and their number is
///       arrived_, which is less than parties_.
///   I2  end() gives each of them its outcome, once, and takes them all out of the list: so a waiter never mistakes
///       another trip's end for its own (a count alone can't tell), and one that timed out is never missing.
///   I3  While broken_, nobody is in the list.

#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "primitives/barrier/broken_barrier.hpp"
#include "primitives/condition/condition.hpp"
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
    end(outcome::broken);
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
  enum class outcome { pending, passed, broken };

  struct waiter {
    sync::var<outcome> ended{outcome::pending};
    sync::var<waiter*> next{nullptr};
  };

  unsigned arrive_and_wait(const sync::deadline& when) {
    unsigned index = 0;
    std::exception_ptr thrown;
    // What is thrown is thrown without the lock.
    if (arrive(when, index, thrown) == outcome::passed) return index;
    if (thrown) std::rethrow_exception(thrown);
    throw broken_barrier();
  }

  outcome arrive(const sync::deadline& when, unsigned& index, std::exception_ptr& thrown) {
    std::unique_lock guard(lock_);
    if (broken_.get()) return outcome::broken;
    if (parties_.get() == 0) throw std::logic_error("barrier::arrive_and_wait: all parties have left");
    index = arrived_.get();
    if (index + 1 == parties_.get()) return finish(thrown);
    waiter me;
    me.next.set(waiters_.get());
    waiters_.set(&me);
    arrived_.set(index + 1);
    const auto has_ended = [&] { return me.ended.get() != outcome::pending; };
    if (!changed_.wait_until(guard, when.when(), has_ended)) break_trip();
    return me.ended.get();
  }

  /// The part of the party that was waited for last.
  outcome finish(std::exception_ptr& thrown) {
    try {
      if (action_) action_();
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown) {
      break_trip();
      return outcome::broken;
    }
    end(outcome::passed);
    return outcome::passed;
  }

  void break_trip() {
    broken_.set(true);
    end(outcome::broken);
  }

  /// I2.
  void end(outcome how) {
    for (waiter* one = waiters_.get(); one != nullptr; one = one->next.get()) one->ended.set(how);
    waiters_.set(nullptr);
    arrived_.set(0);
    changed_.notify_all();
  }

  const std::function<void()> action_;
  const std::chrono::nanoseconds timeout_;

  mutex lock_;
  condition changed_;
  sync::var<waiter*> waiters_{nullptr};
  sync::var<unsigned> parties_;
  sync::var<unsigned> arrived_{0};
  sync::var<bool> broken_{false};
};

}  // namespace gauntlet
