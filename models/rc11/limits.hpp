#pragma once
/// What a search is asked for, within which limits, and what it answers.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "models/rc11/consistency.hpp"

namespace gauntlet::rc11 {

/// Where the program called: a file's name or a return address, and what else is known.
struct site {
  const void* where = nullptr;
  const char* function = nullptr;
  unsigned line = 0;
};

struct limits {
  memory_model model = memory_model::rc11;
  /// Executions that are begun, whatever comes of them; seconds; bytes that the process holds, all that is in it
  /// (resident() in memory.hpp): the search stops early when one is used up. Workers share the bytes.
  std::uint64_t executions = ~std::uint64_t{0};
  double seconds = 1e9;
  std::size_t memory = std::size_t{2} << 30U;
  /// Of one execution. A thread that would exceed it is held, and the statistics say where.
  unsigned events = 10000;
  /// Time-outs, and spurious wake-ups and failures of weak compare-exchanges, in one execution.
  unsigned timeouts = 1;
  unsigned spurious = 1;
  /// Whether a thread may get back, at any later allocation, what it released: what ABA needs.
  bool reuse = true;
  /// Whether of executions that differ in which twin did what only one is explored: see twins.cpp.
  bool symmetry = true;
  /// Processes that search together. One alone searches where executions are limited, or each is called for.
  unsigned workers = 1;
  /// If there is one, complete executions are counted here as they are found: it lies in memory that workers share.
  std::atomic<std::uint64_t>* counter = nullptr;
  fault seeded = fault::none;
};

struct violation {
  /// As harness/engine.hpp lists them: data_race, deadlock, …
  std::string violation_class;
  std::string message;
  unsigned thread = 0;
  site where;
  /// What it conflicts with, as far as that is known: of a data race the earlier access, of a bad access to the heap
  /// the release or the allocation.
  std::optional<unsigned> other_thread = {};
  site other = {};
};

/// The execution that is easiest to follow, of those that were looked at; and how many runs after the first one it was.
struct simplest {
  violation broken;
  std::uint64_t after = 0;
};

struct statistics {
  /// Executions in which every thread came to its end.
  std::uint64_t complete = 0;
  /// Executions that ended with a thread waiting for something that another execution gives it.
  std::uint64_t blocked = 0;
  /// Executions that were not run to their end, as they could only have come to be blocked.
  std::uint64_t cut = 0;
  /// Graphs that were built and not run: inconsistent, or with two read-modify-writes of one write.
  std::uint64_t dropped = 0;
  /// Of the largest execution.
  unsigned events = 0;
  unsigned threads = 0;
  unsigned locations = 0;
  /// Threads that others do the same as: of executions in which these are exchanged, one was explored.
  unsigned twins = 0;
  /// About how much of the search is done, from 0 to 1: as if all that is set aside at once were equally large.
  double explored = 0;
  /// Nothing is left to explore, but for what `bound` says.
  bool exhausted = false;
  /// It stopped as `limits::memory` was used up. What it held is given back: it can't be resumed.
  bool out_of_memory = false;
  /// More time-outs, or more that is spurious, would have been possible than `limits` has.
  bool more_timeouts = false;
  bool more_spurious = false;
  /// A loop that the engine knows no end of was held here, after `limits::events`.
  std::optional<site> bound;
  /// What went wrong; the search stopped there, and current graph and registers are of that execution.
  std::optional<violation> broken;

  /// Executions that were begun, but for one that broke something.
  std::uint64_t runs() const noexcept { return complete + blocked + cut; }
};

/// A mean, and its standard error.
struct estimate {
  double executions = 0;
  double deviation = 0;

  /// The same together with what a search has seen, which counts for more the farther it came.
  double with(const statistics& seen) const;
};

/// Who sleeps at the end of a blocked execution, on which word, and what it expected of that; or who spins, on null.
struct waiter {
  unsigned thread;
  const void* word;
  bits expected;
  site where;
};

/// The program did something else when it was run again, though everything it read was the same.
struct nondeterminism : std::runtime_error {
  using std::runtime_error::runtime_error;
  /// Which thread, what it did before, and what it did now; as far as they are known.
  unsigned thread = 0;
  site before;
  site now;
};

}  // namespace gauntlet::rc11
