/// Symmetric threads: of the executions that differ only in which twin did what, the engine explores one. It is told
/// which threads are twins, and the oracle isn't: all its executions are, up to exchanging twins, the engine's.
///
///     build/tests/rc11 --run_test=symmetric_threads -- 200000 7

#include <boost/test/unit_test.hpp>
#include <iomanip>
#include <sstream>

#include "tests/rc11/orbits.hpp"
#include "tests/rc11/random_program.hpp"
#include "tests/rc11/shrinking.hpp"

namespace gauntlet::oracle {
namespace {

std::uint64_t argument(int place, std::uint64_t otherwise) {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  return suite.argc > place ? std::stoull(suite.argv[place]) : otherwise;
}

struct tally {
  std::uint64_t executions = 0;
  std::uint64_t orbits = 0;
  std::uint64_t explored = 0;
};

/// What is different, but for orbits that are explored more than once.
std::string compared(const twins& program, model one, rc11::memory_model other, tally& sum,
                     rc11::fault seeded = rc11::fault::none) {
  const auto all = by_oracle(program.what, one);
  auto right = up_to_twins(all, program.told.same);
  right.executions = right.graphs.size();
  const auto most = 2 * all.executions + 100;
  auto found = up_to_twins(by_engine(program.what, other, most, seeded, false, program.told), program.told.same);
  // One that stops early found some of the executions.
  if (!all.stuck && !all.racy) {
    sum.executions += all.executions;
    sum.orbits += right.graphs.size();
    sum.explored += found.executions;
  }
  found.executions = found.graphs.size();
  return difference(right, found);
}

std::uint64_t events(const twins& program) {
  std::uint64_t events = 0;
  for (const auto& thread : program.what)
    for (const auto& each : thread) events += litmus::updates(each.what) || litmus::sleeps(each.what) ? 2 : 1;
  return events;
}

/// How a program comes to have twins.
using family = std::optional<twins> (*)(const litmus::program&);

constexpr family families[] = {[](const litmus::program& once) { return multiplied(once, copies::two); },
                               [](const litmus::program& once) { return multiplied(once, copies::three); },
                               [](const litmus::program& once) { return multiplied(once, copies::two_and_two); },
                               [](const litmus::program& once) { return with_own_memory(once); }};

/// The programs with so many events at most, those of all threads.
template <class Use>
void each_program(std::uint64_t count, unsigned largest, const proportions& of, Use use) {
  for (std::uint64_t seed = argument(2, 1); count != 0; ++seed) {
    std::mt19937_64 numbers(seed);
    const auto once = random_program(numbers, of);
    // Where some sleep, it is only the first locations that have a number.
    const auto how = families[numbers() % (std::size(families) - (of.futexes ? 1 : 0))];
    const auto program = how(once);
    if (!program || events(*program) > largest) continue;
    --count;
    use(seed, once, how, *program);
  }
}

void compare_random_programs(std::uint64_t count, unsigned largest, const proportions& of, model one,
                             rc11::memory_model other) {
  tally sum;
  each_program(count, largest, of, [&](auto seed, const auto& once, auto how, const twins& program) {
    const auto different = compared(program, one, other, sum);
    if (different.empty()) return;
    tally ignored;
    const auto small = shrunk(once, [&](const litmus::program& it) {
      const auto larger = how(it);
      return larger && !compared(*larger, one, other, ignored).empty();
    });
    BOOST_FAIL("seed " << seed << "\n"
                       << litmus::to_string(program.what) << "\n"
                       << different << "shrunk:\n"
                       << litmus::to_string(how(small)->what) << "\n"
                       << compared(*how(small), one, other, ignored));
  });
  BOOST_TEST_MESSAGE(count << " programs, " << sum.executions << " executions, " << sum.orbits << " up to twins, "
                           << sum.explored << " explored");
  BOOST_TEST(sum.explored == sum.orbits);
  BOOST_TEST(3 * sum.orbits < 2 * sum.executions, "the programs have too few twins that do something different");
}

struct seeded {
  rc11::fault what;
  std::string_view name;
  /// What the checker then does wrong.
  std::string_view effect;
};

constexpr seeded faults[] = {
    {rc11::fault::mix_twins, "mix_twins", "explores every renaming of twins"},
    {rc11::fault::forget_elders, "forget_elders", "takes back what an elder twin did and keeps what its younger did"},
    {rc11::fault::halve_elders, "halve_elders", "takes back the write of an elder twin's read-modify-write only"},
    {rc11::fault::forbid_older, "forbid_older", "never has a younger twin read the older write"},
};

const twins crossing{{{litmus::store(litmus::x, 5, litmus::rlx)},
                      {litmus::store(litmus::y, 5, litmus::rlx)},
                      {litmus::load(litmus::r0, litmus::x, litmus::rlx), litmus::store(litmus::y, 1, litmus::rlx)},
                      {litmus::load(litmus::r1, litmus::x, litmus::rlx), litmus::store(litmus::y, 1, litmus::rlx)},
                      {litmus::load(litmus::r2, litmus::y, litmus::rlx), litmus::store(litmus::x, 1, litmus::rlx)},
                      {litmus::load(litmus::r3, litmus::y, litmus::rlx), litmus::store(litmus::x, 1, litmus::rlx)}},
                     {.same = {false, false, false, true, false, true}}};

}  // namespace

BOOST_AUTO_TEST_SUITE(symmetric_threads)

BOOST_AUTO_TEST_CASE(lose_no_execution) {
  const auto count = argument(1, 10000);
  compare_random_programs(count / 2, 8, {.most_events = 6}, model::rc11, rc11::memory_model::rc11);
  compare_random_programs(count / 10, 9, {.most_events = 8}, model::rc11, rc11::memory_model::rc11);
  compare_random_programs(count / 100, 11, {.most_events = 8}, model::rc11, rc11::memory_model::rc11);
}

BOOST_AUTO_TEST_CASE(lose_no_execution_where_they_wait) {
  const auto count = argument(1, 10000) / 4;
  constexpr proportions waiting{.most_events = 6, .plain = false, .awaits = true};
  compare_random_programs(count, 8, waiting, model::rc11, rc11::memory_model::rc11);
}

BOOST_AUTO_TEST_CASE(lose_no_execution_where_they_sleep) {
  const auto count = argument(1, 10000) / 8;
  constexpr proportions sleeping{.most_events = 6, .plain = false, .futexes = true};
  compare_random_programs(count, 8, sleeping, model::rc11, rc11::memory_model::rc11);
}

BOOST_AUTO_TEST_CASE(lose_no_execution_under_other_models) {
  const auto count = argument(1, 10000) / 10;
  constexpr proportions atomics{.most_events = 6, .plain = false};
  compare_random_programs(count, 8, atomics, model::sc, rc11::memory_model::sc);
  compare_random_programs(count, 8, atomics, model::tso, rc11::memory_model::tso);
  compare_random_programs(count, 8, atomics, model::ra, rc11::memory_model::ra);
}

// By co alone y's twins would be ordered one way and x's the other, and each order is the other one's cause.
BOOST_AUTO_TEST_CASE(may_be_explored_twice_where_co_and_po_rf_make_a_cycle) {
  tally sum;
  BOOST_TEST(compared(crossing, model::rc11, rc11::memory_model::rc11, sum) == "");
  BOOST_TEST(sum.executions == 6912U);
  BOOST_TEST(sum.orbits == 1728U);
  BOOST_TEST(sum.explored == 1737U);
}

BOOST_AUTO_TEST_CASE(are_missed_where_the_reduction_is_wrong) {
  std::vector<twins> programs = {crossing};
  each_program(300, 8, {.most_events = 6, .plain = false},
               [&](auto, const auto&, auto, const twins& program) { programs.push_back(program); });
  std::ostringstream table;
  for (const auto& each : faults) {
    std::size_t noticed = 0;
    for (const auto& program : programs) {
      tally sum;
      const auto lost = compared(program, model::rc11, rc11::memory_model::rc11, sum, each.what);
      const bool twice = &program != &programs.front() && sum.explored != sum.orbits;
      if (!lost.empty() || twice) ++noticed;
    }
    BOOST_TEST(noticed > 0, each.name << ": no program notices that the checker " << each.effect);
    table << std::setw(16) << each.name << std::setw(5) << noticed << " of " << programs.size() << "  " << each.effect
          << "\n";
  }
  BOOST_TEST_MESSAGE(table.str());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gauntlet::oracle
