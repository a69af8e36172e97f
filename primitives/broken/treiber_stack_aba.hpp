#pragma once
/// treiber_stack whose first word has no tag, so that a node that was popped and pushed again passes for one that never
/// left.
///
///     the stack is A, B
///     popper   reads first = A
///     thread X pops A, and puts its node on the spare list, which was empty
///     popper   reads A's next: none, as the spare list has it
///     thread X pushes again, with A's node: A, B
///     popper   finds A first, as it was, and makes what it read first: B is lost
///
/// With a third thread it works on the stack's own `next` as well, and then a node is spare and on the stack. Memory
/// stays sound, since nodes live as long as the stack. stress and relacy must catch it, as an item that is lost or
/// comes out twice, or as a race of two owners of one node.

#include <optional>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

template <class T>
class treiber_stack_aba {
 public:
  treiber_stack_aba() = default;
  treiber_stack_aba(const treiber_stack_aba&) = delete;
  treiber_stack_aba& operator=(const treiber_stack_aba&) = delete;
  ~treiber_stack_aba() {
    // relaxed: a single writer was left when the last call returned.
    for (node* last = newest_.load(std::memory_order_relaxed); last != nullptr;)
      sync::destroy(std::exchange(last, last->older.get()));
  }

  void push(T item) {
    node* place = spare_.pop();
    if (place == nullptr) place = add();
    place->item.set(std::move(item));
    items_.push(place);
  }

  std::optional<T> try_pop() {
    node* const place = items_.pop();
    if (place == nullptr) return std::nullopt;
    std::optional<T> item = place->item.take();
    place->item.set(std::nullopt);
    spare_.push(place);
    return item;
  }

 private:
  struct node {
    sync::var<std::optional<T>> item;
    sync::atomic<node*> next{nullptr};
    /// The node that was added before this one.
    sync::var<node*> older;
  };

  class chain {
   public:
    void push(node* place) {
      sync::retry_until([&] {
        // relaxed: revalidated by the compare_exchange below.
        node* seen = first_.load(std::memory_order_relaxed);
        // relaxed: a single writer, the node's owner; ordered by [publish].
        place->next.store(seen, std::memory_order_relaxed);
        // release [publish]: pairs with pop()'s acquire of first_; carries next, and the item or that it was taken out.
        // relaxed on failure: the value is dropped; the next round reloads it.
        return first_.compare_exchange_weak(seen, place, std::memory_order_release, std::memory_order_relaxed);
      });
    }

    node* pop() {
      node* seen = nullptr;
      sync::retry_until([&] {
        // acquire [publish]: pairs with push()'s release of first_; carries next, and the item or that it was taken
        // out.
        seen = first_.load(std::memory_order_acquire);
        if (seen == nullptr) return true;
        // relaxed: ordered by [publish] while the node is first.
        node* const next = seen->next.load(std::memory_order_relaxed);
        // flaw: equal pointers, but perhaps not the same push of the node; then `next` is no longer the second one.
        return first_.compare_exchange_weak(seen, next, std::memory_order_acquire, std::memory_order_relaxed);
      });
      return seen;
    }

   private:
    sync::atomic<node*> first_{nullptr};
  };

  node* add() {
    node* const place = sync::make<node>();
    sync::retry_until([&] {
      // relaxed: revalidated by the compare_exchange below.
      node* seen = newest_.load(std::memory_order_relaxed);
      place->older.set(seen);
      // relaxed: carries nothing; only the destructor follows the list.
      return newest_.compare_exchange_weak(seen, place, std::memory_order_relaxed, std::memory_order_relaxed);
    });
    return place;
  }

  chain items_;
  chain spare_;
  sync::atomic<node*> newest_{nullptr};
};

}  // namespace gauntlet
