#pragma once
/// A directed graph that is kept free of circles: who adds an edge is told the circle that it would close. Topological
/// order under insertion after Pearce & Kelly 2006, "A Dynamic Topological Sort Algorithm for Directed Acyclic Graphs".

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "lock_order/position.hpp"

namespace gauntlet::lock_order {

using node = std::uint64_t;

/// That a thread held one lock when it waited for another.
struct edge {
  stack held_at{};
  stack taken_at{};
  std::uint32_t thread = 0;
  /// It would close a circle: remembered, and no way for others.
  bool refused = false;
};

class graph {
 public:
  /// O(1). @param fresh not in the graph
  void add(node fresh) { nodes_[fresh].rank = ++highest_; }
  /// Takes its edges along. O(edges of the node).
  void remove(node old);
  bool contains(node one) const { return nodes_.contains(one); }

  /// Whether this edge was added, or refused, before. O(1).
  bool knows(node from, node to) const { return nodes_.at(from).out.contains(to); }

  /// Adds an edge, or refuses one that closes a circle. Both nodes exist; the edge is not known.
  /// O(1) where it leads upwards in the order, or where nothing led to `from` or from `to` before; else O(n log n) in
  /// the nodes and edges that lie between its ends.
  /// @return the shortest way from `to` to `from`, both included, that makes the circle; `from` alone if that is `to`;
  /// empty if there is none
  std::vector<node> add(node from, node to, const edge& made);

  const edge& between(node from, node to) const { return nodes_.at(from).out.at(to); }

 private:
  struct vertex {
    /// Its place in the order: edges lead to higher ranks.
    std::int64_t rank = 0;
    std::unordered_map<node, edge> out;
    std::unordered_set<node> in;
  };

  std::vector<node> way(node from, node to) const;
  std::vector<node> reaching(node last, std::int64_t lowest) const;
  std::vector<node> reached(node first, std::int64_t highest) const;
  void raise(std::vector<node> before, std::vector<node> after);

  std::unordered_map<node, vertex> nodes_;
  std::int64_t lowest_ = 0;
  std::int64_t highest_ = 0;
};

}  // namespace gauntlet::lock_order
