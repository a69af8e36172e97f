#pragma once
/// once that counts who waits in a second word, and looks at both words by read-modify-writes, "as these see the newest
/// value". So they do, of one word; they are no fence between two.
///
///     runner                              waiter
///     state_ = done                       waiters_ += 1
///     waiters_ += 0, was 0: no wake       state_ |= 0, was running: sleeps for ever
///
/// Only rc11 sees it: Relacy executes read-modify-writes in one order, and x86's are full fences. On AArch64 with its
/// atomic instructions (LSE) a relaxed one may pass the store before it, and the wake-up is lost.

#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

class once_unfenced_updates {
 public:
  once_unfenced_updates() = default;
  once_unfenced_updates(const once_unfenced_updates&) = delete;
  once_unfenced_updates& operator=(const once_unfenced_updates&) = delete;

  template <std::invocable Function>
  void call(Function&& function) {
    while (!begin())
      if (await_end() == done) return;
    std::exception_ptr thrown;
    try {
      std::invoke(std::forward<Function>(function));
    } catch (...) {
      thrown = std::current_exception();
    }
    // release [end]: pairs with the acquires of state_ in begin() and await_end(); carries what the function did.
    state_.store(thrown ? fresh : done, std::memory_order_release);
    // flaw: needs a seq_cst fence before it, and so does the look in await_end().
    if (waiters_.fetch_add(0, std::memory_order_relaxed) > 0) sync::futex_wake(state_, sync::everyone);
    if (thrown) std::rethrow_exception(thrown);
  }

 private:
  static constexpr std::uint32_t fresh = 0;
  static constexpr std::uint32_t running = 1;
  static constexpr std::uint32_t done = 2;

  bool begin() {
    auto seen = fresh;
    // acquire [end]: pairs with call()'s release of state_; carries what a function did that threw.
    // relaxed: on failure await_end() looks again, with acquire.
    return state_.compare_exchange_strong(seen, running, std::memory_order_acquire, std::memory_order_relaxed);
  }

  /// Returns what the state is when no function runs.
  std::uint32_t await_end() {
    // relaxed: carries nothing.
    waiters_.fetch_add(1, std::memory_order_relaxed);
    std::uint32_t seen = running;
    // acquire [end]: pairs with call()'s release of state_; carries what the function did.
    while ((seen = state_.fetch_or(0, std::memory_order_acquire)) == running) sync::futex_wait(state_, running);
    // relaxed: carries nothing.
    waiters_.fetch_sub(1, std::memory_order_relaxed);
    return seen;
  }

  sync::atomic<std::uint32_t> state_{fresh};
  sync::atomic<std::uint32_t> waiters_{0};
};

}  // namespace gauntlet
