#pragma once
/// spin_lock whose unlock() doesn't release: the section may become visible after the lock is seen to be free.
///
///     thread A                             thread B
///     data = 1                             held_ is false: takes it
///     held_.store(false, relaxed)          reads data: 0, or 1, or torn: nothing orders it after A's write
///
/// Exclusion itself holds, and so does the test's every check on x86, whose stores are never reordered. tsan and relacy
/// must catch it, as a data race on what the lock guards.

#include "primitives/sync.hpp"

namespace gauntlet {

class spin_lock_relaxed_unlock {
 public:
  spin_lock_relaxed_unlock() = default;
  spin_lock_relaxed_unlock(const spin_lock_relaxed_unlock&) = delete;
  spin_lock_relaxed_unlock& operator=(const spin_lock_relaxed_unlock&) = delete;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    sync::spin_until([this] { return take(); });
  }

  bool try_lock() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    return announced.result(take());
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    // flaw: relaxed, where take()'s acquire needs a release to pair with.
    held_.store(false, std::memory_order_relaxed);
  }

 private:
  bool take() {
    // relaxed: revalidated by the compare-exchange below; keeps the cache line shared while the lock is held.
    if (held_.load(std::memory_order_relaxed)) return false;
    bool expected = false;
    // acquire [handoff]: pairs with unlock()'s store of held_, had that released.
    // relaxed: on failure the value is dropped, and revalidated by the next attempt.
    return held_.compare_exchange_strong(expected, true, std::memory_order_acquire, std::memory_order_relaxed);
  }

  sync::atomic<bool> held_{false};
  [[no_unique_address]] sync::lock_identity identity_;
};

}  // namespace gauntlet
