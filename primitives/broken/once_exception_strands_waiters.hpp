#pragma once
/// once that wakes those who wait when its function has run, and not when it threw (gcc 66146 is of this family).
///
///     A runs its function
///     B finds it running, marks that, sleeps
///     A's function throws: fresh, wakes nobody
///     B sleeps for ever, though it could run its own function
///
/// stress and relacy must catch it, as a lost wake-up. There is no race and no bad access for the sanitizers to see.

#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

class once_exception_strands_waiters {
 public:
  once_exception_strands_waiters() = default;
  once_exception_strands_waiters(const once_exception_strands_waiters&) = delete;
  once_exception_strands_waiters& operator=(const once_exception_strands_waiters&) = delete;

  template <std::invocable Function>
  void call(Function&& function) {
    if (!begin()) return;
    std::exception_ptr thrown;
    try {
      std::invoke(std::forward<Function>(function));
    } catch (...) {
      thrown = std::current_exception();
    }
    // release [done]: pairs with begin()'s acquires of word_; carries what the function did.
    word_.exchange(thrown ? fresh : done, std::memory_order_release);
    // flaw: those who sleep have to be woken however the function ended.
    if (thrown) std::rethrow_exception(thrown);
    sync::futex_wake(word_, sync::everyone);
  }

 private:
  static constexpr std::uint32_t fresh = 0;
  static constexpr std::uint32_t running = 1;
  static constexpr std::uint32_t done = 2;

  bool begin() {
    for (;;) {
      auto seen = fresh;
      // acquire [done]: pairs with call()'s release of word_; carries what a function did that threw.
      // acquire [done]: on failure it may be done.
      if (word_.compare_exchange_strong(seen, running, std::memory_order_acquire, std::memory_order_acquire))
        return true;
      if (seen == done) return false;
      sync::futex_wait(word_, running);
    }
  }

  sync::atomic<std::uint32_t> word_{fresh};
};

}  // namespace gauntlet
