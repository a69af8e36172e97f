#pragma once
/// Litmus tests: tests of the model engines, not of primitives. Small programs whose outcomes tell memory models apart,
/// named and judged as in the literature. One file holds a family.
///
/// The engines follow RC11. Each test where C++20 says something else has the reason in `differs`; there are two. RC11
/// forbids cycles of program order and reads-from, which C++20 allows (load buffering). And RC11 orders seq_cst
/// operations less; but for load buffering it allows all that C++20 does, so what it forbids is not lost.
///
/// Sources:
///   Herding Cats: Alglave, Maranget & Tautschnig 2014, which names the tests and the axioms that they test
///   RC11: Lahav, Vafeiadis, Kang, Hur & Dreyer 2017, "Repairing Sequential Consistency in C/C++11"
///   RA: Lahav, Giannarakis & Vafeiadis 2016, "Taming Release-Acquire Consistency"
///   C11: Batty, Owens, Sarkar, Sewell & Weber 2011, "Mathematizing C++ Concurrency"
///   P0668: Boehm, Giroux & Vafeiadis 2018, "Revising the C++ memory model"
///   P0982: Boehm, Giroux & Vafeiadis 2018, "Weaken release sequences"
///   clauses in brackets: C++20

#include <set>
#include <string_view>

#include "models/litmus/program.hpp"

namespace gauntlet::litmus {

enum class status : std::uint8_t { forbidden, allowed };

struct test {
  std::string_view name;
  program threads;
  /// Locations whose final value belongs to an outcome.
  std::vector<location> observed = {};
  /// The outcome in question: every register, then what is observed, one digit each.
  std::string_view weak;
  /// What C++20 says of it.
  status cxx20 = status::forbidden;
  std::string_view source;
  /// Why RC11 says something else.
  std::string_view differs = {};
  /// Whether some execution has a data race; then the others mean nothing.
  bool racy = false;
  /// All outcomes by RC11, and the number of its executions.
  std::string_view outcomes = {};
  std::uint64_t executions = 0;
};

// Reasons for `differs`.
inline constexpr std::string_view no_cycles = "RC11 forbids cycles of program order and reads-from";
inline constexpr std::string_view through_others =
    "RC11 doesn't order a seq_cst read before another through a write that isn't seq_cst";

/// All tests, of all families.
std::vector<test> catalogue();

/// test::outcomes, one by one.
std::set<std::string> listed(const test& of);

}  // namespace gauntlet::litmus
