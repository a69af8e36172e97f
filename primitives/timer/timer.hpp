#pragma once
/// A function that runs once, some time from now, on a thread of its own, after Python's threading.Timer.
///
/// Promises
///   safety     the function runs once at most; not before the interval has passed since start(), and not at all if
///              cancel() returned true. Exactly one of those happens, however they race: cancel() returns true to one
///              caller, or the function runs.
///   progress   cancel() is lock-free and wakes the timer's thread at once: a join of a cancelled timer doesn't wait
///   for
///              the interval.
///   lifetime   destroying the timer cancels it, and waits for the function if that runs already.
///   misuse     starting twice, joining before start() and joining from the function throw, as of gauntlet::thread.
///
/// Memory ordering: what comes before start() is visible to the function; what the function did is visible after a
/// join, and to whoever sees is_alive() false after start(). cancel() orders nothing.
///
///   word_      what is true              who moves it on
///   pending    nothing is decided        cancel(): cancelled. The timer's thread, at its time: fired
///   cancelled  the function never runs   nobody
///   fired      the function runs or ran  nobody

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <utility>

#include "primitives/sync.hpp"
#include "primitives/thread/thread.hpp"

namespace gauntlet {

class timer {
 public:
  /// Where its thread belongs.
  using group = thread::group;

  /// @param interval zero, or negative: at once; too long to be represented: never
  /// @param function called without arguments; copyable
  template <class Rep, class Period, std::invocable Function>
  timer(const std::chrono::duration<Rep, Period>& interval, Function&& function)
      : timer(group::process(), interval, std::forward<Function>(function)) {}
  template <class Rep, class Period, std::invocable Function>
  timer(group& members, const std::chrono::duration<Rep, Period>& interval, Function&& function)
      : until_([interval] { return sync::deadline::after(interval); }),
        function_(std::forward<Function>(function)),
        thread_(members, [this] { live(); }) {}
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  ~timer() { cancel(); }

  /// The interval begins.
  /// @throws std::logic_error if it was started before, std::system_error if there can be no more threads
  void start() { thread_.start(); }

  /// Also before start(), whose thread then ends at once.
  /// @return whether this call is why the function will not run
  bool cancel() noexcept {
    auto seen = pending;
    // relaxed: carries no data but the decision itself, which the exchange makes.
    // relaxed on failure: likewise.
    if (!word_.compare_exchange_strong(seen, cancelled, std::memory_order_relaxed, std::memory_order_relaxed))
      return false;
    sync::futex_wake(word_, 1);
    return true;
  }

  /// Returns when the function has run, or will not. @throws as thread::join
  void join() { thread_.join(); }
  /// @return whether that came in time
  template <class Rep, class Period>
  bool join_for(const std::chrono::duration<Rep, Period>& duration) {
    return thread_.join_for(duration);
  }

  /// Whether it was started, and its function may still run or runs.
  bool is_alive() const noexcept { return thread_.is_alive(); }

 private:
  static constexpr std::uint32_t pending = 0;
  static constexpr std::uint32_t cancelled = 1;
  static constexpr std::uint32_t fired = 2;

  void live() {
    const sync::deadline when = until_();
    // A wake may be spurious: only the time itself, or cancel(), ends the wait.
    while (sync::futex_wait_until(word_, pending, when) == sync::wait_result::woken) continue;
    auto seen = pending;
    // relaxed: carries no data but the decision itself, which the exchange makes.
    // relaxed on failure: likewise.
    if (word_.compare_exchange_strong(seen, fired, std::memory_order_relaxed, std::memory_order_relaxed)) function_();
  }

  const std::function<sync::deadline()> until_;
  const std::function<void()> function_;
  sync::atomic<std::uint32_t> word_{pending};
  /// Last: it is joined before the rest goes.
  thread thread_;
};

}  // namespace gauntlet
