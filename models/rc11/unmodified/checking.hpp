#pragma once
/// One check: a program, or a scenario of a cell's at several sizes. Searched within a budget, told if it fails.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/engine.hpp"
#include "models/rc11/unmodified/program.hpp"

namespace gauntlet::rc11::unmodified {

/// One search of it.
struct stage {
  /// What is explored.
  std::function<int()> main;
  harness::shape size;
  /// What is spurious in one execution, at most. The least comes first, as it multiplies the executions.
  unsigned spurious = 0;
};

struct check {
  std::string name;
  std::vector<stage> stages;
  /// Of each search, but for its budget and what is spurious.
  options how;
  /// Seconds, for all of them.
  double budget = 0;
  /// Whether one execution of before is run again.
  bool replays = false;
  /// Whether what isn't complete is unknown; else it is a clean sample.
  bool must_end = true;
  /// Whether a failure is searched for under stronger models, too, to be told of the strongest, and for an execution
  /// that is easier to follow.
  bool seeks_simplest = true;
  /// Else: the number of the run that is told; that of the first failure, if 0.
  std::uint64_t run = 0;
  /// Whether what the program prints is lost. That of further searches always is.
  bool quiet = false;
  /// A failure's replay token. @param run the number of the failed execution in its search
  std::function<std::string(const stage& of, memory_model under, std::uint64_t run)> token;
};

/// What became of it.
struct verdict {
  harness::result found;
  /// Whether a violation was told, as a record (harness/records.hpp): it isn't in `found`, whose outcome is unknown
  /// then.
  bool violated = false;
  /// Why it could not be checked; empty if it was.
  std::string trouble;
};

/// @throws std::runtime_error if there is no process for a search
verdict explore(const check& what);

}  // namespace gauntlet::rc11::unmodified
