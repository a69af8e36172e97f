#pragma once
/// Known bad: a ticket lock with a short cut. Who finds the lock free takes it without a ticket, also when waiters are
/// about to: a waiter may be overtaken without end. It claims fifo all the same.

#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class ticket_lock_barging {
 public:
  static constexpr bool fifo = true;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    // flaw: nobody asks whether others wait.
    if (take()) return;
    // relaxed: ordered by [handoff]; that a ticket is drawn once takes atomicity, not order.
    const auto ticket = next_.fetch_add(1, std::memory_order_relaxed);
    // relaxed: the one that moves serving_ holds the lock; [handoff] orders the rest.
    sync::spin_until([&] { return serving_.load(std::memory_order_relaxed) == ticket && take(); });
    // relaxed: a single writer, the holder.
    serving_.store(ticket + 1, std::memory_order_relaxed);
  }

  bool try_lock() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    return announced.result(take());
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    // release [handoff]: pairs with take()'s acquire of held_; carries the critical section.
    held_.store(false, std::memory_order_release);
  }

 private:
  bool take() {
    // relaxed: revalidated by the exchange.
    if (held_.load(std::memory_order_relaxed)) return false;
    // acquire [handoff]: pairs with unlock()'s release of held_; carries the critical section.
    return !held_.exchange(true, std::memory_order_acquire);
  }

  sync::atomic<std::uint64_t> next_{0};
  sync::atomic<std::uint64_t> serving_{0};
  sync::atomic<bool> held_{false};
  [[no_unique_address]] sync::lock_identity identity_;
};

}  // namespace gauntlet
