#pragma once
/// Monitors: whether a history of a well-known object is linearizable, told from its shape in O(n log n) instead of by
/// search. Each is a type that says what an operation did to such an object. A specification chooses one by giving
/// `static fifo monitored(const recorded&)`, and nothing else.
///
/// A monitor answers ok or violated exactly, or unknown where its reasoning doesn't hold: values that were put twice,
/// an initial state that isn't empty, and so on. Operations that never returned may or may not have had their effect.

#include <optional>
#include <vector>

#include "harness/history.hpp"

namespace gauntlet::harness {

/// An operation as its monitor sees it, and when it ran.
template <class Event>
struct timed {
  Event event;
  std::uint64_t called;
  std::uint64_t returned;
};

/// An unbounded queue, first in first out, in which each value is put once.
/// Bouajjani, Emmi, Enea & Hamza 2015, "On Reducing Linearizability to State Reachability": the four patterns that a
/// history of a queue must not have.
struct fifo {
  enum act { put, got, found_empty } what;
  std::int64_t value = 0;
  static verdict judge(const std::vector<timed<fifo>>& history, const model_state& initial);
  std::optional<std::int64_t> about() const { return what == found_empty ? std::nullopt : std::optional(value); }
};

/// A stack, last in first out, in which each value is put once.
/// Lee & Mathur 2024, "Efficient Decrease-and-Conquer Linearizability Monitoring": a value may be left out once its
/// push and its pop each have a moment at which no other value is surely inside.
struct lifo {
  enum act { put, got, found_empty } what;
  std::int64_t value = 0;
  static verdict judge(const std::vector<timed<lifo>>& history, const model_state& initial);
  std::optional<std::int64_t> about() const { return what == found_empty ? std::nullopt : std::optional(value); }
};

/// A register to which each value is written once.
/// Gibbons & Korach 1997, "Testing Shared Memories": zones of values, between the first return and the last call.
struct register_cell {
  enum act { wrote, read } what;
  std::int64_t value = 0;
  static verdict judge(const std::vector<timed<register_cell>>& history, const model_state& initial);
  std::optional<std::int64_t> about() const { return value; }
};

/// A counter that only grows, whose updates return the new value: the values give the order of the updates.
struct growing_counter {
  enum act { added, read } what;
  /// Of an update, above 0; otherwise the monitor doesn't know.
  std::int64_t amount = 0;
  std::int64_t value = 0;
  static verdict judge(const std::vector<timed<growing_counter>>& history, const model_state& initial);
};

/// Permits. An acquisition may as well be when it returns, and a release when it is called. The monitor does not know
/// of histories in which a try failed.
struct permits {
  enum act { acquired, released, refused } what;
  std::int64_t amount = 1;
  static verdict judge(const std::vector<timed<permits>>& history, const model_state& initial);
};

/// Something that is on or off: a mutex (taken, and refused while on), or one key of a set. Who turns it on finds it
/// off, and the other way round. Of several calls that could turn it, the one that returns first does, and no sooner
/// than something depends on it.
struct flag {
  enum act { turned_off, turned_on, was_off, was_on } what;
  static verdict judge(const std::vector<timed<flag>>& history, const model_state& initial);
};

}  // namespace gauntlet::harness
