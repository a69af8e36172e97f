#include "models/rc11/consistency.hpp"

#include <algorithm>
#include <utility>

namespace gauntlet::rc11 {

unsigned lower_bound(const graph& in, unsigned location, const tick* before, event_id except) {
  const auto& where = in.of_location(location);
  unsigned bound = 0;
  for (event_id write = where.newest; write != no_event; write = in[write].older)
    if (write != except && in.covers(before, write)) {
      bound = in[write].place;
      break;
    }
  for (event_id read = where.last_read; read != no_event; read = in[read].read_before)
    if (read != except && in.covers(before, read)) bound = std::max(bound, in.place_of(in[read].from));
  return bound;
}

bool global_order::holds(const graph& in, event_id newest, event_id revisited) {
  switch (model_) {
    case memory_model::rc11:
    case memory_model::ra:  // Allows no more than rc11: what is seq_cst stays so.
      return in.sequential < 2 || partial_sc(in, newest, revisited);
    case memory_model::tso:
    case memory_model::sc:
      return total_order(in, newest, revisited);
  }
  return true;
}

namespace {
/// Whether it lets no store before it be late: a locked instruction drains the buffer, also where a compare-exchange
/// fails.
bool drains(const event& it) {
  return it.kind > kind::fence || it.modify != operation::none ||
         ((it.kind == kind::fence || it.kind == kind::write) && it.asked == order::seq_cst);
}
}  // namespace

/// Whether a cycle of the order can't be left out: it goes through what is new, and leaves that for something newer in
/// modification order, as nothing is po-after it.
///
/// sc: po ∪ rf ∪ co ∪ fr is acyclic. tso: the same with a store's order to later loads left out, unless a
/// read-modify-write or a seq_cst store or fence stands between, and rf only between threads (coherence covers the
/// rest).
bool global_order::total_order(const graph& in, event_id newest, event_id revisited) {
  const event& last = in[newest];
  if (in.newer(last.location, last.kind == kind::write ? newest : last.from) == no_event) return true;
  passed_.assign(in.size(), passed::never);
  following_.clear();
  joins_.assign(in.lanes(), no_event);
  for (unsigned i = 0; i < in.size(); ++i)
    if (in[static_cast<event_id>(i)].kind == kind::join)
      joins_[static_cast<unsigned>(in[static_cast<event_id>(i)].value)] = static_cast<event_id>(i);
  for (const event_id id : {newest, revisited})
    if (id != no_event) follow_newer(in, id);
  while (!following_.empty()) {
    const event_id from = following_.back();
    following_.pop_back();
    if (from == newest || from == revisited) return false;
    const event& it = in[from];
    follow_newer(in, from);
    follow_readers(in, from);
    follow_program(in, it.next, it.kind != kind::write || drains(it));
    if (it.kind == kind::start) follow_program(in, in.of_thread(static_cast<unsigned>(it.value)).first, true);
    reach(joins_[it.thread]);
  }
  return true;
}

void global_order::reach(event_id id) {
  if (id == no_event || std::exchange(passed_[id], passed::done) != passed::never) return;
  following_.push_back(id);
}

/// By co or fr.
void global_order::follow_newer(const graph& in, event_id from) {
  const event& it = in[from];
  if (it.kind <= kind::write) reach(in.newer(it.location, it.kind == kind::write ? from : it.from));
}

/// By rf.
void global_order::follow_readers(const graph& in, event_id from) {
  const event& it = in[from];
  if (it.kind != kind::write) return;
  for (event_id read = in.of_location(it.location).last_read; read != no_event; read = in[read].read_before)
    if (in[read].from == from && (model_ == memory_model::sc || in[read].thread != it.thread)) reach(read);
}

/// By program order: those from `next` on that others of them don't come before. @param loads whether loads come after,
/// too; else only once the buffer is empty
void global_order::follow_program(const graph& in, event_id next, bool loads) {
  if (model_ == memory_model::sc) return reach(next);
  for (; next != no_event; next = in[next].next) {
    const event& it = in[next];
    // On x86 a fence that isn't seq_cst is nothing, and must not link what is before it to what is after.
    if (!drains(it) && (it.kind == kind::fence || (it.kind == kind::read && !loads))) continue;
    reach(next);
    // What comes after a store that may be late isn't all that comes after a load before it.
    if (drains(it) || it.kind == kind::read || !loads) return;
  }
}

}  // namespace gauntlet::rc11
