/// Symmetric threads: of executions that differ only in which of several twins did what, one is explored. Twins are
/// started by one thread, one right after the other, and do the same whenever they read the same.
///
/// Two of them did the same until, at some place of their program, they read different writes, made writes of one
/// location, or chose differently: there they part. The twins' order is right where the one that was started first has
/// the older write there, and the larger choice. Which twin is which makes no difference to anything else, so that some
/// renaming of them brings them into order, and the search leaves out graphs in which they aren't.
///
/// TruSt's argument then holds for the graphs that are left, if each of an elder twin's events comes before its younger
/// twin's at the same place, as program order and reads-from do, until they part: a revisit keeps what comes before its
/// write in that sense, too (compare Kokologiannakis, Marmanis & Vafeiadis, "SPORE: Combining Symmetry and Partial
/// Order Reduction", PLDI 2024). For then a part of a graph that is in order is in order, as whoever is there has its
/// elder twins there; and adding an event in the canonical way, with the newest write, leaves twins in order.
///
/// Where modification order and program order ∪ reads-from together have a cycle, as only relaxed accesses and separate
/// locations allow, the twin with the older write may depend on what the other one did. Renaming them would turn that
/// dependence against their order. So a younger twin may read an older write if that comes after the elder's read; and
/// every execution still has one renaming that is explored: among those whose dependences agree with the order of the
/// twins (sorted by how long the chain of what they depend on is, say), one with the oldest writes first has nothing
/// left that could be exchanged. It may have two then.

#include <algorithm>

#include "models/rc11/search.hpp"

namespace gauntlet::rc11 {

namespace {

/// How an event compares with that of an elder twin at the same place, both having done the same before.
enum class relation : std::uint8_t { same, in_order, out_of_order, apart };

relation ordered(bool in_order) {
  return in_order ? relation::in_order : relation::out_of_order;
}

/// As compare(), of accesses to two locations: the same if each thread finds in memory of its own what was there at
/// first, or what it wrote. What others write there isn't compared.
relation compare_own(const graph& in, const event& first, const event& second) {
  const auto own = [&](const event& it) { return in.of_location(it.location).owner == it.thread; };
  if (!own(first) || !own(second)) return relation::apart;
  if (first.kind == kind::write || first.from == second.from) return relation::same;
  if (first.from == no_event || second.from == no_event) return relation::apart;
  const event& one = in[first.from];
  const event& other = in[second.from];
  const bool both_did = one.thread == first.thread && other.thread == second.thread && one.index == other.index;
  return both_did ? relation::same : relation::apart;
}

/// Values may name threads; they follow from what was read before.
relation compare(const graph& in, event_id elder, event_id younger) {
  const event& first = in[elder];
  const event& second = in[younger];
  if (first.form() != second.form()) return relation::apart;
  if (first.kind <= kind::write && first.location != second.location) return compare_own(in, first, second);
  switch (first.kind) {
    case kind::read:
      if (first.from != second.from) return ordered(in.place_of(first.from) < in.place_of(second.from));
      return first.variant == second.variant ? relation::same : ordered(first.variant > second.variant);
    case kind::write:
      return ordered(first.place < second.place);
    case kind::choice:
      return first.value == second.value ? relation::same : ordered(first.value > second.value);
    case kind::fence:
      return relation::same;
    case kind::join:
      return first.value == second.value ? relation::same : relation::apart;
    case kind::start:
    case kind::watch:
      break;
  }
  return relation::apart;
}

}  // namespace

/// Completes what comes before some events by what comes before them as their twins'.
void search::join_twins(tick* known) const {
  if (!twins_ || fault_ == fault::forget_elders) return;
  const graph& in = *levels_[depth_].built;
  for (bool more = true; more;) {
    more = false;
    for (unsigned younger = in.lanes() - 1; younger > 1; --younger) {
      const unsigned count = std::min<unsigned>(static_cast<unsigned>(known[younger]), in.of_thread(younger).count);
      for (unsigned elder = in.twin(younger); count != 0 && elder != 0; elder = in.twin(elder)) {
        event_id last = no_event;
        event_id one = in.of_thread(elder).first;
        event_id other = in.of_thread(younger).first;
        for (unsigned i = 0; i < count && one != no_event; ++i, one = in[one].next, other = in[other].next) {
          const relation found = compare(in, one, other);
          if (found != relation::apart) last = one;
          if (found != relation::same) break;
        }
        // Both halves of a read-modify-write are one.
        const bool halves = fault_ != fault::halve_elders && last != no_event && in[last].kind == kind::read;
        if (halves && in[last].indivisible) last = in[last].next;
        if (last == no_event || in.covers(known, last)) continue;
        join(known, in.clock(last, view::known), in.lanes());
        more = true;
      }
    }
  }
}

/// Calls `ask` with the event of each elder twin at the same place, if both did the same before, until it is false.
template <class Ask>
bool search::each_elder(event_id id, Ask ask) const {
  const graph& in = *levels_[depth_].built;
  const unsigned thread = in[id].thread;
  for (unsigned elder = in.twin(thread); elder != 0; elder = in.twin(elder)) {
    event_id one = in.of_thread(elder).first;
    event_id other = in.of_thread(thread).first;
    while (one != no_event && other != id && compare(in, one, other) == relation::same) {
      one = in[one].next;
      other = in[other].next;
    }
    if (one != no_event && other == id && !ask(one)) return false;
  }
  return true;
}

bool search::in_order(event_id id) {
  if (!twins_ || fault_ == fault::mix_twins) return true;
  const graph& in = current();
  return each_elder(id, [&](event_id elder) {
    if (compare(in, elder, id) != relation::out_of_order) return true;
    const event_id from = in[id].from;
    if (in[id].kind != kind::read || from == no_event || fault_ == fault::forbid_older) return false;
    elders_.resize(in.lanes());
    assign(elders_.data(), in.clock(from, view::known), in.lanes());
    join_twins(elders_.data());
    return in.covers(elders_.data(), elder);
  });
}

unsigned search::after_elders(event_id write) const {
  unsigned bound = 0;
  if (!twins_ || fault_ == fault::mix_twins) return bound;
  const graph& in = *levels_[depth_].built;
  each_elder(write, [&](event_id elder) {
    if (in[elder].location == in[write].location && compare(in, elder, write) != relation::apart)
      bound = std::max(bound, in.place_of(elder));
    return true;
  });
  return bound;
}

}  // namespace gauntlet::rc11
