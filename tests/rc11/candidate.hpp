#pragma once
/// Candidate executions of a litmus program: every choice of where each read takes its value from, as long as program
/// order and reads-from together have no cycle. What an await found before what it waits for is left out: it is one
/// read, of that value; or of another one, for ever. Which of them a memory model allows is for oracle.hpp to say.

#include <functional>

#include "models/litmus/program.hpp"
#include "tests/rc11/relation.hpp"

namespace gauntlet::oracle {

/// The last four are of futexes: that a thread falls asleep, gives up waiting, or is woken, and that one wakes.
enum class sort : std::uint8_t { read, write, fence, sleep, give_up, woken, wake };

/// A read-modify-write that writes is two events, a read and a write. A wait is a read; a sleep, if that found what was
/// expected; and what ended it. Thread -1 writes the initial values.
struct event {
  int thread = -1;
  unsigned instruction = 0;
  sort what = sort::write;
  litmus::location where = litmus::x;
  litmus::value held = 0;
  litmus::order how = litmus::rlx;
  /// Of a read-modify-write, a compare_exchange that failed included.
  bool update = false;
  /// A wait's read.
  bool silent = false;

  bool plain() const { return what != sort::fence && litmus::is_plain(where); }
  bool access() const { return what == sort::read || what == sort::write; }
  bool in_queue() const { return what == sort::sleep || what == sort::give_up || what == sort::wake; }
};

struct candidate {
  /// In an order that respects program order and reads-from; the initial writes first.
  std::vector<event> events;
  /// The write that each read takes its value from; the wake that a woken thread was woken by.
  std::array<unsigned, most_events> source{};
  litmus::register_file registers{};
  /// Reads of awaits that found something else, which end their threads.
  std::vector<unsigned> stuck;
  /// Somebody sleeps for ever.
  bool asleep = false;
};

/// Calls `found` once for each candidate.
/// @throws std::length_error if the program has more events than a relation holds
void each_candidate(const litmus::program& what, const std::function<void(const candidate&)>& found);

}  // namespace gauntlet::oracle
