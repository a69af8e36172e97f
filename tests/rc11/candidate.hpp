#pragma once
/// Candidate executions of a litmus program: every choice of where each read takes its value from, as long as program
/// order and reads-from together have no cycle. What an await found before what it waits for is left out: it is one
/// read, of that value; or of another one, for ever. Which of them a memory model allows is for oracle.hpp to say.

#include <functional>

#include "models/litmus/program.hpp"
#include "tests/rc11/relation.hpp"

namespace gauntlet::oracle {

enum class sort : std::uint8_t { read, write, fence };

/// A read-modify-write that writes is two events, a read and a write. Thread -1 writes the initial values.
struct event {
  int thread = -1;
  unsigned instruction = 0;
  sort what = sort::write;
  litmus::location where = litmus::x;
  litmus::value held = 0;
  litmus::order how = litmus::rlx;
  /// Of a read-modify-write, a compare_exchange that failed included.
  bool update = false;

  bool plain() const { return what != sort::fence && litmus::is_plain(where); }
};

struct candidate {
  /// In an order that respects program order and reads-from; the initial writes first.
  std::vector<event> events;
  /// The write that each read takes its value from.
  std::array<unsigned, most_events> source{};
  litmus::register_file registers{};
  /// Reads of awaits that found something else, which end their threads.
  std::vector<unsigned> stuck;
};

/// Calls `found` once for each candidate.
/// @throws std::length_error if the program has more events than a relation holds
void each_candidate(const litmus::program& what, const std::function<void(const candidate&)>& found);

}  // namespace gauntlet::oracle
