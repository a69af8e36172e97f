/// RC11's partial order of seq_cst events:
///
///     psc = ([Esc] ∪ [Fsc];hb?) ; scb ; ([Esc] ∪ hb?;[Fsc])  ∪  [Fsc] ; (hb ∪ hb;eco;hb) ; [Fsc]
///     scb = po ∪ po≠loc;hb;po≠loc ∪ hb|loc ∪ co ∪ fr
///
/// must be acyclic. It is decided between seq_cst events alone, by their clocks: of what a path may go through, only
/// the first event po-after its begin, or the last one po-before its end, has to be looked at.
///
/// Plain accesses are no events of the graph. They happen between two events of their thread, and can be in a path only
/// as one end of the hb in po≠loc;hb;po≠loc: there the event after, or before, stands for them. For the other parts of
/// scb and psc they are too well ordered: in an execution without races, all eco between plain accesses is hb.

#include <algorithm>

#include "models/rc11/consistency.hpp"

namespace gauntlet::rc11 {

namespace {

bool accesses(const event& it) {
  return it.kind == kind::read || it.kind == kind::write;
}

/// An access of another location than `other`'s, a fence, or what starts or joins a thread.
bool elsewhere(const event& it, const event& other) {
  if (it.kind == kind::choice || it.kind == kind::watch) return false;
  return !accesses(it) || !accesses(other) || it.location != other.location;
}

/// Where a read or write stands in its location's modification order.
unsigned stands(const graph& in, const event& it) {
  return it.kind == kind::write ? it.place : in.place_of(it.from);
}

/// Whether `first` comes before `second`, on the same location, by rf ∪ co ∪ fr, closed under composition: eco.
bool communicates(const graph& in, const event& first, const event& second) {
  const unsigned left = stands(in, first);
  const unsigned right = stands(in, second);
  return first.kind == kind::write && second.kind == kind::read ? left <= right : left < right;
}

bool happens_before(const graph& in, event_id first, event_id second) {
  if (in[first].thread == in[second].thread) return in[first].index < in[second].index;
  return in.covers(in.clock(second, view::before), first);
}

/// Calls `visit` for each read and write of a location, until that returns true. @return whether it did
template <class Visit>
bool any_access(const graph& in, unsigned location, Visit visit) {
  const auto& where = in.of_location(location);
  for (event_id write = where.newest; write != no_event; write = in[write].older)
    if (visit(write)) return true;
  for (event_id read = where.last_read; read != no_event; read = in[read].read_before)
    if (visit(read)) return true;
  return false;
}

/// The first event po-after `id` from which on an event elsewhere has been; no_event for the end of the thread.
event_id left_for(const graph& in, event_id id) {
  event_id next = in[id].next;
  while (next != no_event && !in[next].after_plain && !elsewhere(in[next], in[id])) next = in[next].next;
  return next;
}

/// The last event po-before `id` up to which an event elsewhere is still to come; no_event for the thread's begin.
event_id come_from(const graph& in, event_id id) {
  event_id at = id;
  while (at != no_event) {
    const bool plain = in[at].after_plain;
    at = in[at].previous;
    if (at != no_event && (plain || elsewhere(in[at], in[id]))) break;
  }
  return at;
}

/// hb from the event `first` of `from`'s thread, or that thread's end, to `second` of `to`'s thread, or that one's
/// begin.
bool reaches(const graph& in, event_id first, unsigned from, event_id second, unsigned to) {
  if (second == no_event) {
    second = in.of_thread(to).creator;
    if (second == no_event) return false;
    if (second == first) return true;
  }
  if (first != no_event) return happens_before(in, first, second);
  // A join learns of one event more than there are.
  return in.clock(second, view::before)[from] > static_cast<tick>(in.of_thread(from).count);
}

}  // namespace

bool global_order::access_to_access(const graph& in, const entry& first, const entry& second) const {
  const event& one = in[first.id];
  const event& other = in[second.id];
  if (one.thread == other.thread && one.index < other.index) return true;
  if (one.location == other.location) {
    if (happens_before(in, first.id, second.id)) return true;
    if (other.kind == kind::write && communicates(in, one, other)) return true;
  }
  return one.thread != other.thread && reaches(in, first.left_for, one.thread, second.come_from, other.thread);
}

bool global_order::fence_to_access(const graph& in, const entry& first, const entry& second) const {
  const event& other = in[second.id];
  if (fault_ == fault::weaken_psc)
    return happens_before(in, first.id, second.id) &&
           (in[first.id].thread == other.thread ||
            reaches(in, first.left_for, in[first.id].thread, second.come_from, other.thread));
  const event_id before = other.previous != no_event ? other.previous : in.of_thread(other.thread).creator;
  if (before != no_event && (before == first.id || happens_before(in, first.id, before))) return true;
  return any_access(in, other.location, [&](event_id id) {
    return id != second.id && happens_before(in, first.id, id) &&
           (happens_before(in, id, second.id) || (other.kind == kind::write && communicates(in, in[id], other)));
  });
}

bool global_order::access_to_fence(const graph& in, const entry& first, const entry& second) const {
  const event& one = in[first.id];
  if (one.next == second.id || reaches(in, one.next, one.thread, second.id, in[second.id].thread)) return true;
  return any_access(in, one.location, [&](event_id id) {
    return id != first.id && happens_before(in, id, second.id) &&
           (happens_before(in, first.id, id) || (in[id].kind == kind::write && communicates(in, one, in[id])));
  });
}

bool global_order::fence_to_fence(const graph& in, event_id first, event_id second) const {
  if (happens_before(in, first, second)) return true;
  for (unsigned location = 0; location < in.locations(); ++location)
    if (any_access(in, location, [&](event_id from) {
          return happens_before(in, first, from) && any_access(in, location, [&](event_id to) {
                   return from != to && happens_before(in, to, second) && communicates(in, in[from], in[to]);
                 });
        }))
      return true;
  return false;
}

bool global_order::partial_sc(const graph& in) {
  entries_.clear();
  for (unsigned i = 0; i < in.size(); ++i) {
    const auto id = static_cast<event_id>(i);
    const event& it = in[id];
    if (it.kind <= kind::fence && it.how() == order::seq_cst)
      entries_.push_back({id, left_for(in, id), come_from(in, id), it.kind == kind::fence});
  }
  const auto size = static_cast<unsigned>(entries_.size());
  words_ = (size + 63) / 64;
  order_.assign(std::size_t{size} * words_, 0);
  for (unsigned i = 0; i < size; ++i)
    for (unsigned j = 0; j < size; ++j) {
      const entry& first = entries_[i];
      const entry& second = entries_[j];
      if (i == j) continue;
      const bool follows =
          first.fence ? (second.fence ? fence_to_fence(in, first.id, second.id) : fence_to_access(in, first, second))
                      : (second.fence ? access_to_fence(in, first, second) : access_to_access(in, first, second));
      if (follows) order_[i * words_ + j / 64] |= std::uint64_t{1} << (j % 64);
    }
  return acyclic(size);
}

}  // namespace gauntlet::rc11
