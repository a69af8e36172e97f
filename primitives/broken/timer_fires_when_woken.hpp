#pragma once
/// timer that takes every end of its wait for its time: one that a signal interrupted, too.
///
///     the timer waits for its time
///     a signal interrupts the wait
///     nobody has cancelled it: the function runs, early
///
/// Nothing in it races, and in a model time stands still. behaviour must catch it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "primitives/sync.hpp"
#include "primitives/thread/thread.hpp"

namespace gauntlet {

class timer_fires_when_woken {
 public:
  using group = thread::group;

  template <class Duration>
  timer_fires_when_woken(Duration interval, std::function<void()> function)
      : timer_fires_when_woken(group::process(), interval, std::move(function)) {}
  template <class Duration>
  timer_fires_when_woken(group& members, Duration interval, std::function<void()> function)
      : thread_(members, [this, interval, called = std::move(function)] {
          // flaw: a wait may end without a wake, and before its time.
          sync::futex_wait_until(word_, 0, sync::deadline::after(interval));
          std::uint32_t seen = 0;
          // relaxed: carries no data but the decision itself, which the exchange makes.
          // relaxed on failure: likewise.
          if (word_.compare_exchange_strong(seen, 2, std::memory_order_relaxed, std::memory_order_relaxed)) called();
        }) {}
  timer_fires_when_woken(const timer_fires_when_woken&) = delete;
  timer_fires_when_woken& operator=(const timer_fires_when_woken&) = delete;
  ~timer_fires_when_woken() { cancel(); }

  void start() { thread_.start(); }
  bool cancel() {
    std::uint32_t seen = 0;
    // relaxed: carries no data but the decision itself, which the exchange makes.
    // relaxed on failure: likewise.
    if (!word_.compare_exchange_strong(seen, 1, std::memory_order_relaxed, std::memory_order_relaxed)) return false;
    sync::futex_wake(word_, 1);
    return true;
  }
  void join() { thread_.join(); }
  template <class Duration>
  bool join_for(Duration duration) {
    return thread_.join_for(duration);
  }
  bool is_alive() const { return thread_.is_alive(); }

 private:
  sync::atomic<std::uint32_t> word_{0};
  thread thread_;
};

}  // namespace gauntlet
