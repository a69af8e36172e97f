/// What the relacy engine shows of each litmus test: exactly what RC11 allows, but for the cells below. All that it
/// shows and does not invent is among what rc11 does: the same sets are asked of both.

#define BOOST_TEST_MODULE relacy_litmus
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "harness/engine.hpp"
#include "models/litmus/interpreter.hpp"

namespace {

using namespace gauntlet;
using outcomes = std::set<std::string>;

/// Where Relacy, which follows C++11, says something else than RC11.
struct deviation {
  std::string_view test;
  /// Outcomes that it can't show: where a primitive depends on one, its bug is missed.
  outcomes missed;
  /// Outcomes that it shows though they are forbidden: false alarms.
  outcomes invented;
};

const std::vector<deviation> deviations = {
    // It places stores in modification order as it executes them.
    {"2_2w_rlx", {"11"}, {}},
    {"2_2w_rel", {"11"}, {}},
    {"2_2w_sc_last_stores", {"11"}, {}},
    {"s_rlx", {"12"}, {}},
    // So a read-modify-write, and a compare-exchange that fails, see the newest store of all.
    {"sb_loads_by_rmw_rlx", {"00"}, {}},
    {"mp_data_read_by_rmw_rlx", {"10"}, {}},
    {"compare_exchange_fails_stale", {"10"}, {}},
    {"iriw_rmw_readers", {"1010"}, {}},
    // It remembers the last three stores.
    {"any_older_value", {"10"}, {}},
    // It executes seq_cst operations in one order that agrees with happens-before, as C++11 had it.
    {"z6_u", {"130"}, {}},
    {"iriw_acq_sc", {"1010"}, {}},
    {"rwc_sc_but_the_first_load", {"100"}, {}},
    {"rwc_sc_released_later", {"100", "200"}, {}},
    // Release sequences of C++11: a thread's own stores go on with them.
    {"rs_own_store", {"20"}, {}},
    // It doesn't order a seq_cst fence with seq_cst accesses.
    {"sb_sc_accesses_sc_fence", {}, {"00"}},
};

/// Races that it doesn't see; for the release sequences of C++11.
constexpr std::string_view unseen_races[] = {"plain_handed_on_rs_own_store"};

/// Explores until all of `expected` was seen, in `least` executions or more; gives up after some seconds.
std::string violation_of(const litmus::test& test, const outcomes& expected) {
  constexpr std::uint64_t least = 10000;
  const auto made = litmus::scenario_of(test);
  std::uint64_t explored = 0;
  harness::options how;
  how.primitive = "litmus";
  how.engine = "relacy";
  how.seconds = 0.02;
  for (how.seed = 1; how.seed <= 200; ++how.seed) {
    const auto found = harness::run(made.scenarios().front(), how);
    if (found.broken) return found.broken->violation_class;
    explored += found.explored;
    const auto seen = litmus::outcomes.all();
    if (explored >= least && std::includes(seen.begin(), seen.end(), expected.begin(), expected.end())) break;
  }
  return "";
}

BOOST_AUTO_TEST_CASE(outcomes_are_those_of_rc11) {
  for (const auto& test : litmus::catalogue()) {
    if (test.racy) continue;
    outcomes expected = litmus::listed(test);
    for (const auto& each : deviations)
      if (each.test == test.name) {
        for (const auto& outcome : each.missed) expected.erase(outcome);
        expected.insert(each.invented.begin(), each.invented.end());
      }
    BOOST_TEST(violation_of(test, expected) == "", test.name);
    BOOST_TEST(litmus::outcomes.all() == expected, test.name << "\n" << litmus::to_string(test.threads));
  }
}

BOOST_AUTO_TEST_CASE(races_are_seen) {
  for (const auto& test : litmus::catalogue()) {
    if (!test.racy) continue;
    const bool unseen =
        std::find(std::begin(unseen_races), std::end(unseen_races), test.name) != std::end(unseen_races);
    BOOST_TEST(violation_of(test, {}) == (unseen ? "" : "data_race"), test.name);
  }
}

BOOST_AUTO_TEST_CASE(deviations_are_of_tests) {
  const auto tests = litmus::catalogue();
  for (const auto& each : deviations)
    BOOST_TEST((std::any_of(tests.begin(), tests.end(), [&](const auto& test) { return test.name == each.test; })),
               each.test << " is in no family of models/litmus/families");
}

}  // namespace
