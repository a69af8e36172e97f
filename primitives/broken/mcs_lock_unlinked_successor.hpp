#pragma once
/// mcs_lock whose unlock() takes a successor that has not yet linked itself for none.
///
///     holder                                    waiter
///                                               tail_ becomes its node
///     unlock(): no next, so nobody waits
///     is not the tail: leaves things as they are
///                                               links itself, and spins for ever
///
/// The window is two instructions wide. stress and relacy must catch it: as a lock that nobody gets any more.

#include "primitives/sync.hpp"

namespace gauntlet {

class mcs_lock_unlinked_successor {
 public:
  mcs_lock_unlinked_successor() = default;
  mcs_lock_unlinked_successor(const mcs_lock_unlinked_successor&) = delete;
  mcs_lock_unlinked_successor& operator=(const mcs_lock_unlinked_successor&) = delete;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
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
    node* expected = nullptr;
    // acquire [handoff]: pairs with leave()'s release of tail_; carries the critical section. To the successor that
    // release, whose release sequence this goes on, carries that holder_'s next is null.
    // relaxed: on failure the value is dropped; the caller's next try looks again.
    return announced.result(
        tail_.compare_exchange_strong(expected, &holder_, std::memory_order_acquire, std::memory_order_relaxed));
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    if (leave(&holder_, nullptr)) return;
    // flaw: one look, where successor_of() waits for the link that must come.
    node* const successor = holder_.next.load(std::memory_order_acquire);
    if (successor == nullptr) return;
    // release [handoff]: pairs with lock()'s acquire of admitted; carries the critical section.
    successor->admitted.store(true, std::memory_order_release);
  }

 private:
  struct node {
    sync::atomic<node*> next{nullptr};
    sync::atomic<bool> admitted{false};
  };

  void move_in(node& mine) {
    // relaxed: only the holder writes it, until tail_ leads others to it.
    holder_.next.store(nullptr, std::memory_order_relaxed);
    if (leave(&mine, &holder_)) return;
    // relaxed: only the holder writes it, and the unlock() that reads it comes after by [handoff].
    holder_.next.store(successor_of(mine), std::memory_order_relaxed);
  }

  bool leave(node* last, node* instead) {
    // relaxed: revalidated by the compare-exchange, or by successor_of()'s acquire.
    if (last->next.load(std::memory_order_relaxed) != nullptr) return false;
    // release [handoff]: pairs with the acquires of tail_ in lock() and try_lock(); carries the critical section.
    // release [link]: pairs with the successor's acquire of tail_; carries that holder_'s next is null.
    // relaxed: on failure the value is dropped; successor_of() revalidates it by its acquire of next.
    return tail_.compare_exchange_strong(last, instead, std::memory_order_release, std::memory_order_relaxed);
  }

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
  [[no_unique_address]] sync::lock_identity identity_;
};

}  // namespace gauntlet
