/// Waiting: for a thread to end, for a predicate to hold, for ever.

#include <algorithm>
#include <utility>

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

/// Adds an event that can only be when another thread, or each other thread, has come to some state.
void explorer::wait_for(kind what, status meanwhile, unsigned which, const site& at, unsigned whom) {
  event wanted = make(what, order::relaxed);
  wanted.value = which;
  thread& it = me();
  if (it.probing) not_in_vain();
  it.other = whom;
  event_id id = recorded();
  if (id != no_event) {
    expect((*graph_)[id], wanted, at);
    done(id);
    pause();
    return;
  }
  const auto come = [&] { return what == kind::join ? threads_[which]->now == status::finished : idle(whom); };
  it.where = at;
  it.now = meanwhile;
  while (which >= threads_.size() || !come()) yield();
  hold_at_bound(at);
  wanted.set_where(at.where);
  done(what == kind::join ? search_->add_join(wanted) : search_->add_watch(wanted, reached(which)));
}

/// The last event of `which` that was there before the wait it is in.
event_id explorer::reached(unsigned which) const {
  const thread& it = *threads_[which];
  if (it.now != status::blocked || it.awaits.empty()) return it.last;
  const graph& known = *graph_;
  const auto waits = std::ranges::find_if(it.awaits, &thread::await::waits);
  const unsigned from = (waits == it.awaits.end() ? it.awaits.back() : *waits).from;
  event_id last = it.last;
  while (last != no_event && known[last].index >= from) last = known[last].previous;
  return last;
}

void explorer::watch(unsigned which, const site& at) {
  const arena::use ordinary(arena::ordinary);
  wait_for(kind::watch, status::watching, which, at, which);
}

/// Each is watched by an event of its own; all come into the graph at once.
void explorer::watch_all(unsigned roles, const site& at) {
  const arena::use ordinary(arena::ordinary);
  watches_all_ = true;
  for (unsigned which = 1; which <= roles; ++which)
    if (which != running_) wait_for(kind::watch, status::watching, which, at, everybody);
}

void explorer::await_begin(const site&, bool waits) {
  const arena::use ordinary(arena::ordinary);
  me().awaits.push_back({done_[running_], waits});
}

void explorer::await_end() {
  const arena::use ordinary(arena::ordinary);
  if (me().probing && me().awaits.size() == me().probed_await) not_in_vain();
  me().awaits.pop_back();
}

/// An access lets its thread go on only with some values. It is made again when there is a new write; but what is set
/// aside for it, or comes of a revisit, stays.
void explorer::wait_locked_out(bool timed, const site& at) {
  const arena::use ordinary(arena::ordinary);
  thread& it = me();
  if ((*graph_)[it.last].stale) cut();
  it.locked_out = true;
  it.timed = timed;
  if (!withdraw()) hold(at);
  wait_for_a_write(at);
  it.locked_out = it.timed = false;
}

bits explorer::await_modify(const void* address, unsigned size, operation what, bits expected, bits operand, order how,
                            const site& at, bool timed) {
  await_begin(at);
  const order failure = taken(order::relaxed, kind::read, limits_.model);
  how = taken(how, kind::fence, limits_.model);
  bits seen = 0;
  while (seen = update(address, size, what, expected, operand, how, failure, at, true),
         (*graph_)[me().last].kind != kind::write)
    wait_locked_out(timed, at);
  me().awaits.pop_back();
  return seen;
}

bits explorer::await_change(const void* address, unsigned size, bits from, order how, const site& at) {
  await_begin(at);
  how = taken(how, kind::read, limits_.model);
  bits seen = 0;
  while (seen = update(address, size, operation::none, from, 0, how, order::relaxed, at, true), seen == from)
    wait_locked_out(false, at);
  me().awaits.pop_back();
  return seen;
}

/// The last read of the events from `from` on, if these changed nothing; else no_event.
event_id explorer::in_vain(const thread& it, unsigned from) const {
  const graph& known = *graph_;
  event_id last_read = no_event;
  for (event_id id = it.last; id != no_event && known[id].index >= from; id = known[id].previous) {
    const event& did = known[id];
    if (did.kind != kind::read && did.kind != kind::choice && did.kind != kind::fence) return no_event;
    if (did.kind == kind::read && last_read == no_event) last_read = id;
  }
  return last_read;
}

/// Goes through the iteration once more, without adding to the graph: in vain it was if, reading the same, it does the
/// same. (A compare-exchange that failed leaves behind what it saw, and the next one may expect that.)
void explorer::await_again(const site& at) {
  const arena::use ordinary(arena::ordinary);
  thread& it = me();
  // An await within: it goes round as often as before.
  if (it.probing && it.awaits.size() > it.probed_await) return;
  if (it.probing && it.probe != no_event) not_in_vain();
  const unsigned from = it.awaits.back().from;
  const event_id read = in_vain(it, from);
  const bool more = it.next != no_event;
  if (it.probing && it.probe == no_event) {
    if (it.trying_first && read != it.tried) not_in_vain();
    const bool tried = it.trying;
    if (try_another(read)) return;
    if (std::exchange(it.trying_first, false)) return go_round();
    // What it was given for a trial it must not keep.
    if (tried) return begin_probe();
    // Now it goes on as soon as something that it read is something else: a later write revisits the read. None can if
    // the last read passed over a newer write.
    if ((*graph_)[read].stale) cut();
    if (!withdraw()) hold(at);
    return wait_for_a_write(at);
  }
  it.probing = !more && read != no_event &&
               std::find(fruitful_.begin(), fruitful_.end(), std::pair{running_, from}) == fruitful_.end();
  if (!it.probing) {
    // What it did has an effect on what it does: an ordinary loop, up to limits::events.
    it.awaits.back().from = done_[running_];
    return;
  }
  begin_probe();
}

void explorer::await_covered(const site& at) {
  const arena::use ordinary(arena::ordinary);
  if (me().probing || await_changed()) return;
  me().held = true;
  hold(at);
}

void explorer::await_forever(const site& at) {
  const arena::use ordinary(arena::ordinary);
  hold(at);
}

void explorer::await_bounded(const site& at) {
  const arena::use ordinary(arena::ordinary);
  if (me().probing) return;
  if (!found_.bound) found_.bound = at;
  me().held = true;
  hold(at);
}

void explorer::begin_probe() {
  thread& it = me();
  it.probed_await = it.awaits.size();
  it.probe = it.last;
  while ((*graph_)[it.probe].index > it.awaits.back().from) it.probe = (*graph_)[it.probe].previous;
}

/// The iteration is in vain with what its last read has read. That it also is with the older writes, which are set
/// aside, is found out at once, instead of in an execution for each. @return whether there is one to go through it with
bool explorer::try_another(event_id read) {
  thread& it = me();
  if (std::exchange(it.trying, false)) search_->drop_alternative();
  if (keeps_reads_ || search_->alternatives() == untried_) return false;
  const auto instead = search_->alternative(read);
  const event& known = (*graph_)[read];
  // A compare-exchange that succeeds is not in vain.
  if (!instead || (known.modify != operation::none && known.modify != operation::compare_exchange) ||
      writes(known, graph_->value_of(known.location, *instead)))
    return false;
  it.trying = true;
  it.tried = read;
  it.instead = *instead;
  begin_probe();
  return true;
}

/// Takes back what the iteration in vain has added, as far as nothing is set aside for it: until there is a new write
/// for one of its reads the thread has no next event, whatever it may read. (A read that stayed would have to be
/// revisited by each such write in a graph of its own, of which all but one end blocked: Kokologiannakis, Marmanis &
/// Vafeiadis, "Unblocking Dynamic Partial Order Reduction", CAV 2023.) @return whether that was any read
bool explorer::withdraw() {
  thread& it = me();
  const graph& known = *graph_;
  const unsigned from = it.awaits.back().from;
  if (keeps_reads_) return false;
  while (it.last != no_event && known[it.last].index >= from) {
    const event& newest = known[it.last];
    if (it.last < extended_from_ || it.last != known.newest() || search_->alternative(it.last)) break;
    if (newest.kind != kind::read && newest.kind != kind::fence) break;
    if (newest.kind == kind::read)
      it.wishes.push_back({newest.location, known.of_location(newest.location).writes,
                           known.newer(newest.location, newest.from) == no_event});
    it.last = newest.previous;
    --done_[running_];
    search_->withdraw();
  }
  return !it.wishes.empty();
}

/// Whether there is a write that the thread's iteration may read now, and was in vain without.
bool explorer::wished(const thread& it) const {
  return std::any_of(it.wishes.begin(), it.wishes.end(), [this](const thread::wish& each) {
    return graph_->of_location(each.location).writes != each.writes;
  });
}

void explorer::wait_for_a_write(const site& at) {
  thread& it = me();
  it.where = at;
  it.now = status::blocked;
  do yield();
  while (!wished(it) && !keeps_reads_);
  it.now = status::beyond;
  it.wishes.clear();
  go_round();
}

/// Goes through the iteration from its beginning: what the graph holds of it is replayed.
void explorer::go_round() {
  thread& it = me();
  it.probing = false;
  it.next = no_event;
  const unsigned from = it.awaits.back().from;
  for (; it.last != no_event && (*graph_)[it.last].index >= from; it.last = (*graph_)[it.last].previous)
    it.next = it.last;
  done_[running_] = static_cast<std::uint16_t>(from);
}

/// At the end of an execution that nobody can go on in: what is read in vain belongs to it.
void explorer::keep_what_is_read() {
  keeps_reads_ = true;
  for (unsigned which = 0; which < threads_.size(); ++which)
    if (threads_[which]->now == status::blocked && !threads_[which]->wishes.empty()) resume(which, own_);
  keeps_reads_ = false;
}

/// A wait usually ends with what is newest, and goes on with everything older: each of these is found out at once, too.
void explorer::try_older_first(event_id read) {
  thread& it = me();
  if (it.awaits.empty() || !it.awaits.back().waits || it.probing || keeps_reads_) return;
  if (!extending_ || read < extended_from_) return;
  const unsigned location = (*graph_)[read].location;
  if (location < satisfied_by_older_.size() && satisfied_by_older_[location]) return;
  const auto instead = search_->alternative(read);
  if (!instead) return;
  it.probing = it.trying = it.trying_first = true;
  it.probed_await = it.awaits.size();
  it.probe = no_event;
  it.tried = read;
  it.instead = *instead;
}

/// While an iteration is gone through once more: the event that it did before in place of `what`.
event_id explorer::probed(const event& what) {
  thread& it = me();
  if (!it.probing) return no_event;
  const graph& known = *graph_;
  const event_id same = it.probe;
  if (same != no_event && alike(known[same], what)) {
    it.probe = known[same].next;
    return same;
  }
  not_in_vain();
  return no_event;
}

void explorer::not_in_vain() {
  thread& it = me();
  if (it.trying) {
    if (it.trying_first) {
      const unsigned location = (*graph_)[it.tried].location;
      if (satisfied_by_older_.size() <= location) satisfied_by_older_.resize(location + 1);
      satisfied_by_older_[location] = true;
    }
    untried_ = search_->alternatives();
    again_ = true;
    abandon();
  }
  auto& await = it.awaits[it.probed_await - 1];
  const unsigned from = std::exchange(await.from, done_[running_]);
  it.probing = false;
  if (it.probe != no_event && (*graph_)[it.probe].index == from) return;
  // It has been given what it read before, for reads that it needs now: from the beginning, without that.
  fruitful_.emplace_back(running_, from);
  again_ = true;
  abandon();
}

/// Ends the running thread's part in this execution. The others go on, as what they do may yet give `read` something
/// else to read, or one of those before it; but not if it passed over something newer.
void explorer::leave_to_another(event_id read, const site& at) {
  if ((*graph_)[read].stale) cut();
  me().held = true;
  hold(at);
}

void explorer::cut() {
  ++found_.cut;
  abandon();
}

/// Whether all that a blocked thread has read in its last iteration is the newest that there is; or is it again, after
/// others that poll have taken a lock and given it back.
bool explorer::hopeless(const thread& it) const {
  const graph& known = *graph_;
  const auto polls = [&](event_id write) {
    const thread& by = *threads_[known[write].thread];
    return by.polls && known[write].index >= by.awaits.back().from;
  };
  const unsigned from = it.awaits.empty() ? 0 : it.awaits.back().from;
  for (event_id id = it.last; id != no_event && known[id].index >= from; id = known[id].previous) {
    const event& read = known[id];
    if (read.kind != kind::read) continue;
    event_id newest = read.from;
    for (event_id write = known.newer(read.location, newest); write != no_event; write = known[write].newer) {
      if (!polls(write)) return false;
      newest = write;
    }
    if (known.value_of(read.location, newest) != known.value(read)) return false;
  }
  return true;
}

/// Nobody can go on, in any continuation: somebody sleeps on a word that changed (a wake is missing) or that didn't, or
/// spins, or waits for the end of one of these.
void explorer::stuck() {
  const auto is = [](const std::unique_ptr<thread>& it, status what) { return it->now == what; };
  const auto find = [&](auto test) { return std::find_if(threads_.begin(), threads_.end(), test); };
  auto found = find([&](const auto& it) { return is(it, status::asleep) && missed(*it); });
  const char* what = "lost_wakeup";
  if (found == threads_.end()) {
    what = "deadlock";
    found = find([&](const auto& it) { return is(it, status::asleep); });
  }
  if (found == threads_.end()) found = find([&](const auto& it) { return is(it, status::blocked) && it->locked_out; });
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
                           : (*found)->locked_out        ? " waits for ever"
                           : is(*found, status::blocked) ? " spins for ever"
                                                         : " waits for ever for another to end";
  found_.broken = {what, "thread " + std::to_string(which) + does, which, (*found)->where};
}

}  // namespace gauntlet::rc11
