#pragma once
/// timer that looks whether it was cancelled, and then runs its function, as Python's does.
///
///     the time has come: the timer finds itself not cancelled
///     cancel() returns; its caller tears down what the function uses
///     the function runs
///
/// behaviour may miss it; stress and relacy must catch it, as a function that ran though it was cancelled, or as a race
/// with it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "primitives/sync.hpp"
#include "primitives/thread/thread.hpp"

namespace gauntlet {

class timer_fires_after_cancel {
 public:
  using group = thread::group;

  template <class Duration>
  timer_fires_after_cancel(Duration interval, std::function<void()> function)
      : timer_fires_after_cancel(group::process(), interval, std::move(function)) {}
  template <class Duration>
  timer_fires_after_cancel(group& members, Duration interval, std::function<void()> function)
      : thread_(members, [this, interval, called = std::move(function)] {
          const auto when = sync::deadline::after(interval);
          while (sync::futex_wait_until(cancelled_, 0, when) == sync::wait_result::woken) continue;
          // flaw: nothing keeps cancel() from coming between the look and the call.
          // relaxed: carries no data.
          if (cancelled_.load(std::memory_order_relaxed) == 0) called();
        }) {}
  timer_fires_after_cancel(const timer_fires_after_cancel&) = delete;
  timer_fires_after_cancel& operator=(const timer_fires_after_cancel&) = delete;
  ~timer_fires_after_cancel() { cancel(); }

  void start() { thread_.start(); }
  bool cancel() {
    // relaxed: carries no data.
    const bool first = cancelled_.exchange(1, std::memory_order_relaxed) == 0;
    sync::futex_wake(cancelled_, 1);
    // An idle timer, or one whose thread has not ended.
    return first && (thread_.is_alive() || thread_.ident() == 0);
  }
  void join() { thread_.join(); }
  bool is_alive() const { return thread_.is_alive(); }

 private:
  sync::atomic<std::uint32_t> cancelled_{0};
  thread thread_;
};

}  // namespace gauntlet
