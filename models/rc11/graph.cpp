#include "models/rc11/graph.hpp"

namespace gauntlet::rc11 {

void graph::clear(unsigned lanes) {
  lanes_ = lanes;
  events_.clear();
  clocks_.clear();
  threads_.assign(lanes, {});
  locations_.clear();
  sequential = 0;
  spent = {};
}

void graph::inherit(event_id id) {
  const event& it = events_[id];
  const event_id before = it.previous != no_event ? it.previous : threads_[it.thread].creator;
  tick* const mine = clock(id, view::known);
  if (before == no_event) {
    rc11::clear(mine, views * lanes_);
  } else {
    rc11::assign(mine, clock(before, view::known), views * lanes_);
    rc11::clear(clock(id, view::message), lanes_);
    // What fences do, they do for their own thread.
    if (it.previous == no_event) {
      rc11::clear(clock(id, view::unacquired), lanes_);
      rc11::clear(clock(id, view::released), lanes_);
    }
  }
  const auto own = static_cast<tick>(it.index + 1);
  clock(id, view::known)[it.thread] = own;
  clock(id, view::before)[it.thread] = own;
}

event_id graph::link(const event& what) {
  const auto id = static_cast<event_id>(events_.size());
  events_.push_back(what);
  clocks_.resize(clocks_.size() + std::size_t{views} * lanes_);
  event& it = events_.back();
  thread& mine = threads_[it.thread];
  it.index = mine.count++;
  it.previous = mine.last;
  it.next = no_event;
  (mine.last == no_event ? mine.first : events_[mine.last].next) = id;
  mine.last = id;
  it.place = 0;
  it.older = it.newer = no_event;
  if (it.asked == order::seq_cst || it.failure == order::seq_cst) ++sequential;
  switch (it.kind) {
    case kind::read: {
      location& where = of_location(it.location);
      it.read_before = where.last_read;
      where.last_read = id;
      break;
    }
    case kind::write:
      of_location(it.location);
      break;
    case kind::start:
      threads_[static_cast<unsigned>(it.value)].creator = id;
      break;
    case kind::choice:
      if (it.value != 0) ++spent[it.variant];
      break;
    default:
      break;
  }
  return id;
}

event_id graph::append(const event& what) {
  const event_id id = link(what);
  inherit(id);
  const event& it = events_[id];
  if (it.kind != kind::write) return id;
  // A release sequence is the chain of read-modify-writes that a write heads.
  tick* const message = clock(id, view::message);
  rc11::assign(message, clock(id, releases(it.asked) ? view::before : view::released), lanes_);
  if (!it.indivisible || headless) return id;
  if (const event_id from = base(id); from != no_event) join(message, clock(from, view::message), lanes_);
  return id;
}

void graph::bind(event_id read, event_id write) {
  event& it = events_[read];
  it.from = write;
  it.indivisible = writes(it, value(it));
  inherit(read);
  if (write == no_event) return;
  const tick* const message = clock(write, view::message);
  join(clock(read, view::known), clock(write, view::known), lanes_);
  if (acquires(it.how())) join(clock(read, view::before), message, lanes_);
  if (!it.silent) join(clock(read, view::unacquired), message, lanes_);
}

void graph::order_fence(event_id fence) {
  const event& it = events_[fence];
  if (acquires(it.asked)) join(clock(fence, view::before), clock(fence, view::unacquired), lanes_);
  if (releases(it.asked)) rc11::assign(clock(fence, view::released), clock(fence, view::before), lanes_);
}

void graph::learn(event_id by, unsigned ended_thread) {
  const thread& ended = threads_[ended_thread];
  const event_id last = ended.last != no_event ? ended.last : ended.creator;
  join(clock(by, view::known), clock(last, view::known), lanes_);
  join(clock(by, view::before), clock(last, view::before), lanes_);
  // It made plain accesses after its last event, too.
  clock(by, view::known)[ended_thread] = clock(by, view::before)[ended_thread] = static_cast<tick>(ended.count + 1);
}

void graph::see(event_id by, event_id what) {
  events_[by].from = what;
  if (what != no_event) join(clock(by, view::known), clock(what, view::known), lanes_);
}

void graph::place(event_id write, event_id after) {
  event& it = events_[write];
  location& where = locations_[it.location];
  it.older = after;
  it.newer = newer(it.location, after);
  it.place = static_cast<std::uint16_t>(place_of(after) + 1U);
  (after == no_event ? where.oldest : events_[after].newer) = write;
  (it.newer == no_event ? where.newest : events_[it.newer].older) = write;
  for (event_id other = it.newer; other != no_event; other = events_[other].newer) ++events_[other].place;
  ++where.writes;
}

void graph::displace(event_id write) {
  event& it = events_[write];
  if (it.place == 0) return;
  location& where = locations_[it.location];
  (it.older == no_event ? where.oldest : events_[it.older].newer) = it.newer;
  (it.newer == no_event ? where.newest : events_[it.newer].older) = it.older;
  for (event_id other = it.newer; other != no_event; other = events_[other].newer) --events_[other].place;
  it.place = 0;
  it.older = it.newer = no_event;
  --where.writes;
}

void graph::cut(unsigned size) {
  while (events_.size() > size) {
    event& it = events_.back();
    thread& mine = threads_[it.thread];
    mine.last = it.previous;
    (it.previous == no_event ? mine.first : events_[it.previous].next) = no_event;
    --mine.count;
    if (it.kind == kind::read) locations_[it.location].last_read = it.read_before;
    if (it.kind == kind::write) displace(newest());
    if (it.kind == kind::start) threads_[static_cast<unsigned>(it.value)].creator = no_event;
    if (it.kind == kind::choice && it.value != 0) --spent[it.variant];
    if (it.asked == order::seq_cst || it.failure == order::seq_cst) --sequential;
    events_.pop_back();
  }
  clocks_.resize(std::size_t{size} * views * lanes_);
}

}  // namespace gauntlet::rc11
