/// The rc11 engine against the oracle, on random programs: the same executions, each once, the same outcomes, the same
/// races.
///
///     build/tests/rc11 --run_test=the_engine -- 1000000 7
///
/// tries a million programs for rc11, the first from seed 7, a quarter of that with threads that wait, and a tenth for
/// each other model. (--run_test=the_engine/agrees_with_the_oracle_on_random_programs: the first of these only.)

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "models/litmus/catalogue.hpp"
#include "tests/rc11/engine.hpp"
#include "tests/rc11/random_program.hpp"
#include "tests/rc11/shrinking.hpp"

namespace gauntlet::oracle {
namespace {

std::string compared(const finding& right, const litmus::program& what, rc11::memory_model by) {
  return difference(right, by_engine(what, by, 2 * right.executions + 100));
}

std::uint64_t argument(int place, std::uint64_t otherwise) {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  return suite.argc > place ? std::stoull(suite.argv[place]) : otherwise;
}

/// Each program has a seed of its own, so that one number brings a mismatch back.
void compare_random_programs(std::uint64_t count, const proportions& of, model one, rc11::memory_model other) {
  const std::uint64_t first = argument(2, 1);
  std::uint64_t executions = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    std::mt19937_64 numbers(seed);
    const auto program = random_program(numbers, of);
    const auto right = by_oracle(program, one);
    executions += right.executions;
    const auto different = compared(right, program, other);
    if (different.empty()) continue;
    const auto small =
        shrunk(program, [&](const litmus::program& it) { return !compared(by_oracle(it, one), it, other).empty(); });
    BOOST_FAIL("seed " << seed << "\n"
                       << litmus::to_string(program) << "\n"
                       << different << "shrunk:\n"
                       << litmus::to_string(small) << "\n"
                       << compared(by_oracle(small, one), small, other));
  }
  BOOST_TEST_MESSAGE(count << " programs, " << executions << " executions");
  BOOST_TEST(executions > 3 * count, "the programs have too few executions to tell engines apart");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_engine)

BOOST_AUTO_TEST_CASE(agrees_with_the_catalogue) {
  for (const auto& test : litmus::catalogue()) {
    const auto right = by_oracle(test.threads, model::rc11);
    BOOST_TEST(right.racy == test.racy, test.name);
    BOOST_TEST(right.executions == test.executions, test.name);
    const auto different = compared(right, test.threads, rc11::memory_model::rc11);
    BOOST_TEST(different == "", test.name << "\n" << litmus::to_string(test.threads) << "\n" << different);
  }
}

BOOST_AUTO_TEST_CASE(agrees_with_the_oracle_on_random_programs) {
  const auto count = argument(1, 10000);
  compare_random_programs(count - count / 10, {.most_events = 8}, model::rc11, rc11::memory_model::rc11);
  compare_random_programs(count / 10, {.most_events = 10}, model::rc11, rc11::memory_model::rc11);
}

BOOST_AUTO_TEST_CASE(agrees_with_the_oracle_on_programs_that_wait) {
  const auto count = argument(1, 10000) / 4;
  constexpr proportions waiting{.most_events = 8, .plain = false, .awaits = true};
  compare_random_programs(count, waiting, model::rc11, rc11::memory_model::rc11);
  compare_random_programs(count / 10, waiting, model::sc, rc11::memory_model::sc);
}

BOOST_AUTO_TEST_CASE(agrees_with_the_oracle_on_programs_that_take_locks) {
  const auto count = argument(1, 10000) / 4;
  constexpr proportions locking{.most_events = 9, .plain = false, .locks = true};
  compare_random_programs(count, locking, model::rc11, rc11::memory_model::rc11);
  compare_random_programs(count / 10, locking, model::sc, rc11::memory_model::sc);
}

// What somebody stores to a lock that isn't its holder isn't what its waiters rely on.
BOOST_AUTO_TEST_CASE(agrees_with_the_oracle_on_a_lock_that_others_write) {
  using namespace litmus;
  const program what = {
      {take(r0, x, 2, rlx)}, {load(r1, x, rlx)}, {store(x, 0, rlx)}, {exchange(r2, x, 1, rlx), store(x, 0, rlx)}};
  const auto right = by_oracle(what, model::rc11);
  BOOST_TEST(right.executions == 45U);
  BOOST_TEST(compared(right, what, rc11::memory_model::rc11) == "");
}

BOOST_AUTO_TEST_CASE(agrees_with_the_oracle_on_programs_that_sleep) {
  const auto count = argument(1, 10000) / 4;
  compare_random_programs(count, {.most_events = 8, .plain = false, .futexes = true}, model::rc11,
                          rc11::memory_model::rc11);
}

BOOST_AUTO_TEST_CASE(agrees_with_the_oracle_under_other_models) {
  const auto count = argument(1, 10000) / 10;
  constexpr proportions atomics{.most_events = 8, .plain = false};
  compare_random_programs(count, atomics, model::sc, rc11::memory_model::sc);
  compare_random_programs(count, atomics, model::tso, rc11::memory_model::tso);
  compare_random_programs(count, atomics, model::ra, rc11::memory_model::ra);
}

// Plain accesses are no events of the engine's graphs, but RC11 derives the order of two seq_cst operations from a
// plain access beside an access of the same location.
BOOST_AUTO_TEST_CASE(orders_seq_cst_operations_by_plain_accesses) {
  using namespace litmus;
  const auto executions = [](const program& what) {
    const auto right = by_oracle(what, model::rc11);
    BOOST_TEST(compared(right, what, rc11::memory_model::rc11) == "");
    return right.executions;
  };
  const std::vector<instruction> other = {store(y, 1, sc), load(r2, x, sc)};
  const std::vector<instruction> writer = {store(x, 1, sc), store(x, 2, rel)};
  const std::vector<instruction> reader = {load(r0, x, acq), load(r1, y, sc)};
  const std::vector<instruction> writer_between = {store(x, 1, sc), write(a, 1), store(x, 2, rel)};
  BOOST_TEST(executions({writer, reader, other}) == 18U);
  BOOST_TEST(executions({writer_between, reader, other}) == 17U);
  // The same at the other end: the reader's two accesses are of one location.
  const std::vector<instruction> publisher = {store(y, 1, sc), store(x, 1, rel)};
  const std::vector<instruction> again = {load(r0, x, acq), load(r1, x, sc)};
  const std::vector<instruction> again_between = {load(r0, x, acq), write(a, 1), load(r1, x, sc)};
  const std::vector<instruction> late = {store(x, 2, sc), load(r2, y, sc)};
  BOOST_TEST(executions({publisher, again, late}) >= executions({publisher, again_between, late}));
}

// What a fence comes before it may come before by the oldest of several accesses after it only.
BOOST_AUTO_TEST_CASE(orders_seq_cst_fences_by_the_oldest_access_after_them) {
  using namespace litmus;
  const program what = {{store(x, 1, rlx), load(r3, x, sc)},
                        {load(r0, x, rlx), fence(sc), load(r1, y, rlx)},
                        {store(y, 1, rlx), fence(sc), load(r2, x, rlx), store(x, 3, rlx)}};
  const auto right = by_oracle(what, model::rc11);
  BOOST_TEST(right.executions == 22U);
  BOOST_TEST(compared(right, what, rc11::memory_model::rc11) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gauntlet::oracle
