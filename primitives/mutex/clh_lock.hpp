#pragma once
/// A queue lock whose waiters know only who comes before them, and spin on that one's node (Craig 1993, "Building FIFO
/// and priority-queuing spin locks from atomic swap"; Landin & Hagersten 1994, "Queue locks on cache coherent
/// multiprocessors").
///
/// Promises
///   safety    at most one thread is between a successful lock or try_lock and the unlock that ends it.
///   progress  blocking. A waiter that is not running holds up everybody behind it.
///   fairness  FIFO: threads get in in the order of their exchange in lock(), its doorway. try_lock never overtakes: it
///             succeeds only when nobody holds the lock or waits.
///   unlocking any thread may, provided that the lock() happens before it. Unlocking a free lock is the caller's error.
///   lifetime  may be destroyed once unlocked, also by a thread that learnt of that by locking it itself: unlock() ends
///             with one store, or one exchange.
///
/// Memory ordering: what a thread did before unlock() is visible to the thread that next gets the lock, by lock() or by
/// a try_lock() that returned true. A try that returned false orders nothing.
///
/// A thread has one node for each of these locks that it ever used, so it may hold any number of them, in any order.
/// It queues with its node, and goes away with its predecessor's, which nobody else looks at any more. The node lives
/// in the thread's slot, or in holder_; each ends with the thread or with the lock. A thread's first lock() allocates.
///
/// The original never empties its queue, and a free lock shows the last holder's node, released. Then a try would have
/// to look into a node that its owner may have taken away. Here a holder that finds no successor leaves null behind.
///
///   tail_    what is true
///   null     the lock is free
///   a node   it is held, or on its way to the first waiter; this node is the last in the queue
///
/// Invariants
///   C1  a node is known to its owner, and, while it is queued, to the one successor whose exchange returned it.
///   C2  holder_ is the holder's node; while the lock is free, the last one's, which no queue leads to. Only the holder
///       touches it.
///   C3  nodes are handed on by exchange only: there are at most as many as threads that used the lock, and one.

#include "primitives/sync.hpp"

namespace gauntlet {

class clh_lock {
 public:
  /// A claim: the contract's scenario `fifo` checks it.
  static constexpr bool fifo = true;
  static constexpr bool any_thread_may_unlock = true;

  clh_lock() = default;
  clh_lock(const clh_lock&) = delete;
  clh_lock& operator=(const clh_lock&) = delete;
  ~clh_lock() { sync::destroy(holder_.get()); }

  /// @throws std::bad_alloc, in a thread's first call, and then has no effect
  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    property& mine = my_property();
    // acq_rel [link] [handoff]: pairs with the acquires and releases of tail_; carries to the successor that the node
    // is not released, from the predecessor that its own is not, and from unlock() the critical section.
    node* const before = tail_.exchange(mine.place, std::memory_order_acq_rel);
    if (before != nullptr) {
      // acquire [handoff]: pairs with unlock()'s release of released; carries the critical section.
      sync::spin_until([before] { return before->released.load(std::memory_order_acquire); });
    }
    hold(mine);
  }

  /// @throws std::bad_alloc, in a thread's first call, and then has no effect
  bool try_lock() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    property& mine = my_property();
    node* expected = nullptr;
    // acq_rel [link] [handoff]: pairs with the acquires and releases of tail_; carries to the successor that the node
    // is not released, and from unlock() the critical section.
    // relaxed: on failure the value is dropped; the caller's next try looks again.
    const bool free =
        tail_.compare_exchange_strong(expected, mine.place, std::memory_order_acq_rel, std::memory_order_relaxed);
    if (free) hold(mine);
    return announced.result(free);
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    node* const place = holder_.get();
    node* last = place;
    // release [handoff]: pairs with the acquires of tail_ in lock() and try_lock(); carries the critical section.
    // relaxed: on failure the value is dropped; only the store below matters, to the successor's acquire.
    if (tail_.compare_exchange_strong(last, nullptr, std::memory_order_release, std::memory_order_relaxed)) return;
    // release [handoff]: pairs with lock()'s acquire of released; carries the critical section.
    place->released.store(true, std::memory_order_release);
  }

 private:
  struct node {
    sync::atomic<bool> released{false};
  };

  /// What a thread owns of the lock while it doesn't queue.
  struct property {
    property() = default;
    property(const property&) = delete;
    property& operator=(const property&) = delete;
    ~property() { sync::destroy(place); }
    node* place = nullptr;
  };

  property& my_property() {
    property& mine = slot_.get();
    if (mine.place == nullptr) mine.place = sync::make<node>();
    return mine;
  }

  /// The caller has the lock: its node becomes the holder's, and the last holder's becomes its own, ready to queue
  /// with: a try that fails must leave nothing behind, as a loop of them is waiting.
  void hold(property& mine) {
    node* const place = mine.place;
    mine.place = holder_.get();
    holder_.set(place);
    // relaxed: nobody else knows the node (C1); ordered by [link].
    if (mine.place != nullptr) mine.place->released.store(false, std::memory_order_relaxed);
  }

  sync::atomic<node*> tail_{nullptr};
  sync::var<node*> holder_{nullptr};
  sync::slot<property> slot_;
  [[no_unique_address]] sync::lock_identity identity_{sync::released_by::anyone};
};

}  // namespace gauntlet
