#pragma once
/// clh_lock whose threads queue with the same node again, instead of the one that their predecessor left them.
///
///     A holds the lock with its node a
///     B queues behind a, and spins on it
///     A unlocks: a is released
///     A locks again: a is not released, and queued behind B's node
///     B looks at a only now, and waits for A, which waits for B
///
/// B must be slow for as long as A needs to come back; or A ends, and its node with it, before B looks. stress and
/// relacy must catch it, as waiters that wait for each other, or as a look at a node that is gone.

#include "primitives/sync.hpp"

namespace gauntlet {

class clh_lock_reused_node {
 public:
  clh_lock_reused_node() = default;
  clh_lock_reused_node(const clh_lock_reused_node&) = delete;
  clh_lock_reused_node& operator=(const clh_lock_reused_node&) = delete;

  void lock() {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    node& mine = my_node();
    // acq_rel [link] [handoff]: pairs with the acquires and releases of tail_; carries to the successor that the node
    // is not released, from the predecessor that its own is not, and from unlock() the critical section.
    node* const before = tail_.exchange(&mine, std::memory_order_acq_rel);
    if (before != nullptr) {
      // acquire [handoff]: pairs with unlock()'s release of released; carries the critical section.
      sync::spin_until([before] { return before->released.load(std::memory_order_acquire); });
    }
    holder_.set(&mine);
  }

  bool try_lock() {
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    node& mine = my_node();
    node* expected = nullptr;
    // acq_rel [link] [handoff]: pairs with the acquires and releases of tail_; carries to the successor that the node
    // is not released, and from unlock() the critical section.
    // relaxed: on failure the value is dropped; the caller's next try looks again.
    const bool free =
        tail_.compare_exchange_strong(expected, &mine, std::memory_order_acq_rel, std::memory_order_relaxed);
    if (free) holder_.set(&mine);
    return announced.result(free);
  }

  void unlock() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    node* const place = holder_.get();
    node* last = place;
    // release [handoff]: pairs with the acquires of tail_ in lock() and try_lock(); carries the critical section.
    // relaxed: on failure the value is dropped; only the store below matters to the successor, by its acquire.
    if (tail_.compare_exchange_strong(last, nullptr, std::memory_order_release, std::memory_order_relaxed)) return;
    // release [handoff]: pairs with lock()'s acquire of released; carries the critical section.
    place->released.store(true, std::memory_order_release);
  }

 private:
  struct node {
    sync::atomic<bool> released{false};
  };

  node& my_node() {
    node& mine = slot_.get();
    // flaw: the successor of this thread's last turn may still have to see that it was released.
    mine.released.store(false, std::memory_order_relaxed);
    return mine;
  }

  sync::atomic<node*> tail_{nullptr};
  sync::var<node*> holder_{nullptr};
  sync::slot<node> slot_;
  [[no_unique_address]] sync::lock_identity identity_;
};

}  // namespace gauntlet
