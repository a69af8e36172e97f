#pragma once
/// thread that calls itself alive once it runs, so that a join that comes before finds nothing to wait for.
///
///     start() makes the thread, which does not run yet
///     join(): not alive, returns
///     the thread runs its target         while everybody believes it is over
///
/// The words are ordered; only their meaning is wrong. stress and relacy must catch it, as a result that isn't there
/// or a race with it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

class thread_join_before_begin {
 public:
  explicit thread_join_before_begin(std::function<void()> target) : target_(std::move(target)) {}
  thread_join_before_begin(const thread_join_before_begin&) = delete;
  thread_join_before_begin& operator=(const thread_join_before_begin&) = delete;

  void start() {
    handle_ = sync::thread([this] {
      // flaw: start() returns before this, and until then the thread looks like one that is over.
      // release [finish]: pairs with is_alive()'s acquire of alive_.
      alive_.store(1, std::memory_order_release);
      target_();
      // release [finish]: pairs with is_alive()'s acquire of alive_; carries all that the thread did.
      alive_.store(0, std::memory_order_release);
      sync::futex_wake(alive_, sync::everyone);
    });
  }

  void join() { join_before(sync::deadline::never()); }
  template <class Rep, class Period>
  bool join_for(const std::chrono::duration<Rep, Period>& duration) {
    return join_before(sync::deadline::after(duration));
  }
  bool is_alive() const {
    // acquire [finish]: pairs with the thread's releases of alive_; carries all that it did.
    return alive_.load(std::memory_order_acquire) != 0;
  }

 private:
  bool join_before(const sync::deadline& when) {
    for (bool late = false; is_alive();) {
      if (late) return false;
      late = sync::futex_wait_until(alive_, 1, when) == sync::wait_result::timed_out;
    }
    return true;
  }

  std::function<void()> target_;
  sync::atomic<std::uint32_t> alive_{0};
  sync::thread handle_;
};

}  // namespace gauntlet
