#pragma once
/// A queue lock: waiters form a list, and each spins on a flag of its own (Mellor-Crummey & Scott 1991, §2.4), in the
/// form that asks no node of its caller (K42's: Scott 2013, "Shared-Memory Synchronization", §4.3.1).
///
/// Promises
///   safety    at most one thread is between a successful lock or try_lock and the unlock that ends it.
///   progress  blocking. A waiter that is not running holds up everybody behind it.
///   fairness  FIFO: threads get in in the order in which their lock() changed tail_, its doorway, which is wait-free.
///             try_lock never overtakes: it succeeds only when nobody holds the lock or waits; lock() tries that first.
///   traffic   a waiter spins on its own stack only: an unlock disturbs one waiter, not all.
///   unlocking any thread may, provided that the lock() happens before it. Unlocking a free lock is the caller's error.
///   lifetime  may be destroyed once unlocked, also by a thread that learnt of that by locking it itself: unlock() ends
///             with freeing the lock, or with letting its successor in. Nothing is allocated.
///
/// Memory ordering: what a thread did before unlock() is visible to the thread that next gets the lock, by lock() or by
/// a try_lock() that returned true. A try that returned false orders nothing.
///
/// A thread waits with a node on the stack of its lock(). Before lock() returns, the holder's place in the queue passes
/// from that node to holder_, the lock's own, so that a thread may hold any number of these locks, in any order.
///
///   tail_             what is true
///   null              the lock is free
///   &holder_          it is held, nobody waits
///   a waiter's node   it is held, or on its way to the first waiter; this node is the last one
///
/// Invariants
///   Q1  a node's next is written once, by the one thread whose exchange of tail_ returned that node.
///   Q2  who finds itself not to be the tail has a successor, linked or about to link itself: it waits for the link.
///   Q3  holder_'s next is the holder's alone, except by Q1 while tail_ is &holder_; it is null whenever tail_ becomes
///       &holder_.

#include "primitives/sync.hpp"

namespace gauntlet {

class mcs_lock {
 public:
  /// A claim: the contract's scenario `fifo` checks it.
  static constexpr bool fifo = true;
  static constexpr bool any_thread_may_unlock = true;

  mcs_lock() = default;
  mcs_lock(const mcs_lock&) = delete;
  mcs_lock& operator=(const mcs_lock&) = delete;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    if (take()) return;
    node mine;
    // acq_rel [link] [handoff]: pairs with the acquires and releases of tail_; carries to the successor that mine is
    // made, from the predecessor that its node is, and from unlock() the critical section.
    node* const before = tail_.exchange(&mine, std::memory_order_acq_rel);
    if (before != nullptr) {
      // release [link]: pairs with successor_of()'s acquire of next; carries that mine is made.
      before->next.store(&mine, std::memory_order_release);
      // acquire [handoff]: pairs with unlock()'s release of admitted; carries the critical section.
      sync::spin_until([&mine] { return mine.admitted.load(std::memory_order_acquire); });
    }
    move_in(mine);
  }

  bool try_lock() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    return announced.result(take());
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    if (leave(&holder_, nullptr)) return;
    // release [handoff]: pairs with lock()'s acquire of admitted; carries the critical section.
    successor_of(holder_)->admitted.store(true, std::memory_order_release);
  }

 private:
  struct node {
    sync::atomic<node*> next{nullptr};
    sync::atomic<bool> admitted{false};
  };

  /// Takes a free lock without a node.
  bool take() {
    node* expected = nullptr;
    // acquire [handoff]: pairs with leave()'s release of tail_; carries the critical section. To the successor that
    // release, whose release sequence this goes on, carries that holder_'s next is null.
    // relaxed: on failure the value is dropped; lock() goes on to its exchange, and the caller of a try looks again.
    return tail_.compare_exchange_strong(expected, &holder_, std::memory_order_acquire, std::memory_order_relaxed);
  }

  /// Gives the place of `mine` in the queue to holder_. From then on nobody knows of `mine`.
  void move_in(node& mine) {
    // relaxed: only the holder writes it, until tail_ leads others to it (Q3).
    holder_.next.store(nullptr, std::memory_order_relaxed);
    if (leave(&mine, &holder_)) return;
    // relaxed: only the holder writes it, and the unlock() that reads it comes after by [handoff].
    holder_.next.store(successor_of(mine), std::memory_order_relaxed);
  }

  /// If nobody came after `last`: puts `instead` in its place. @return whether it did
  bool leave(node* last, node* instead) {
    // relaxed: revalidated by the compare-exchange, or by successor_of()'s acquire; spares tail_ while others queue.
    if (last->next.load(std::memory_order_relaxed) != nullptr) return false;
    // release [handoff]: pairs with the acquires of tail_ in lock() and try_lock(); carries the critical section.
    // release [link]: pairs with the successor's acquire of tail_; carries that holder_'s next is null.
    // relaxed: on failure the value is dropped; successor_of() revalidates it by its acquire of next.
    return tail_.compare_exchange_strong(last, instead, std::memory_order_release, std::memory_order_relaxed);
  }

  /// Q2: there is one.
  static node* successor_of(node& leader) {
    node* found = nullptr;
    sync::spin_until([&] {
      // acquire [link]: pairs with lock()'s release of next; carries that the successor's node is made.
      found = leader.next.load(std::memory_order_acquire);
      return found != nullptr;
    });
    return found;
  }

  sync::atomic<node*> tail_{nullptr};
  node holder_;
  [[no_unique_address]] sync::lock_identity identity_{sync::released_by::anyone};
};

}  // namespace gauntlet
