#pragma once
/// A lock-free stack (Treiber 1986, "Systems Programming: Coping with Parallelism"). Nodes are reused within the stack
/// and freed with it, so none is freed while a slow try_pop() still looks at it; a tag tells a reused node from itself.
///
/// Promises
///   safety      linearizable: what was pushed is popped at most once, the newest first.
///   progress    lock-free: however long one thread is suspended, some push() or try_pop() completes. A push() that
///               finds no node to reuse allocates, and is then as lock-free as the allocator.
///   fairness    none: a thread may retry as long as others succeed.
///   lifetime    may be destroyed when no call is in progress, with the items that are left.
///
/// Memory ordering: what a thread did before it pushed an item is visible to the one that popped it.
///
/// top_, the first word of a chain, says two things at once:
///   index   which node is first; 0 is none
///   tag     how often the word has changed, modulo 2^32
///
/// Invariants
///   I1  A node is on items_, or on spare_, or owned by the one thread that took it off a chain or added it. Only its
///       owner writes its item and its next.
///   I2  top_ never takes the same value twice. So a compare_exchange that succeeds says that nothing was pushed or
///       popped since top_ was loaded; `next`, read in between, is the second node.
///   I3  A node's storage lives as long as the stack. A thread that was overtaken may read a `next` that is no longer
///       the one it looks for, but then its compare_exchange fails.
///   I4  top_ changes by compare_exchange only. So each change continues the release sequences of the pushes before it,
///       and a load sees what preceded the push of every node on the chain.
///
/// Limits: I2 fails if 2^32 changes, or a multiple, are made to a chain during one round of pop(). There are as many
/// nodes as there were ever items at a time, at most 2^32 - 1; a push() that threw std::bad_alloc has used one up.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

/// @tparam T need not be copyable nor have a default
template <class T>
class treiber_stack {
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>,
                "gauntlet: treiber_stack<T> needs a T that is moved and assigned without exceptions");

 public:
  /// A claim: the contract's scenario `lock_freedom` checks it.
  static constexpr bool lock_free = true;

  treiber_stack() = default;
  treiber_stack(const treiber_stack&) = delete;
  treiber_stack& operator=(const treiber_stack&) = delete;

  /// @throws std::bad_alloc, std::length_error if there are 2^32 - 1 items; then nothing was pushed
  void push(T item) {
    auto index = spare_.pop(nodes_);
    if (index == none) index = nodes_.add();
    nodes_.at(index).item.set(std::move(item));
    items_.push(nodes_, index);
  }

  /// @return nothing if the stack is empty
  [[nodiscard]] std::optional<T> try_pop() {
    const auto index = items_.pop(nodes_);
    if (index == none) return std::nullopt;
    auto& place = nodes_.at(index).item;
    std::optional<T> item = place.take();
    place.set(std::nullopt);
    spare_.push(nodes_, index);
    return item;
  }

 private:
  static constexpr std::uint32_t none = 0;

  struct node {
    sync::var<std::optional<T>> item;
    sync::atomic<std::uint32_t> next{none};
  };

  /// The nodes by index, from 1. They lie in chunks, chunk k those from 2^k to 2^(k+1) - 1, so that none ever moves.
  class node_table {
   public:
    node_table() = default;
    node_table(const node_table&) = delete;
    node_table& operator=(const node_table&) = delete;
    ~node_table() {
      // relaxed: a single writer was left when the last call returned.
      const auto added = added_.load(std::memory_order_relaxed);
      for (std::size_t k = 0; k < static_cast<std::size_t>(std::bit_width(added)) && k < chunks_.size(); ++k)
        // relaxed: a single writer likewise.
        sync::destroy(chunks_[k].load(std::memory_order_relaxed));
    }

    /// A node that nobody has had before. @return its index
    std::uint32_t add() {
      // relaxed: carries nothing; each index is given once.
      const auto index = added_.fetch_add(1, std::memory_order_relaxed) + 1;
      const auto k = chunk_of(index);
      if (k >= chunks_.size())
        throw std::length_error("treiber_stack: 2^32 - 1 nodes are in use, the most it can have");
      // acquire [grow]: pairs with the release of chunks_[k] below; carries the chunk's nodes.
      if (chunks_[k].load(std::memory_order_acquire) == nullptr) {
        chunk* const mine = sync::make<chunk>(std::size_t{1} << k);
        chunk* theirs = nullptr;
        // release [grow]: pairs with the acquire of chunks_[k] above, and with the one here; carries the chunk's nodes.
        // acquire [grow] on failure: pairs with the release of the thread that made the chunk first.
        if (!chunks_[k].compare_exchange_strong(theirs, mine, std::memory_order_release, std::memory_order_acquire))
          sync::destroy(mine);
      }
      return static_cast<std::uint32_t>(index);
    }

    node& at(std::uint32_t index) {
      const auto k = chunk_of(index);
      // relaxed: ordered by [grow] in add(), which this thread called, or another before the [publish] of `index`.
      return chunks_[k].load(std::memory_order_relaxed)->nodes[index - (std::size_t{1} << k)];
    }

   private:
    struct chunk {
      explicit chunk(std::size_t size) : nodes(new node[size]) {}
      const std::unique_ptr<node[]> nodes;
    };

    static std::size_t chunk_of(std::uint64_t index) { return static_cast<std::size_t>(std::bit_width(index)) - 1; }

    std::array<sync::atomic<chunk*>, 32> chunks_;
    sync::atomic<std::uint64_t> added_{0};
  };

  /// Treiber's algorithm.
  class chain {
   public:
    /// @param index of a node that this thread owns, until now
    void push(node_table& nodes, std::uint32_t index) {
      node& first = nodes.at(index);
      // In a round that fails, only a thread whose own compare_exchange fails can have read first.next (I3).
      sync::retry_until([&] {
        // relaxed: revalidated by the compare_exchange below.
        top seen = top_.load(std::memory_order_relaxed);
        // relaxed: a single writer, the node's owner; ordered by [publish].
        first.next.store(seen.index, std::memory_order_relaxed);
        // release [publish]: pairs with pop()'s acquire of top_; carries next, and the item or that it was taken out.
        // relaxed on failure: the value is dropped; the next round reloads it.
        return top_.compare_exchange_weak(seen, {index, seen.tag + 1}, std::memory_order_release,
                                          std::memory_order_relaxed);
      });
    }

    /// @return a node that this thread owns from now on, or none
    std::uint32_t pop(node_table& nodes) {
      auto first = none;
      sync::retry_until([&] {
        // acquire [publish]: pairs with push()'s release of top_ (I4); carries next, and the item or that it was taken.
        top seen = top_.load(std::memory_order_acquire);
        first = seen.index;
        if (first == none) return true;
        // relaxed: ordered by [publish] while the node is first, and revalidated by the compare_exchange (I2).
        const auto next = nodes.at(first).next.load(std::memory_order_relaxed);
        // relaxed: ordered by [publish], through the load above; nobody reads what this thread did before (I4).
        // relaxed on failure: the value is dropped; the next round reloads it.
        return top_.compare_exchange_weak(seen, {next, seen.tag + 1}, std::memory_order_relaxed,
                                          std::memory_order_relaxed);
      });
      return first;
    }

   private:
    struct top {
      std::uint32_t index;
      std::uint32_t tag;
    };

    sync::atomic<top> top_;
  };

  node_table nodes_;
  chain items_;
  chain spare_;
};

}  // namespace gauntlet
