#include "tests/rc11/axioms.hpp"

namespace gauntlet::oracle {

namespace {

bool releases(const event& e) {
  return (e.what == sort::write || e.what == sort::fence) && !e.plain() &&
         (e.how == litmus::rel || e.how == litmus::acq_rel || e.how == litmus::sc);
}

bool acquires(const event& e) {
  return (e.what == sort::read || e.what == sort::fence) && !e.plain() &&
         (e.how == litmus::acq || e.how == litmus::acq_rel || e.how == litmus::sc);
}

/// An order that x86 has already: between everything but a store and a later load.
bool kept_by_tso(const event& first, const event& second) {
  return first.what == sort::read || second.what == sort::write;
}

}  // namespace

axioms::axioms(const candidate& what, model by)
    : what_(what),
      by_(by),
      events_(static_cast<unsigned>(what.events.size())),
      reads_(where([](const event& e) { return e.what == sort::read; })),
      writes_(where([](const event& e) { return e.what == sort::write; })),
      fences_(where([](const event& e) { return e.what == sort::fence; })),
      sc_(where([](const event& e) { return e.thread >= 0 && !e.plain() && e.how == litmus::sc; })),
      po_(events_),
      rf_(events_),
      rmw_(events_),
      same_location_(events_),
      sw_(events_),
      hb_(events_) {
  for (unsigned i = 0; i < events_; ++i) {
    const auto& first = what.events[i];
    if (first.what == sort::read) rf_.insert(what.source[i], i);
    if (first.what == sort::write && first.update) rmw_.insert(i - 1, i);
    for (unsigned j = 0; j < events_; ++j) {
      const auto& second = what.events[j];
      if (i < j && (first.thread < 0 ? second.thread >= 0 : first.thread == second.thread)) po_.insert(i, j);
      if (first.access() && second.access() && first.where == second.where) same_location_.insert(i, j);
    }
  }
  const set atomic = where([](const event& e) { return !e.plain(); });
  sw_ = by == model::ra ? rf_.between(atomic, atomic) : synchronizes_with();
  hb_ = by == model::sc || by == model::tso ? po_ : +(po_ | sw_);
}

set axioms::where(bool (*holds)(const event&)) const {
  set out = 0;
  for (unsigned i = 0; i < events_; ++i)
    if (holds(what_.events[i])) out |= set{1} << i;
  return out;
}

/// sw = [E rel]; ([F]; po)?; [W rlx]; (rf; rmw)*; rf; [R rlx]; (po; [F])?; [E acq]
relation axioms::synchronizes_with() const {
  const set release = where(&releases);
  const set acquire = where(&acquires);
  const set atomic = where([](const event& e) { return e.what != sort::fence && e.thread >= 0 && !e.plain(); });
  const relation heads = relation(events_, release & writes_) | po_.between(release & fences_, writes_ & atomic);
  const set heard = where([](const event& e) { return !e.silent; });
  const relation tails = relation(events_, acquire & reads_) | po_.between(reads_ & atomic & heard, acquire & fences_);
  const relation sequence = (+(rf_ * rmw_)).optional();
  return heads * sequence * rf_.between(writes_ & atomic, reads_ & atomic) * tails;
}

relation axioms::earlier() const {
  relation out = po_ | rf_;
  for (unsigned i = 0; i < events_; ++i)
    if (what_.events[i].what == sort::woken) out.insert(what_.source[i], i);
  return out;
}

void axioms::add(const std::vector<unsigned>& writes, relation& co, relation& fr) const {
  for (std::size_t i = 0; i < writes.size(); ++i)
    for (std::size_t j = i + 1; j < writes.size(); ++j) {
      co.insert(writes[i], writes[j]);
      for (set readers = rf_.row(writes[i]); readers != 0; readers &= readers - 1)
        fr.insert(static_cast<unsigned>(std::countr_zero(readers)), writes[j]);
    }
}

bool axioms::coherent(const std::vector<unsigned>& writes) const {
  relation co(events_);
  relation fr(events_);
  add(writes, co, fr);
  set here = 0;
  for (unsigned i = 0; i < events_; ++i)
    if (same_location_(writes.front(), i)) here |= set{1} << i;
  const relation eco = +(rf_.between(here, here) | co | fr);
  return (hb_.between(here, here) * eco).irreflexive();
}

bool axioms::globally_consistent(const std::array<std::vector<unsigned>, litmus::location_count>& coherence) const {
  relation co(events_);
  relation fr(events_);
  for (const auto& writes : coherence) add(writes, co, fr);
  switch (by_) {
    case model::sc:
      return sequentially_consistent(co, fr);
    case model::tso:
      return total_store_order(co, fr);
    case model::ra:
    case model::rc11:
      return partial_sc(co, fr);
    case model::cxx20:
      return single_total_order(co, fr);
  }
  return false;
}

bool axioms::racy() const {
  for (unsigned i = 0; i < events_; ++i)
    for (unsigned j = i + 1; j < events_; ++j) {
      const auto& first = what_.events[i];
      const auto& second = what_.events[j];
      const bool conflict = same_location_(i, j) && (first.what == sort::write || second.what == sort::write) &&
                            (first.plain() || second.plain()) && first.thread != second.thread;
      if (conflict && !hb_(i, j) && !hb_(j, i)) return true;
    }
  return false;
}

/// acyclic(po | rf | co | fr)
bool axioms::sequentially_consistent(const relation& co, const relation& fr) const {
  return (po_ | rf_ | co | fr).acyclic();
}

/// acyclic(ppo | fences | rfe | co | fr)
bool axioms::total_store_order(const relation& co, const relation& fr) const {
  relation kept(events_);
  // What drains the store buffer: itself, and for a seq_cst store the fence behind it.
  const set drains = where([](const event& e) {
    return e.thread >= 0 && (e.update || (e.what != sort::read && !e.plain() && e.how == litmus::sc));
  });
  const relation fenced = (po_.optional() * relation(events_, drains) * po_.optional()) & po_;
  for (unsigned i = 0; i < events_; ++i)
    for (unsigned j = 0; j < events_; ++j)
      if (po_(i, j) && (what_.events[i].thread < 0 || kept_by_tso(what_.events[i], what_.events[j]) || fenced(i, j)))
        kept.insert(i, j);
  return (kept | (rf_ - po_) | co | fr).acyclic();
}

/// RC11's psc: acyclic(([Esc] | [Fsc]; hb?); scb; ([Esc] | hb?; [Fsc]) | [Fsc]; (hb | hb; eco; hb); [Fsc]), where
/// scb = po | po!=; hb; po!= | hb= | co | fr, and = and != say whether both ends are on one location.
bool axioms::partial_sc(const relation& co, const relation& fr) const {
  const relation eco = +(rf_ | co | fr);
  const relation elsewhere = po_ - same_location_;
  const relation scb = po_ | elsewhere * hb_ * elsewhere | (hb_ & same_location_) | co | fr;
  const set fences = sc_ & fences_;
  const relation all = relation(events_, sc_);
  const relation before = all | hb_.between(fences, ~set{0});
  const relation after = all | hb_.between(~set{0}, fences);
  const relation psc = before * scb * after | (hb_ | hb_ * eco * hb_).between(fences, fences);
  return psc.acyclic();
}

/// [atomics.order]/4: some total order of all seq_cst operations agrees with strongly-happens-before and with what is
/// coherence-ordered before what, between seq_cst operations and between seq_cst fences around others.
bool axioms::single_total_order(const relation& co, const relation& fr) const {
  // A read-modify-write is one operation in the standard: nothing is sequenced between its halves, and to the total
  // order both are the same.
  const relation halves = (rmw_ | rmw_.inverse()).optional();
  const relation sequenced = po_ - rmw_;
  const relation coherence = +(rf_ | co | fr) - rmw_;
  const relation strongly = +(sequenced | sw_.between(sc_, sc_) | sequenced * hb_ * sequenced);
  const set fences = sc_ & fences_;
  const relation all = relation(events_, sc_);
  const relation before = all | hb_.between(fences, ~set{0});
  const relation after = all | hb_.between(~set{0}, fences);
  const relation required = strongly.between(sc_, sc_) | before * coherence * after;
  return (halves * required * halves).acyclic();
}

}  // namespace gauntlet::oracle
