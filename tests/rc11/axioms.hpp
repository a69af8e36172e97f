#pragma once
/// The axioms of the memory models, in the notation of their papers: po program order, rf reads-from, co modification
/// order, fr from-read, sw synchronizes-with, hb happens-before, eco extended coherence order.

#include "tests/rc11/oracle.hpp"

namespace gauntlet::oracle {

class axioms {
 public:
  axioms(const candidate& what, model by);

  bool happens_before_is_an_order() const { return hb_.irreflexive(); }
  /// Whether this order of one location's writes agrees with happens-before: irreflexive(hb; eco).
  bool coherent(const std::vector<unsigned>& writes) const;
  /// The axiom that speaks of all locations at once.
  bool globally_consistent(const std::array<std::vector<unsigned>, litmus::location_count>& coherence) const;
  bool racy() const;
  const relation& happens_before() const { return hb_; }
  /// What is certainly earlier than what: by program order, by reading, by waking.
  relation earlier() const;

 private:
  set where(bool (*holds)(const event&)) const;
  relation synchronizes_with() const;
  /// co and fr of the writes of one location, added to what is there.
  void add(const std::vector<unsigned>& writes, relation& co, relation& fr) const;

  bool sequentially_consistent(const relation& co, const relation& fr) const;
  bool total_store_order(const relation& co, const relation& fr) const;
  bool partial_sc(const relation& co, const relation& fr) const;
  bool single_total_order(const relation& co, const relation& fr) const;

  const candidate& what_;
  model by_;
  unsigned events_;
  set reads_, writes_, fences_, sc_;
  relation po_, rf_, rmw_, same_location_, sw_, hb_;
};

}  // namespace gauntlet::oracle
