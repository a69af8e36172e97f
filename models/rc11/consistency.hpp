#pragma once
/// Which execution graphs a memory model allows. RC11 is that of Lahav, Vafeiadis, Kang, Hur & Dreyer, "Repairing
/// Sequential Consistency in C/C++11" (PLDI 2017), with C++20's release sequences (read-modify-writes only).

#include <cstdint>
#include <vector>

#include "models/rc11/graph.hpp"

namespace gauntlet::rc11 {

/// rc11 is C++20 without load buffering. ra takes every access as release or acquire, at least. tso is that of x86.
/// sc interleaves. Each allows what those after it here allow.
enum class memory_model : std::uint8_t { rc11, ra, tso, sc };

/// Faults that a test may seed, to see that it would notice.
enum class fault : std::uint8_t {
  none,
  drop_revisit,
  skip_maximality,
  weaken_psc,
  ignore_fence,
  skip_coherence,
  break_atomicity,
  ignore_release_sequence
};

/// The oldest place in `location`'s modification order that coherence lets an event with clock `before` read, or be
/// placed after. @param except an event that doesn't count
unsigned lower_bound(const graph& in, unsigned location, const tick* before, event_id except);

/// Whether a graph that satisfies coherence and atomicity, and whose po ∪ rf is acyclic, satisfies the rest of `model`.
/// Keeps its memory from call to call.
class global_order {
 public:
  explicit global_order(memory_model model, fault seeded) : model_(model), fault_(seeded) {}
  bool holds(const graph& in);

 private:
  /// A seq_cst event, and how far po alone takes a path from it and to it: see partial_sc.cpp.
  struct entry {
    event_id id;
    event_id left_for;
    event_id come_from;
    bool fence;
  };
  bool partial_sc(const graph& in);
  bool access_to_access(const graph& in, const entry& first, const entry& second) const;
  bool fence_to_access(const graph& in, const entry& first, const entry& second) const;
  bool access_to_fence(const graph& in, const entry& first, const entry& second) const;
  bool fence_to_fence(const graph& in, event_id first, event_id second) const;
  bool total_order(const graph& in);
  bool acyclic(unsigned size);

  memory_model model_;
  fault fault_;
  std::vector<entry> entries_;
  /// A row of so many words for each event: those that come after it.
  unsigned words_ = 0;
  std::vector<std::uint64_t> order_;
  std::vector<unsigned> first_;
  std::vector<unsigned> degree_;
};

}  // namespace gauntlet::rc11
