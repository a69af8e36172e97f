#pragma once
/// thread whose end wakes one joiner, "since there is one thread to join".
///
///     A and B sleep in join()
///     the thread ends, wakes A
///     B sleeps for ever
///
/// One joiner never shows it. stress and relacy must catch it, as a lost wake-up.

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

class thread_one_joiner_woken {
 public:
  explicit thread_one_joiner_woken(std::function<void()> target) : target_(std::move(target)) {}
  thread_one_joiner_woken(const thread_one_joiner_woken&) = delete;
  thread_one_joiner_woken& operator=(const thread_one_joiner_woken&) = delete;

  void start() {
    handle_ = sync::thread([this] {
      target_();
      // release [finish]: pairs with is_alive()'s acquire of finished_; carries all that the thread did.
      finished_.store(1, std::memory_order_release);
      // flaw: any number of threads may join.
      sync::futex_wake(finished_, 1);
    });
  }

  void join() { join_before(sync::deadline::never()); }
  template <class Rep, class Period>
  bool join_for(const std::chrono::duration<Rep, Period>& duration) {
    return join_before(sync::deadline::after(duration));
  }
  bool is_alive() const {
    // acquire [finish]: pairs with the thread's release of finished_; carries all that it did.
    return finished_.load(std::memory_order_acquire) == 0;
  }

 private:
  bool join_before(const sync::deadline& when) {
    for (bool late = false; is_alive();) {
      if (late) return false;
      late = sync::futex_wait_until(finished_, 0, when) == sync::wait_result::timed_out;
    }
    return true;
  }

  std::function<void()> target_;
  sync::atomic<std::uint32_t> finished_{0};
  sync::thread handle_;
};

}  // namespace gauntlet
