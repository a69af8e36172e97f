#pragma once
/// Litmus programs on the rc11 engine's own entry points, and what it says of them, in the oracle's terms.

#include "models/rc11/explorer.hpp"
#include "tests/rc11/oracle.hpp"

namespace gauntlet::oracle {

/// What the engine is told of symmetric threads.
struct kinship {
  /// By thread, whether it does the same as the one before it; none does if it is empty.
  std::vector<bool> same = {};
  /// z and w, which are one thread's each, lie on that thread's stack.
  bool own = false;
};

/// What one of the two says of a program.
struct finding {
  std::uint64_t executions = 0;
  std::set<std::string> outcomes = {};
  /// Signatures of the executions, as oracle::signature has them.
  std::set<std::string> graphs = {};
  bool racy = false;
  /// In some execution an await waits for ever; there the engine stops, and nothing else is found.
  bool stuck = false;
  /// Another end than the last execution or a race: an exception, a violation, a search that stopped early.
  std::string trouble = {};
};

/// The final values of all locations belong to the outcomes here. A racy program has no other findings.
finding by_oracle(const litmus::program& what, model by);
/// @param most executions that come to their end; there the search is stopped, as a checker that is wrong may go on for
/// ever; and where it has begun many times as many
/// @param weak one compare-exchange may fail spuriously
finding by_engine(const litmus::program& what, rc11::memory_model by, std::uint64_t most,
                  rc11::fault seeded = rc11::fault::none, bool weak = false, const kinship& twins = {});

/// What is different between the two, in words; empty if nothing is.
std::string difference(const finding& oracle, const finding& engine);

}  // namespace gauntlet::oracle
