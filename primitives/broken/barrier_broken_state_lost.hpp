#pragma once
/// A barrier that tells of a break only those who wait at that moment.
///
///     impatient party          late party
///     arrives, waits
///     its time is up: broken
///                              arrives, waits for ever
///
/// The behaviour tests, stress and relacy must catch it. There is no race and no bad access for the sanitizers to see.

#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <utility>

#include "primitives/barrier/broken_barrier.hpp"
#include "primitives/condition/condition.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class barrier_broken_state_lost {
 public:
  explicit barrier_broken_state_lost(unsigned parties, std::function<void()> action = {})
      : parties_(parties), action_(std::move(action)) {}
  barrier_broken_state_lost(const barrier_broken_state_lost&) = delete;
  barrier_broken_state_lost& operator=(const barrier_broken_state_lost&) = delete;

  unsigned arrive_and_wait() { return arrive_and_wait(sync::deadline::never()); }

  template <class Rep, class Period>
  unsigned arrive_and_wait_for(const std::chrono::duration<Rep, Period>& duration) {
    return arrive_and_wait(sync::deadline::after(duration));
  }

  void abort() {
    const std::lock_guard guard(lock_);
    break_trip();
  }

  void reset() {
    const std::lock_guard guard(lock_);
    end(outcome::broken);
    broken_.set(false);
  }

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
    index = arrived_.get();
    if (index + 1 == parties_) return finish(thrown);
    waiter me;
    me.next.set(waiters_.get());
    waiters_.set(&me);
    arrived_.set(index + 1);
    const auto has_ended = [&] { return me.ended.get() != outcome::pending; };
    if (!changed_.wait_until(guard, when.when(), has_ended)) break_trip();
    return me.ended.get();
  }

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
    // flaw: that the barrier is broken concerns also those who come later.
    end(outcome::broken);
  }

  void end(outcome how) {
    for (waiter* one = waiters_.get(); one != nullptr; one = one->next.get()) one->ended.set(how);
    waiters_.set(nullptr);
    arrived_.set(0);
    changed_.notify_all();
  }

  const unsigned parties_;
  const std::function<void()> action_;

  mutex lock_;
  condition changed_;
  sync::var<waiter*> waiters_{nullptr};
  sync::var<unsigned> arrived_{0};
  sync::var<bool> broken_{false};
};

}  // namespace gauntlet
