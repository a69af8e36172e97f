#pragma once
/// An execution graph: events in the order in which they were added, linked by program order, reads-from and each
/// location's modification order, with the clocks that consistency is decided by. Adding and taking back the newest
/// events costs a constant each, except for writes placed in the middle of a modification order.

#include <array>
#include <vector>

#include "models/rc11/clock.hpp"
#include "models/rc11/event.hpp"

namespace gauntlet::rc11 {

/// The clocks of an event, after it. `known`: what its thread has any path to (program order and reads-from).
/// `before`: what happens before its end. `message`: of a write, what a thread that acquires it learns. `unacquired`:
/// the messages of relaxed reads, which an acquire fence would learn. `released`: `before` at the last release fence.
enum class view : unsigned { known, before, message, unacquired, released };
inline constexpr unsigned views = 5;

class graph {
 public:
  struct thread {
    event_id first = no_event;
    event_id last = no_event;
    /// The start event that made it.
    event_id creator = no_event;
    std::uint16_t count = 0;
  };
  struct location {
    bits initial = 0;
    event_id last_read = no_event;
    event_id oldest = no_event;
    event_id newest = no_event;
    std::uint16_t writes = 0;
  };

  /// Forgets everything. @param lanes ticks of a clock, a multiple of 8
  void clear(unsigned lanes);
  /// Becomes a copy of `other` without the events that `keep` leaves out, which nothing kept may depend on.
  /// @param renamed where each event of `other` went, or no_event
  template <class Keep>
  void assign_filtered(const graph& other, Keep keep, std::vector<event_id>& renamed);

  unsigned size() const noexcept { return static_cast<unsigned>(events_.size()); }
  unsigned lanes() const noexcept { return lanes_; }
  event& operator[](event_id id) noexcept { return events_[id]; }
  const event& operator[](event_id id) const noexcept { return events_[id]; }
  event_id newest() const noexcept { return static_cast<event_id>(size() - 1); }

  const thread& of_thread(unsigned which) const noexcept { return threads_[which]; }
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
  void bind(event_id read, event_id write);
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
  /// The write that the indivisible `write` has to follow at once: the one that its own read read. That of an enqueue
  /// is the one before the read that decides on it.
  event_id base(event_id write) const noexcept {
    const event& read = events_[events_[write].previous];
    return read.modify == operation::enqueue ? events_[read.previous].from : read.from;
  }
  /// Whether a read-modify-write stands right after `write`.
  bool taken(unsigned location, event_id write) const noexcept {
    const event_id after = newer(location, write);
    return after != no_event && events_[after].indivisible;
  }

  /// Whether release sequences are only their heads: a fault, see consistency.hpp.
  bool headless = false;
  /// seq_cst events, in all.
  unsigned sequential = 0;
  /// Choices other than the first alternative, by what they spend: see explorer::choose.
  std::array<unsigned, 3> spent{};

 private:
  event_id link(const event& what);
  void inherit(event_id id);

  unsigned lanes_ = 8;
  std::vector<event> events_;
  std::vector<tick> clocks_;
  std::vector<thread> threads_;
  std::vector<location> locations_;
};

template <class Keep>
void graph::assign_filtered(const graph& other, Keep keep, std::vector<event_id>& renamed) {
  clear(other.lanes_);
  headless = other.headless;
  renamed.assign(other.size(), no_event);
  locations_.resize(other.locations_.size());
  for (unsigned i = 0; i < locations_.size(); ++i) locations_[i].initial = other.locations_[i].initial;
  for (unsigned i = 0; i < other.size(); ++i) {
    const auto old = static_cast<event_id>(i);
    if (!keep(old)) continue;
    const event_id id = renamed[old] = link(other.events_[old]);
    // Clocks name threads and indices, which stay.
    for (unsigned which = 0; which < views; ++which)
      rc11::assign(clock(id, static_cast<view>(which)), other.clock(old, static_cast<view>(which)), lanes_);
  }
  for (auto& it : events_)
    if ((it.kind == kind::read || it.kind == kind::watch) && it.from != no_event) it.from = renamed[it.from];
  for (unsigned which = 0; which < other.locations_.size(); ++which) {
    event_id after = no_event;
    for (event_id write = other.locations_[which].oldest; write != no_event; write = other.events_[write].newer)
      if (renamed[write] != no_event) {
        place(renamed[write], after);
        after = renamed[write];
      }
  }
}

}  // namespace gauntlet::rc11
