#pragma once
/// A first-come, first-served spin lock: draw a ticket, wait until it is served (Mellor-Crummey & Scott 1991, §2.2).
///
/// Promises
///   safety    at most one thread is between a successful lock or try_lock and the unlock that ends it.
///   progress  blocking. A waiter that is not running holds up everybody behind it.
///   fairness  FIFO: threads get in in the order of their fetch_add in lock(), its doorway. try_lock never overtakes:
///   it
///             succeeds only when nobody waits.
///   unlocking any thread may, provided that the lock() happens before it. Unlocking a free lock is the caller's error;
///             it goes unnoticed and breaks the lock.
///   lifetime  may be destroyed once unlocked, also by a thread that learnt of that by locking it itself: unlock()'s
///             store is its last access.
///
/// There are no timed forms: a ticket can't be given back. A waiter that left would never serve its successor.
///
/// Memory ordering: what a thread did before unlock() is visible to the thread that next gets the lock, by lock() or by
/// a try_lock() that returned true. A try that returned false orders nothing, and may fail on a free lock.
///
/// Invariants
///   T1  next_ - serving_ is how many threads hold the lock or wait for it; 0 means free.
///   T2  a ticket is drawn once: by the one operation that moved next_ past it.
///   T3  only the holder, whose ticket serving_ shows, moves serving_.
/// Tickets are 64 bits, so that none comes round again.

#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class ticket_lock {
 public:
  /// A claim: the contract's scenario `fifo` checks it.
  static constexpr bool fifo = true;
  static constexpr bool any_thread_may_unlock = true;

  ticket_lock() = default;
  ticket_lock(const ticket_lock&) = delete;
  ticket_lock& operator=(const ticket_lock&) = delete;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    // relaxed: ordered by [handoff]; that a ticket is drawn once (T2) takes atomicity, not order.
    const auto ticket = next_.fetch_add(1, std::memory_order_relaxed);
    sync::spin_until([this, ticket] { return now_serving() == ticket; });
  }

  /// Draws the ticket that is being served, if nobody has. Between the load and the compare-exchange nobody can have
  /// got in and out unseen: that would have moved next_ (T2), for good.
  bool try_lock() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    auto ticket = now_serving();
    // relaxed: ordered by [handoff]: now_serving() read what the last holder of all released, as ticket is still
    // undrawn. relaxed: on failure the value is dropped, and revalidated by the caller's next try.
    return announced.result(
        next_.compare_exchange_strong(ticket, ticket + 1, std::memory_order_relaxed, std::memory_order_relaxed));
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    // relaxed: a single writer, the holder (T3).
    const auto served = serving_.load(std::memory_order_relaxed);
    // release [handoff]: pairs with now_serving()'s acquire of serving_; carries the critical section.
    serving_.store(served + 1, std::memory_order_release);
  }

 private:
  std::uint64_t now_serving() const {
    // acquire [handoff]: pairs with unlock()'s release of serving_; carries the critical section.
    return serving_.load(std::memory_order_acquire);
  }

  sync::atomic<std::uint64_t> next_{0};
  sync::atomic<std::uint64_t> serving_{0};
  [[no_unique_address]] sync::lock_identity identity_{sync::released_by::anyone};
};

}  // namespace gauntlet
