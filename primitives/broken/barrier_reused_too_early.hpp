#pragma once
/// A barrier whose waiters look at the count of arrivals, which serves every trip.
///
///     slow party                    fast party
///     arrives, waits for count 0
///                                   arrives last: count 0, wakes all
///                                   arrives for the next trip: count 1
///     looks: count 1, waits on
///                                   waits for ever, as does the slow one
///
/// stress and relacy must catch it. There is no race and no bad access for the sanitizers to see.

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

class barrier_reused_too_early {
 public:
  explicit barrier_reused_too_early(unsigned parties, std::function<void()> action = {})
      : parties_(parties), action_(std::move(action)) {}
  barrier_reused_too_early(const barrier_reused_too_early&) = delete;
  barrier_reused_too_early& operator=(const barrier_reused_too_early&) = delete;

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
    end();
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
  enum class outcome { passed, broken };

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
    arrived_.set(index + 1);
    // flaw: the count is 0 between two trips only; who runs late finds the next trip's count, and takes it for its own.
    const auto has_ended = [&] { return arrived_.get() == 0 || broken_.get(); };
    if (!changed_.wait_until(guard, when.when(), has_ended)) break_trip();
    return broken_.get() ? outcome::broken : outcome::passed;
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
    end();
    return outcome::passed;
  }

  void break_trip() {
    broken_.set(true);
    end();
  }

  void end() {
    arrived_.set(0);
    changed_.notify_all();
  }

  const unsigned parties_;
  const std::function<void()> action_;

  mutex lock_;
  condition changed_;
  sync::var<unsigned> arrived_{0};
  sync::var<bool> broken_{false};
};

}  // namespace gauntlet
