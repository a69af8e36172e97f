/// The order of a futex's queue, see futex.cpp: what it says of waits that look at the word, and of wakes that find
/// nobody and so are no part of it.

#include "models/rc11/search.hpp"

namespace gauntlet::rc11 {

/// Whether a wait that looked, and may have fallen asleep, has read nothing older than what was known to who woke
/// before that: to `wake`, which found nobody and so is no part of the queue's order.
bool search::agree(event_id wake, event_id look) const {
  const graph& in = *levels_[depth_].built;
  const event& looked = in[look];
  const unsigned found = in.place_of(in[wake].from);
  const event_id next = looked.next;
  // Who fell asleep where a wake had found nobody came after it.
  const bool slept = next != no_event && in[next].modify == operation::enqueue;
  if (slept && !in[next].indivisible) return true;
  const bool first = slept ? found <= in.place_of(in[next].from)
                           : found < in.place_of(known_of_queue(look)) || in.covers(in.clock(look, view::known), wake);
  return !first || in.place_of(looked.from) >= lower_bound(in, looked.location, in.clock(wake, view::before), look);
}

/// The newest of what was done to the queue that a wait that looks knows of.
event_id search::known_of_queue(event_id look) const {
  const graph& in = *levels_[depth_].built;
  event_id newest = in.of_location(static_cast<unsigned>(in[look].value)).newest;
  while (newest != no_event && !in.covers(in.clock(look, view::known), newest)) newest = in[newest].older;
  return newest;
}

/// Waits and wakes have one order: a wait that comes after a wake reads nothing older than what the waker knew.
/// @param bound a look, an enqueue's read or a wake that found nobody: the last one that was bound
bool search::in_queue_order(event_id bound) const {
  if (fault_ == fault::ignore_queue) return true;
  const graph& in = *levels_[depth_].built;
  const event& it = in[bound];
  const auto finds_nobody = [&](event_id id) { return in[id].modify == operation::wake && !in[id].indivisible; };
  if (it.modify == operation::look || it.modify == operation::enqueue) {
    const event_id look = it.modify == operation::look ? bound : it.previous;
    const unsigned queue = static_cast<unsigned>(in[look].value);
    for (event_id wake = in.of_location(queue).last_read; wake != no_event; wake = in[wake].read_before)
      if (finds_nobody(wake) && !agree(wake, look)) return false;
    const event_id before = it.modify == operation::look ? known_of_queue(look) : it.from;
    return before == no_event ||
           in.place_of(in[look].from) >= lower_bound(in, in[look].location, in.clock(before, view::message), look);
  }
  if (!finds_nobody(bound)) return true;
  for (unsigned i = 0; i < in.size(); ++i) {
    const event& other = in[static_cast<event_id>(i)];
    if (other.kind == kind::read && other.modify == operation::look && other.value == it.location &&
        !agree(bound, static_cast<event_id>(i)))
      return false;
  }
  return true;
}

/// Who looked before a wake that it must not come after doesn't fall asleep. That it does so before that wake is set
/// aside. @return whether that is so
bool search::comes_too_late(event_id read) {
  event& it = current()[read];
  if (it.modify != operation::enqueue || in_queue_order(read)) return false;
  items_.push_back({change::read, 0, read, it.from});
  it.indivisible = false;
  return true;
}

}  // namespace gauntlet::rc11
