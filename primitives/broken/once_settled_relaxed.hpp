#pragma once
/// once that marks with a second store that its lock is needed no more, and takes that for a part of the first.
///
///     maker                              later caller
///     writes the data
///     state_: done (release)
///     state_: settled (relaxed)
///                                        reads state_: settled (acquire)
///                                        reads the data: it may be old
///
/// In C++11 a thread's own stores went on with its release sequence, and this was right; since C++20 ([intro.races],
/// P0982) only read-modify-writes do. Only rc11 sees it: Relacy follows C++11, ThreadSanitizer keeps the clock of the
/// store before, and x86 orders stores. On a processor that orders neither stores nor loads it is a race.

#include <concepts>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "primitives/mutex/spin_lock.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class once_settled_relaxed {
 public:
  once_settled_relaxed() = default;
  once_settled_relaxed(const once_settled_relaxed&) = delete;
  once_settled_relaxed& operator=(const once_settled_relaxed&) = delete;

  template <std::invocable Function>
  void call(Function&& function) {
    // acquire [done]: pairs with the release of state_ below; but what is read is the relaxed store after that.
    if (state_.load(std::memory_order_acquire) == settled) return;
    const std::lock_guard guard(lock_);
    // relaxed: only the owner of lock_ writes state_.
    if (state_.load(std::memory_order_relaxed) != fresh) return;
    std::invoke(std::forward<Function>(function));
    // release [done]: pairs with the acquire of state_ above; carries what the function did.
    state_.store(done, std::memory_order_release);
    // flaw: needs release; a store ends the release sequence of the one before.
    state_.store(settled, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint32_t fresh = 0;
  static constexpr std::uint32_t done = 1;
  static constexpr std::uint32_t settled = 2;

  spin_lock lock_;
  sync::atomic<std::uint32_t> state_{fresh};
};

}  // namespace gauntlet
