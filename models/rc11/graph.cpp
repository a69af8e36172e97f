#include "models/rc11/graph.hpp"

namespace gauntlet::rc11 {

namespace {
/// Events that there is room for from the beginning: small programs' explorations are short.
constexpr std::size_t usual = 64;
}  // namespace

void graph::clear(unsigned lanes) {
  lanes_ = lanes;
  events_.clear();
  events_.reserve(usual);
  threads_.assign(lanes, {});
  locations_.clear();
  waiters_.clear();
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
  waiters_ = other.waiters_;
  for (waiter& it : waiters_) it.floor = renamed[it.floor];
  std::erase_if(waiters_, [](const waiter& it) { return it.floor == no_event; });
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

unsigned graph::starts_since(event_id last, unsigned twin) const noexcept {
  unsigned back = 1;
  for (; twin != 0 && last != no_event && events_[last].kind == kind::start; last = events_[last].previous, ++back)
    if (events_[last].value == twin) return back;
  return 0;
}

bool graph::has_joined_some(event_id last, std::uint64_t twins) const noexcept {
  const auto in = [&](unsigned thread) { return (twins >> thread & 1U) != 0; };
  if (last == no_event || events_[last].kind != kind::join || !in(static_cast<unsigned>(events_[last].value)))
    return false;
  for (unsigned which = 1; which < lanes_; ++which) {
    const thread& it = threads_[which];
    if (in(which) && !it.joined && it.creator != no_event && events_[it.creator].thread == events_[last].thread)
      return true;
  }
  return false;
}

void graph::order_fence(event_id fence) {
  const event& it = events_[fence];
  if (acquires(it.asked)) join(clock(fence, view::before), clock(fence, view::unacquired), lanes_);
  if (releases(it.asked)) rc11::assign(clock(fence, view::released), clock(fence, view::before), lanes_);
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
