/// Waiting: for a thread to end, for a predicate to hold, for ever.

#include <algorithm>

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

/// Adds an event that can only be when another thread has come to some state.
void explorer::wait_for(kind what, status meanwhile, unsigned which, const site& at) {
  event wanted = make(what, order::relaxed);
  wanted.value = which;
  thread& it = me();
  it.other = which;
  event_id id = recorded();
  if (id != no_event) {
    expect(search_->current()[id], wanted, at);
    done(id);
    return;
  }
  const auto come = [&] { return what == kind::join ? threads_[which]->now == status::finished : idle(which); };
  it.where = at;
  while (which >= threads_.size() || !come()) {
    it.now = meanwhile;
    yield();
  }
  hold_at_bound(at);
  done(what == kind::join ? search_->add_join(wanted) : search_->add_watch(wanted, reached(which)));
}

/// The last event of `which` that was there before the wait it is in.
event_id explorer::reached(unsigned which) const {
  const thread& it = *threads_[which];
  if (it.now == status::finished || it.awaits.empty()) return it.last;
  const graph& known = search_->current();
  event_id last = it.last;
  while (last != no_event && known[last].index >= it.awaits.front()) last = known[last].previous;
  return last;
}

void explorer::watch(unsigned which, const site& at) {
  const arena::use ordinary(arena::ordinary);
  wait_for(kind::watch, status::watching, which, at);
}

void explorer::await_begin(const site&) {
  const arena::use ordinary(arena::ordinary);
  me().awaits.push_back(me().done);
}

void explorer::await_end() {
  const arena::use ordinary(arena::ordinary);
  me().awaits.pop_back();
}

/// The last read of the events from `from` on, if these changed nothing; else no_event.
event_id explorer::in_vain(const thread& it, unsigned from) const {
  const graph& known = search_->current();
  event_id last_read = no_event;
  for (event_id id = it.last; id != no_event && known[id].index >= from; id = known[id].previous) {
    const event& did = known[id];
    if (did.kind != kind::read && did.kind != kind::choice && did.kind != kind::fence) return no_event;
    if (did.kind == kind::read && last_read == no_event) last_read = id;
  }
  return last_read;
}

void explorer::await_again(const site& at) {
  const arena::use ordinary(arena::ordinary);
  thread& it = me();
  const event_id read = in_vain(it, it.awaits.back());
  if (read == no_event) {
    // What it did may have an effect on what it does: an ordinary loop, up to limits::events.
    it.awaits.back() = it.done;
    return;
  }
  // The iteration is one in which the thread goes on as soon as what it read is something else: a later write revisits
  // its reads. None can if the last of them passed over a newer write.
  if (search_->current()[read].stale) cut();
  hold(at);
}

void explorer::cut() {
  ++found_.cut;
  abandon();
}

/// Whether all that a blocked thread has read in its last iteration is the newest that there is.
bool explorer::hopeless(const thread& it) const {
  const graph& known = search_->current();
  const unsigned from = it.awaits.empty() ? 0 : it.awaits.back();
  for (event_id id = it.last; id != no_event && known[id].index >= from; id = known[id].previous)
    if (known[id].kind == kind::read && known.newer(known[id].location, known[id].from) != no_event) return false;
  return true;
}

/// Nobody can go on, in any continuation: somebody sleeps on a word that changed (a wake is missing) or that didn't, or
/// spins, or waits for the end of one of these.
void explorer::stuck() {
  const auto is = [](const std::unique_ptr<thread>& it, status what) { return it->now == what; };
  const auto find = [&](auto test) { return std::find_if(threads_.begin(), threads_.end(), test); };
  auto found = find([&](const auto& it) { return is(it, status::asleep) && final_value(it->word) != it->expected; });
  const char* what = "lost_wakeup";
  if (found == threads_.end()) {
    what = "deadlock";
    found = find([&](const auto& it) { return is(it, status::asleep); });
  }
  if (found == threads_.end()) {
    what = "livelock";
    found = find([&](const auto& it) { return is(it, status::blocked); });
  }
  if (found == threads_.end()) {
    what = "deadlock";
    found = find([&](const auto& it) { return is(it, status::joining) || is(it, status::watching); });
  }
  const auto which = static_cast<unsigned>(found - threads_.begin());
  const char* const does = is(*found, status::asleep)    ? " sleeps for ever"
                           : is(*found, status::blocked) ? " spins for ever"
                                                         : " waits for ever for another to end";
  found_.broken = {what, "thread " + std::to_string(which) + does, which, (*found)->where};
}

}  // namespace gauntlet::rc11
