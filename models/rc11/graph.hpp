#pragma once
/// An execution graph: events in the order in which they were added, linked by program order, reads-from and each
/// location's modification order, with the clocks that consistency is decided by. Adding and taking back the newest
/// events costs a constant each, except for writes placed in the middle of a modification order.

#include <algorithm>
#include <array>
#include <vector>

#include "models/rc11/clock.hpp"
#include "models/rc11/event.hpp"

namespace gauntlet::rc11 {

/// The clocks of an event, after it. `known`: what its thread has any path to (program order and reads-from).
/// `before`: what happens before its end. `message`: of a write, what a thread that acquires it learns. `unacquired`:
/// the messages of relaxed reads, which an acquire fence would learn. `released`: `before` at the last release fence.
enum class view : unsigned { known, before, unacquired, released, message };
inline constexpr unsigned views = 5;

class graph {
 public:
  struct thread {
    event_id first = no_event;
    event_id last = no_event;
    /// The start event that made it.
    event_id creator = no_event;
    std::uint16_t count = 0;
    bool joined = false;
  };
  struct location {
    bits initial = 0;
    event_id last_read = no_event;
    event_id oldest = no_event;
    event_id newest = no_event;
    std::uint16_t writes = 0;
    /// The thread in whose own memory it lies; 0 if it lies elsewhere.
    std::uint8_t owner = 0;
  };

  /// Forgets everything. @param lanes ticks of a clock, a multiple of 8
  void clear(unsigned lanes);
  /// Becomes a copy of `other` with those of its events that have a new name, which must depend on nothing else.
  /// @param renamed for each event of `other` what it is to be, counted up from 0, or no_event
  /// @param same so many of the oldest keep their names
  void assign(const graph& other, const std::vector<event_id>& renamed, unsigned same);

  unsigned size() const noexcept { return static_cast<unsigned>(events_.size()); }
  unsigned lanes() const noexcept { return lanes_; }
  /// Bytes that it takes, or has kept from when it was larger.
  std::size_t held() const noexcept { return events_.capacity() * sizeof(event) + clocks_.capacity() * sizeof(tick); }
  event& operator[](event_id id) noexcept { return events_[id]; }
  const event& operator[](event_id id) const noexcept { return events_[id]; }
  event_id newest() const noexcept { return static_cast<event_id>(size() - 1); }

  const thread& of_thread(unsigned which) const noexcept { return threads_[which]; }
  /// The twin that was started before this thread, the last one if there are several; 0 if there is none.
  unsigned twin(unsigned which) const noexcept {
    event_id start = threads_[which].creator;
    if (start == no_event || events_[start].variant == 0) return 0;
    for (unsigned back = events_[start].variant; back > 0; --back) start = events_[start].previous;
    return static_cast<unsigned>(events_[start].value);
  }
  /// How many starts ago, `last` being its newest event, a thread started `twin`; 0 if it has done anything else since.
  unsigned starts_since(event_id last, unsigned twin) const noexcept;
  /// Whether a thread, `last` being its newest event, has just joined one of `twins`, and not all that it started: if
  /// it goes on, it tells them apart. @param twins a bit for each
  bool has_joined_some(event_id last, std::uint64_t twins) const noexcept;
  location& of_location(unsigned which) {
    if (which >= locations_.size()) locations_.resize(which + 1);
    return locations_[which];
  }
  const location& of_location(unsigned which) const noexcept { return locations_[which]; }
  unsigned locations() const noexcept { return static_cast<unsigned>(locations_.size()); }

  tick* clock(event_id id, view which) noexcept {
    return clocks_.data() + (std::size_t{id} * views + static_cast<unsigned>(which)) * lanes_;
  }
  const tick* clock(event_id id, view which) const noexcept {
    return clocks_.data() + (std::size_t{id} * views + static_cast<unsigned>(which)) * lanes_;
  }
  /// Whether a clock covers `id`.
  bool covers(const tick* clock, event_id id) const noexcept {
    const event& it = events_[id];
    return clock[it.thread] > static_cast<tick>(it.index);
  }

  /// Adds `what` at the end of its thread. Its clocks are those of the event before it, and itself; a write has no
  /// place yet, a read isn't bound.
  event_id append(const event& what);
  /// Sets which write a read reads, and the clocks that follow from it. Any time, while the read is its thread's last.
  void bind(event_id read, event_id write) {
    inherit(read);
    bind_new(read, write);
  }
  /// As long as its clocks are still as append() made them.
  void bind_new(event_id read, event_id write);
  /// A fence's clocks; a join's, of a thread that has ended.
  void order_fence(event_id fence);
  void learn(event_id by, unsigned ended_thread);
  /// A watch's: it comes after `what`, and nothing more.
  void see(event_id by, event_id what);
  /// Puts a write into its location's modification order. @param after no_event for the oldest place
  void place(event_id write, event_id after);
  void displace(event_id write);
  /// Takes back all events but the oldest `size`.
  void cut(unsigned size);

  bits value_of(unsigned location, event_id write) const noexcept {
    return write == no_event ? locations_[location].initial : events_[write].value;
  }
  bits value(const event& read) const noexcept { return value_of(read.location, read.from); }
  unsigned place_of(event_id write) const noexcept { return write == no_event ? 0 : events_[write].place; }
  event_id newer(unsigned location, event_id write) const noexcept {
    return write == no_event ? locations_[location].oldest : events_[write].newer;
  }
  /// The write that the indivisible `write` has to follow at once: the one that its own read read.
  event_id base(event_id write) const noexcept { return events_[events_[write].previous].from; }
  /// Whether a read-modify-write stands right after `write`.
  bool taken(unsigned location, event_id write) const noexcept {
    const event_id after = newer(location, write);
    return after != no_event && events_[after].indivisible;
  }

  /// A thread that waits, whose next read is not in the graph: see waiting_reads.cpp.
  struct waiter {
    std::uint8_t thread;
    std::uint16_t location;
    /// Where the read would stand: before this event.
    event_id at;
    /// What it would read, which holds its thread.
    event_id floor;
  };
  const std::vector<waiter>& waiters() const noexcept { return waiters_; }
  void add(const waiter& one) { waiters_.push_back(one); }
  /// Forgets those whose read would stand after `last`.
  void forget_waiters_after(event_id last) {
    std::erase_if(waiters_, [last](const waiter& it) { return it.at > last; });
  }
  /// Whether it still does.
  bool waits(const waiter& it) const noexcept {
    const event_id last = threads_[it.thread].last;
    return last == no_event || last < it.at;
  }
  /// Whether a thread's read whose previous event this is, or no_event, is the one that it waited for.
  static bool is_awaited(const waiter& it, unsigned thread, event_id previous) noexcept {
    return it.thread == thread && (previous == no_event || previous < it.at);
  }

  /// Whether release sequences are only their heads: a fault, see consistency.hpp.
  bool headless = false;
  /// seq_cst events, in all.
  unsigned sequential = 0;
  /// Choices other than the first alternative, by what they spend: see explorer::choose.
  std::array<unsigned, 3> spent{};

 private:
  event_id link(const event& what);
  void reserve_clocks() {
    const std::size_t needed = events_.size() * views * lanes_;
    if (clocks_.size() < needed) [[unlikely]]
      clocks_.resize(std::max(2 * needed, events_.capacity() * views * lanes_));
  }
  void assign_threads(const graph& other, const std::vector<event_id>& renamed);
  void assign_locations(const graph& other, const std::vector<event_id>& renamed);
  void inherit(event_id id);

  unsigned lanes_ = 8;
  std::vector<event> events_;
  /// More than there are events for: a tick is written before it is read.
  std::vector<tick> clocks_;
  std::vector<thread> threads_;
  std::vector<location> locations_;
  std::vector<waiter> waiters_;
};

// What adding an event comes to, inline: the search does little else.

/// All clocks but that of a message, which only writes have.
inline void graph::inherit(event_id id) {
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

inline event_id graph::link(const event& what) {
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

inline event_id graph::append(const event& what) {
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

inline void graph::bind_new(event_id read, event_id write) {
  event& it = events_[read];
  it.from = write;
  it.indivisible = writes(it, value(it));
  if (write == no_event) return;
  const tick* const message = clock(write, view::message);
  join(clock(read, view::known), clock(write, view::known), lanes_);
  if (acquires(it.how())) join(clock(read, view::before), message, lanes_);
  if (!it.silent) join(clock(read, view::unacquired), message, lanes_);
}

inline void graph::learn(event_id by, unsigned ended_thread) {
  const thread& ended = threads_[ended_thread];
  const event_id last = ended.last != no_event ? ended.last : ended.creator;
  join(clock(by, view::known), clock(last, view::known), lanes_);
  join(clock(by, view::before), clock(last, view::before), lanes_);
  // It made plain accesses after its last event, too.
  clock(by, view::known)[ended_thread] = clock(by, view::before)[ended_thread] = static_cast<tick>(ended.count + 1);
}

}  // namespace gauntlet::rc11
