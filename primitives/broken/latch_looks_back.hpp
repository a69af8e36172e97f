#pragma once
/// latch whose count_down() asks for sleepers after it has let them go (glibc 12674 was this, in sem_post).
///
///     counter                        waiter
///     count 0
///                                    looks: count 0, returns
///                                    destroys the latch
///     reads sleepers_: it is gone
///
/// asan must catch it, as a use after free, and relacy, as a read that races with the destruction. Where nobody
/// destroys the latch early it is right.

#include <chrono>
#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class latch_looks_back {
 public:
  explicit latch_looks_back(std::uint32_t expected) : count_(expected) {}
  latch_looks_back(const latch_looks_back&) = delete;
  latch_looks_back& operator=(const latch_looks_back&) = delete;

  void count_down(std::uint32_t n = 1) {
    // seq_cst [sleepers]: pairs with wait()'s acquire of count_, too; carries what came before. Forbids that this reads
    // no sleepers while a waiter that has counted itself reads the old count.
    if (count_.fetch_sub(n, std::memory_order_seq_cst) != n) return;
    // flaw: the latch may be gone.
    if (sleepers_.load(std::memory_order_seq_cst) > 0) sync::futex_wake(count_, sync::everyone);
  }

  bool try_wait() const noexcept {
    // acquire [sleepers]: pairs with count_down()'s release of count_; carries what came before each of them.
    return count_.load(std::memory_order_acquire) == 0;
  }

  void wait() noexcept { wait(sync::deadline::never()); }

  template <class Rep, class Period>
  bool wait_for(const std::chrono::duration<Rep, Period>& duration) {
    return wait(sync::deadline::after(duration));
  }

 private:
  bool wait(const sync::deadline& when) noexcept {
    // seq_cst [sleepers]: before the look at count_, see count_down().
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    for (bool late = false;;) {
      // seq_cst [sleepers]: after the count of sleepers_, see count_down().
      const auto seen = count_.load(std::memory_order_seq_cst);
      if (seen == 0 || late) return seen == 0;
      late = sync::futex_wait_until(count_, seen, when) == sync::wait_result::timed_out;
    }
  }

  sync::atomic<std::uint32_t> count_;
  sync::atomic<std::uint32_t> sleepers_{0};
};

}  // namespace gauntlet
