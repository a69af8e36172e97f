/// RC11's partial order of seq_cst events:
///
///     psc = ([Esc] ∪ [Fsc];hb?) ; scb ; ([Esc] ∪ hb?;[Fsc])  ∪  [Fsc] ; (hb ∪ hb;eco;hb) ; [Fsc]
///     scb = po ∪ po≠loc;hb;po≠loc ∪ hb|loc ∪ co ∪ fr
///
/// must be acyclic. It is decided between seq_cst events alone, by their clocks: of what a path may go through, only
/// the first event po-after its begin, or the last one po-before its end, has to be looked at.
///
/// Without the newest event the graph was consistent, so a cycle goes through that. Nothing happens after it: a path
/// leaves it by co or fr, so the search begins with what follows it there, and rarely gets far. Of each thread only the
/// first event that comes after one has to be followed, as the next ones follow from it: it is found by bisection.
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

bool is_sequential(const event& it) {
  return it.kind <= kind::fence && it.how() == order::seq_cst;
}

/// Calls `visit` for each read and write of a location.
template <class Visit>
void each_access(const graph& in, unsigned location, Visit visit) {
  const auto& where = in.of_location(location);
  for (event_id write = where.newest; write != no_event; write = in[write].older) visit(write);
  for (event_id read = where.last_read; read != no_event; read = in[read].read_before) visit(read);
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

/// Of the events of a thread in `among`, those that come after something are its last ones: the first of them is to be
/// followed.
template <class After>
void global_order::follow_first(const sequence& among, unsigned thread, After after) {
  const auto begin = among.ids.begin() + among.first[thread];
  const auto end = among.ids.begin() + among.first[thread + 1];
  const auto found = std::partition_point(begin, end, [&](event_id id) { return !after(id); });
  if (found != end) following_.push_back(*found);
}

void global_order::follow_fences_after(const graph& in, event_id what) {
  if (fences_.ids.empty()) return;
  for (unsigned thread = 0; thread < in.lanes(); ++thread)
    follow_first(fences_, thread, [&](event_id fence) { return happens_before(in, what, fence); });
}

/// The accesses of its location that come after `what` by co or fr, and by rf if `reads`, and fences after them.
void global_order::follow_communication(const graph& in, event_id what, bool reads) {
  each_access(in, in[what].location, [&](event_id to) {
    if (to == what || !communicates(in, in[what], in[to]) || (!reads && in[to].kind == kind::read)) return;
    if (in[to].kind == kind::write && is_sequential(in[to])) following_.push_back(to);
    follow_fences_after(in, to);
  });
}

void global_order::follow_access(const graph& in, event_id from) {
  const event& it = in[from];
  const event_id left = left_for(in, from);
  for (unsigned thread = 0; thread < in.lanes(); ++thread) {
    const bool own = thread == it.thread;
    follow_first(accesses_, thread, [&](event_id to) {
      return own ? in[to].index > it.index : reaches(in, left, it.thread, come_from(in, to), thread);
    });
    follow_first(fences_, thread, [&](event_id to) {
      return own ? in[to].index > it.index : reaches(in, it.next, it.thread, to, thread);
    });
  }
  follow_communication(in, from, false);
  each_access(in, it.location, [&](event_id to) {
    if (to == from || !happens_before(in, from, to)) return;
    if (is_sequential(in[to])) following_.push_back(to);
    follow_fences_after(in, to);
  });
}

void global_order::follow_fence(const graph& in, event_id from) {
  follow_fences_after(in, from);
  for (unsigned thread = 0; thread < in.lanes(); ++thread)
    follow_first(accesses_, thread, [&](event_id to) {
      const event_id before = in[to].previous != no_event ? in[to].previous : in.of_thread(thread).creator;
      return before != no_event && (before == from || happens_before(in, from, before));
    });
  if (fault_ == fault::weaken_psc) return;
  for (unsigned location = 0; location < in.locations(); ++location) {
    // Of the accesses that the fence happens before, what stands first comes before all that others come before.
    event_id first = no_event;
    each_access(in, location, [&](event_id id) {
      if (of_queue(in[id]) || !happens_before(in, from, id)) return;
      const unsigned place = stands(in, in[id]);
      const bool level = first != no_event && place == stands(in, in[first]);
      if (first == no_event || place < stands(in, in[first]) || (level && in[id].kind == kind::write)) first = id;
    });
    if (first == no_event) continue;
    follow_communication(in, first, true);
    each_access(in, location, [&](event_id to) {
      if (!is_sequential(in[to]) || !happens_before(in, from, to)) return;
      each_access(in, location, [&](event_id id) {
        if (id != to && happens_before(in, from, id) && happens_before(in, id, to)) following_.push_back(to);
      });
    });
  }
}

/// All seq_cst events, by thread.
void global_order::list_sequential(const graph& in) {
  for (sequence* const all : {&accesses_, &fences_}) all->ids.clear(), all->first.clear();
  for (unsigned thread = 0; thread < in.lanes(); ++thread) {
    for (sequence* const all : {&accesses_, &fences_}) all->first.push_back(static_cast<unsigned>(all->ids.size()));
    for (event_id id = in.of_thread(thread).first; id != no_event; id = in[id].next)
      if (is_sequential(in[id])) (in[id].kind == kind::fence ? fences_ : accesses_).ids.push_back(id);
  }
  for (sequence* const all : {&accesses_, &fences_}) all->first.push_back(static_cast<unsigned>(all->ids.size()));
}

/// Whether a cycle can be come to from `from`.
bool global_order::comes_back(const graph& in, event_id from) {
  following_.assign(1, from);
  path_.assign(1, {no_event, 0});
  while (!path_.empty()) {
    if (following_.size() == path_.back().begin) {
      if (path_.back().id != no_event) passed_[path_.back().id] = passed::done;
      path_.pop_back();
      continue;
    }
    const event_id next = following_.back();
    following_.pop_back();
    if (passed_[next] == passed::now) return true;
    if (passed_[next] == passed::done) continue;
    passed_[next] = passed::now;
    path_.push_back({next, following_.size()});
    if (in[next].kind == kind::fence)
      follow_fence(in, next);
    else
      follow_access(in, next);
  }
  return false;
}

bool global_order::partial_sc(const graph& in, event_id newest, event_id revisited) {
  const event& last = in[newest];
  if (in.newer(last.location, last.kind == kind::write ? newest : last.from) == no_event) return true;
  list_sequential(in);
  following_.clear();
  for (const event_id id : {newest, revisited}) {
    if (id == no_event) continue;
    if (is_sequential(in[id])) following_.push_back(id);
    follow_communication(in, id, true);
  }
  begins_.assign(following_.begin(), following_.end());
  passed_.assign(in.size(), passed::never);
  return std::none_of(begins_.begin(), begins_.end(), [&](event_id id) { return comes_back(in, id); });
}

}  // namespace gauntlet::rc11
