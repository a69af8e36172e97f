#include "models/rc11/graph.hpp"

namespace gauntlet::rc11 {

void graph::clear(unsigned lanes) {
  lanes_ = lanes;
  events_.clear();
  threads_.assign(lanes, {});
  locations_.clear();
  sequential = 0;
  spent = {};
}

void graph::assign(const graph& other, const std::vector<event_id>& renamed, unsigned same) {
  lanes_ = other.lanes_;
  headless = other.headless;
  sequential = other.sequential;
  spent = other.spent;
  events_.assign(other.events_.begin(), other.events_.begin() + same);
  const std::size_t clocks = std::size_t{views} * lanes_;
  if (clocks_.size() < other.size() * clocks) clocks_.resize(2 * other.size() * clocks);
  // Clocks name threads and indices, which stay.
  std::copy_n(other.clocks_.data(), same * clocks, clocks_.data());
  for (unsigned i = same; i < other.size(); ++i) {
    const event& it = other.events_[i];
    if (renamed[i] != no_event) {
      std::copy_n(other.clocks_.data() + i * clocks, clocks, clocks_.data() + events_.size() * clocks);
      events_.push_back(it);
      continue;
    }
    if (it.kind == kind::choice && it.value != 0) --spent[it.variant];
    if (it.asked == order::seq_cst || it.failure == order::seq_cst) --sequential;
  }
  const auto name = [&](event_id old) { return old == no_event ? no_event : renamed[old]; };
  const auto skip = [&](event_id id, event_id event::* link) {
    while (id != no_event && renamed[id] == no_event) id = other.events_[id].*link;
    return name(id);
  };
  for (event& it : events_) {
    it.previous = name(it.previous);
    it.next = name(it.next);
    if (it.kind == kind::read || it.kind == kind::watch) it.from = name(it.from);
    if (it.kind == kind::read) it.read_before = skip(it.read_before, &event::read_before);
    if (it.kind != kind::write) continue;
    it.older = skip(it.older, &event::older);
    it.newer = skip(it.newer, &event::newer);
  }
  assign_threads(other, renamed);
  assign_locations(other, renamed);
}

/// What a thread loses are its newest events.
void graph::assign_threads(const graph& other, const std::vector<event_id>& renamed) {
  threads_ = other.threads_;
  for (thread& it : threads_) {
    if (it.creator != no_event) it.creator = renamed[it.creator];
    it.joined = false;
    while (it.last != no_event && renamed[it.last] == no_event) it.last = other.events_[it.last].previous;
    it.count = it.last == no_event ? 0 : static_cast<std::uint16_t>(other.events_[it.last].index + 1);
    it.first = it.count == 0 ? no_event : renamed[it.first];
    it.last = it.count == 0 ? no_event : renamed[it.last];
  }
  for (const event& it : events_)
    if (it.kind == kind::join) threads_[static_cast<unsigned>(it.value)].joined = true;
}

void graph::assign_locations(const graph& other, const std::vector<event_id>& renamed) {
  locations_ = other.locations_;
  for (location& it : locations_) {
    const auto first_kept = [&](event_id id, event_id event::* link) {
      while (id != no_event && renamed[id] == no_event) id = other.events_[id].*link;
      return id == no_event ? no_event : renamed[id];
    };
    it.last_read = first_kept(it.last_read, &event::read_before);
    it.oldest = first_kept(it.oldest, &event::newer);
    it.newest = first_kept(it.newest, &event::older);
    it.writes = 0;
    for (event_id write = it.oldest; write != no_event; write = events_[write].newer)
      events_[write].place = ++it.writes;
  }
}

/// All clocks but that of a message, which only writes have.
void graph::inherit(event_id id) {
  const event& it = events_[id];
  const event_id before = it.previous != no_event ? it.previous : threads_[it.thread].creator;
  tick* const mine = clock(id, view::known);
  tick* const fences = clock(id, view::unacquired);
  if (before == no_event)
    rc11::clear(mine, 2 * lanes_);
  else
    rc11::assign(mine, clock(before, view::known), 2 * lanes_);
  // What fences do, they do for their own thread.
  if (it.previous == no_event)
    rc11::clear(fences, 2 * lanes_);
  else
    rc11::assign(fences, clock(before, view::unacquired), 2 * lanes_);
  const auto own = static_cast<tick>(it.index + 1);
  clock(id, view::known)[it.thread] = own;
  clock(id, view::before)[it.thread] = own;
}

event_id graph::link(const event& what) {
  const auto id = static_cast<event_id>(events_.size());
  events_.push_back(what);
  reserve_clocks();
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
    case kind::join:
      threads_[static_cast<unsigned>(it.value)].joined = true;
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

void graph::bind_new(event_id read, event_id write) {
  event& it = events_[read];
  it.from = write;
  it.indivisible = writes(it, value(it));
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
    if (it.kind == kind::join) threads_[static_cast<unsigned>(it.value)].joined = false;
    if (it.kind == kind::choice && it.value != 0) --spent[it.variant];
    if (it.asked == order::seq_cst || it.failure == order::seq_cst) --sequential;
    events_.pop_back();
  }
}

}  // namespace gauntlet::rc11
