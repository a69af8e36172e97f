#pragma once
/// The double-checked locking that every textbook warns of: the first look at the flag orders nothing.
///
///     maker                   second caller
///     writes the data
///     flag: done (release)
///                             reads the flag: done (relaxed)
///                             reads the data: it may be old
///
/// tsan and relacy must catch it, as a data race. stress sees nothing on a processor that orders loads.

#include <concepts>
#include <functional>
#include <mutex>
#include <utility>

#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class once_relaxed_fast_path {
 public:
  once_relaxed_fast_path() = default;
  once_relaxed_fast_path(const once_relaxed_fast_path&) = delete;
  once_relaxed_fast_path& operator=(const once_relaxed_fast_path&) = delete;

  template <std::invocable Function>
  void call(Function&& function) {
    // flaw: needs acquire; who returns here has synchronised with nobody.
    if (done_.load(std::memory_order_relaxed)) return;
    const std::lock_guard guard(lock_);
    // relaxed: only the owner of lock_ writes done_.
    if (done_.load(std::memory_order_relaxed)) return;
    std::invoke(std::forward<Function>(function));
    // release [done]: carries what the function did, to nobody: call() acquires nothing.
    done_.store(true, std::memory_order_release);
  }

 private:
  mutex lock_;
  sync::atomic<bool> done_{false};
};

}  // namespace gauntlet
