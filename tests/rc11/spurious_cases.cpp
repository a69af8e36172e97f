/// A weak compare-exchange that fails spuriously is a load that finds what was expected: the engine's executions of a
/// program are the oracle's, and those that the oracle has of the program with such a load in place of one.

#include <boost/test/unit_test.hpp>

#include "tests/rc11/engine.hpp"
#include "tests/rc11/random_program.hpp"

namespace gauntlet::oracle {
namespace {

using litmus::action;

/// Each with as many executions as failures can be told from others: unguarded, and with a constant to compare with.
bool tells(const litmus::program& what) {
  bool any = false;
  for (const auto& thread : what)
    for (const auto& each : thread) {
      if (each.what != action::compare_exchange) continue;
      if (each.only_if || each.expected.from) return false;
      any = true;
    }
  return any;
}

std::uint64_t with_a_failure(const litmus::program& what) {
  std::uint64_t executions = 0;
  for (std::size_t thread = 0; thread < what.size(); ++thread)
    for (std::size_t i = 0; i < what[thread].size(); ++i) {
      const auto& it = what[thread][i];
      if (it.what != action::compare_exchange) continue;
      auto failing = what;
      failing[thread][i] = litmus::load(it.into, it.where, it.failure);
      each_execution(failing, model::rc11, [&](const execution& found) {
        if (found.what.registers[it.into] == it.expected.constant) ++executions;
      });
    }
  return executions;
}

void compare(const litmus::program& what, std::uint64_t& failures) {
  const auto failing = with_a_failure(what);
  const auto right = by_oracle(what, model::rc11).executions + failing;
  const auto found = by_engine(what, rc11::memory_model::rc11, 2 * right + 100, rc11::fault::none, true);
  BOOST_TEST(found.executions == right, litmus::to_string(what) << "\n" << found.executions << ", not " << right);
  BOOST_TEST(found.trouble == "", litmus::to_string(what));
  failures += failing;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(spurious_failures)

// What it finds may be written later, in the order in which executions come about.
BOOST_AUTO_TEST_CASE(find_what_is_written_later) {
  using namespace litmus;
  std::uint64_t failures = 0;
  compare({{compare_exchange(r0, x, 1, 2, acq_rel, acq)}, {store(x, 1, rel)}}, failures);
  BOOST_TEST(failures == 1U);
}

BOOST_AUTO_TEST_CASE(agree_with_the_oracle_on_random_programs) {
  std::uint64_t failures = 0;
  unsigned programs = 0;
  for (std::uint64_t seed = 1; programs < 1000; ++seed) {
    std::mt19937_64 numbers(seed);
    const auto program = random_program(numbers, {.most_events = 7, .plain = false});
    if (!tells(program)) continue;
    compare(program, failures);
    ++programs;
  }
  BOOST_TEST(failures > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gauntlet::oracle
