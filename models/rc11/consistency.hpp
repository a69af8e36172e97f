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
  ignore_release_sequence,
  ignore_queue,
  take_floors,
  out_of_reach,
  mix_twins,
  forget_elders,
  halve_elders,
  forbid_older
};

/// The oldest place in `location`'s modification order that coherence lets an event with clock `before` read, or be
/// placed after. @param except an event that doesn't count
unsigned lower_bound(const graph& in, unsigned location, const tick* before, event_id except);

/// Whether a graph that satisfies coherence and atomicity, and whose po ∪ rf is acyclic, satisfies the rest of `model`.
/// Keeps its memory from call to call.
class global_order {
 public:
  explicit global_order(memory_model model, fault seeded) : model_(model), fault_(seeded) {}
  /// @param newest the read or write that was bound or placed last, the newest event, without which the graph is
  /// consistent @param revisited a read of that write, the last event of its thread, without which it is, too
  bool holds(const graph& in, event_id newest, event_id revisited = no_event);

 private:
  /// Events by thread, in program order: where each thread's begin, and the end.
  struct sequence {
    std::vector<event_id> ids;
    std::vector<unsigned> first;
  };
  bool partial_sc(const graph& in, event_id newest, event_id revisited);
  bool comes_back(const graph& in, event_id from);
  void list_sequential(const graph& in);
  template <class After>
  void follow_first(const sequence& among, unsigned thread, After after);
  void follow_fences_after(const graph& in, event_id what);
  void follow_communication(const graph& in, event_id what, bool reads);
  void follow_access(const graph& in, event_id from);
  void follow_fence(const graph& in, event_id from);
  bool total_order(const graph& in, event_id newest, event_id revisited);
  void reach(event_id id);
  void follow_newer(const graph& in, event_id from);
  void follow_readers(const graph& in, event_id from);
  void follow_program(const graph& in, event_id next, bool loads);

  memory_model model_;
  fault fault_;
  sequence accesses_;
  sequence fences_;
  /// A search in depth: what begins it, what is still to be followed, from where on it is of the last event of the
  /// path, and which events it came past.
  std::vector<event_id> begins_;
  std::vector<event_id> following_;
  struct step {
    event_id id;
    std::size_t begin;
  };
  std::vector<step> path_;
  enum class passed : std::uint8_t { never, now, done };
  std::vector<passed> passed_;
  /// By thread, where it is joined.
  std::vector<event_id> joins_;
};

}  // namespace gauntlet::rc11
