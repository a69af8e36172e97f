#pragma once
/// latch whose count goes down without release: the counting is right, and carries nothing.
///
///     counter                     waiter
///     writes the data
///     count 0 (relaxed)
///                                 reads the count: 0
///                                 reads the data: it may be old
///
/// tsan and relacy must catch it, as a data race. stress sees nothing on a processor whose every read-modify-write is a
/// full fence.

#include <chrono>
#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class latch_relaxed_count_down {
 public:
  explicit latch_relaxed_count_down(std::uint32_t expected) : count_(expected) {}
  latch_relaxed_count_down(const latch_relaxed_count_down&) = delete;
  latch_relaxed_count_down& operator=(const latch_relaxed_count_down&) = delete;

  void count_down(std::uint32_t n = 1) {
    // flaw: needs release.
    if (count_.fetch_sub(n, std::memory_order_relaxed) == n) sync::futex_wake(count_, sync::everyone);
  }

  bool try_wait() const noexcept {
    // acquire [zero]: pairs with nothing, for want of a release.
    return count_.load(std::memory_order_acquire) == 0;
  }

  void wait() noexcept { wait(sync::deadline::never()); }

  template <class Rep, class Period>
  bool wait_for(const std::chrono::duration<Rep, Period>& duration) {
    return wait(sync::deadline::after(duration));
  }

 private:
  bool wait(const sync::deadline& when) noexcept {
    for (bool late = false;;) {
      // acquire [zero]: pairs with nothing, for want of a release.
      const auto seen = count_.load(std::memory_order_acquire);
      if (seen == 0 || late) return seen == 0;
      late = sync::futex_wait_until(count_, seen, when) == sync::wait_result::timed_out;
    }
  }

  sync::atomic<std::uint32_t> count_;
};

}  // namespace gauntlet
