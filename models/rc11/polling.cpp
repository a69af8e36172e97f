/// Loops that take a lock to look, and give it back: `for (;;) { lock_guard<mutex> hold(m); if (ready) break; }`.
///
/// An iteration that found nothing left everything as it was, but for having held a lock. Take an execution E in which
/// the thread goes on after that. Leave the iteration out, and let whoever took the lock after it read what that found
/// before it: that is an execution, too, as fewer events synchronise, and it shows what E shows after the iteration.
/// (Where a value that was read plainly came by way of what is left out, it has a race instead, and that is one of the
/// program's.) What the iteration itself does wrong has been seen in E. That holds as long as nobody sees that a lock
/// is held but who waits for it. Whoever tries to take one does: from then on such a loop is an ordinary one, and the
/// search is bounded if one was left out before.

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

namespace {

/// Whether the `write`, by a thread since its event `from`, took a lock or gave it back; and it did the
/// other, too.
bool only_locks(const graph& known, unsigned thread, event_id write, unsigned from) {
  const auto mine = [&](event_id it) {
    return it != no_event && known[it].thread == thread && known[it].index >= from;
  };
  const auto takes = [&](event_id it) {
    if (!known[it].indivisible) return false;
    const event& read = known[known[it].previous];
    return read.waits && read.modify == operation::add_unless;
  };
  if (takes(write)) {
    for (event_id id = write; id != no_event; id = known[id].next)
      if (id != write && known[id].kind == kind::write && known[id].location == known[write].location)
        return !takes(id);
    return false;
  }
  const event& back = known[write];
  // The one before of this location.
  event_id taken = back.previous;
  while (mine(taken) && (known[taken].kind != kind::write || known[taken].location != back.location))
    taken = known[taken].previous;
  if (!mine(taken) || !takes(taken)) return false;
  const event& took = known[known[taken].previous];
  if (!back.indivisible) return back.older == taken && back.value == known.value(took);
  const event& gave = known[back.previous];
  return gave.modify == operation::subtract && gave.value == took.value;
}

}  // namespace

void explorer::await_polled(const site& at) {
  const arena::use ordinary(arena::ordinary);
  thread& it = me();
  // Other processes may see a lock tried.
  if (it.probing || tries_locks_ || limits_.workers > 1) return;
  const graph& known = *graph_;
  const unsigned from = it.awaits.back().from;
  bool locks = false;
  for (event_id id = it.last; id != no_event && known[id].index >= from; id = known[id].previous) {
    const event& did = known[id];
    if (did.kind == kind::write && !only_locks(known, running_, id, from)) return;
    if (did.kind == kind::start || did.kind == kind::join || did.kind == kind::watch) return;
    locks = locks || did.kind == kind::write;
  }
  if (!locks) return;
  if (!polled_) polled_ = at;
  it.polls = true;
  hold(at);
}

}  // namespace gauntlet::rc11
