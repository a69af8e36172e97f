#pragma once
/// thread whose end is a relaxed store: a join learns that the thread is over, and not what it did.
///
///     the thread writes its result, and stores `finished`
///     join() loads `finished`, and returns
///     its caller reads the result        nothing orders that read after the write
///
/// x86 never shows it. tsan and relacy must catch it, as a data race.

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

class thread_unpublished_result {
 public:
  explicit thread_unpublished_result(std::function<void()> target) : target_(std::move(target)) {}
  thread_unpublished_result(const thread_unpublished_result&) = delete;
  thread_unpublished_result& operator=(const thread_unpublished_result&) = delete;

  void start() {
    handle_ = sync::thread([this] {
      target_();
      // flaw: relaxed, as if the number were all that joiners want to know.
      finished_.store(1, std::memory_order_relaxed);
      sync::futex_wake(finished_, sync::everyone);
    });
  }

  void join() { join_before(sync::deadline::never()); }
  template <class Rep, class Period>
  bool join_for(const std::chrono::duration<Rep, Period>& duration) {
    return join_before(sync::deadline::after(duration));
  }
  bool is_alive() const {
    // acquire [finish]: would pair with a release of finished_.
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
