#pragma once
/// treiber_stack as textbooks print it, with nodes that try_pop() frees: another thread may be about to read them.
///
///     the stack is A, B
///     thread X reads first = A
///     thread Y pops A, and frees it
///     thread X reads A's next                 use after free
///
/// What X reads there is of no use to it, as its compare_exchange fails, unless A's storage was pushed once more
/// (treiber_stack_aba). asan and relacy must catch it: as a use after free, or as a race of X's read with the node's
/// end.

#include <optional>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

template <class T>
class treiber_stack_freed_node {
 public:
  treiber_stack_freed_node() = default;
  treiber_stack_freed_node(const treiber_stack_freed_node&) = delete;
  treiber_stack_freed_node& operator=(const treiber_stack_freed_node&) = delete;
  ~treiber_stack_freed_node() {
    while (try_pop()) continue;
  }

  void push(T item) {
    node* const mine = sync::make<node>(std::move(item));
    sync::retry_until([&] {
      // relaxed: revalidated by the compare_exchange below.
      node* seen = first_.load(std::memory_order_relaxed);
      mine->next.set(seen);
      // release [publish]: pairs with try_pop()'s acquire of first_; carries the node.
      // relaxed on failure: the value is dropped; the next round reloads it.
      return first_.compare_exchange_weak(seen, mine, std::memory_order_release, std::memory_order_relaxed);
    });
  }

  std::optional<T> try_pop() {
    node* seen = nullptr;
    sync::retry_until([&] {
      // acquire [publish]: pairs with push()'s release of first_; carries the node.
      seen = first_.load(std::memory_order_acquire);
      if (seen == nullptr) return true;
      node* const next = seen->next.get();
      // relaxed: ordered by [publish], through the load above.
      // relaxed on failure: the value is dropped; the next round reloads it.
      return first_.compare_exchange_weak(seen, next, std::memory_order_relaxed, std::memory_order_relaxed);
    });
    if (seen == nullptr) return std::nullopt;
    std::optional<T> item = seen->item.take();
    // flaw: others may have loaded first_ before the compare_exchange, and follow it now.
    sync::destroy(seen);
    return item;
  }

 private:
  struct node {
    explicit node(T pushed) : item(std::move(pushed)) {}
    sync::var<T> item;
    sync::var<node*> next;
  };

  sync::atomic<node*> first_{nullptr};
};

}  // namespace gauntlet
