/// Whether the tests would notice if the checker were wrong: faults that it can be told to have, each of which must
/// show both in the catalogue and in random programs.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <iomanip>
#include <sstream>

#include "models/litmus/catalogue.hpp"
#include "tests/rc11/engine.hpp"
#include "tests/rc11/random_program.hpp"

namespace gauntlet::oracle {
namespace {

using rc11::fault;

struct seeded {
  fault what;
  std::string_view name;
  /// What the checker then does wrong.
  std::string_view effect;
};

constexpr seeded faults[] = {
    {fault::drop_revisit, "drop_revisit", "misses executions in which a read reads a write that was added later"},
    {fault::skip_maximality, "skip_maximality", "comes to the same execution more than once"},
    {fault::weaken_psc, "weaken_psc", "takes no account of what is read or overwritten after a seq_cst fence"},
    {fault::ignore_fence, "ignore_fence", "fences neither acquire nor release"},
    {fault::skip_coherence, "skip_coherence", "reads and places writes against happens-before"},
    {fault::break_atomicity, "break_atomicity", "lets a write between the halves of a read-modify-write"},
    {fault::ignore_release_sequence, "ignore_release_sequence", "has no read-modify-write pass a release on"},
};

/// What only programs show that sleep.
constexpr seeded queue_fault{fault::ignore_queue, "ignore_queue",
                             "lets a wait that comes after a wake read what was before that"};

/// What only programs show that take locks.
constexpr seeded lock_faults[] = {
    {fault::take_floors, "take_floors", "takes back what somebody waits to see changed"},
    {fault::out_of_reach, "out_of_reach", "lets who waited read what it reads in other graphs"},
};

/// A fault that isn't in the table is an error of the compiler's here.
constexpr bool listed(fault what) {
  switch (what) {
    case fault::none:
      return true;
    case fault::drop_revisit:
    case fault::skip_maximality:
    case fault::weaken_psc:
    case fault::ignore_fence:
    case fault::skip_coherence:
    case fault::break_atomicity:
    case fault::ignore_release_sequence:
      return std::any_of(std::begin(faults), std::end(faults), [&](const seeded& it) { return it.what == what; });
    case fault::take_floors:
    case fault::out_of_reach:
      return std::any_of(std::begin(lock_faults), std::end(lock_faults),
                         [&](const seeded& it) { return it.what == what; });
    case fault::ignore_queue:
      return what == queue_fault.what;
    case fault::mix_twins:
    case fault::forget_elders:
    case fault::halve_elders:
    case fault::forbid_older:
      return true;  // twin_cases.cpp
  }
  return false;
}

std::vector<litmus::program> random_programs(unsigned count, const proportions& of) {
  std::vector<litmus::program> out;
  for (unsigned seed = 1; seed <= count; ++seed) {
    std::mt19937_64 numbers(seed);
    out.push_back(random_program(numbers, of));
  }
  return out;
}

/// How many of the programs show the fault.
unsigned killers(const std::vector<litmus::program>& programs, const std::vector<finding>& right, fault what) {
  unsigned out = 0;
  for (std::size_t i = 0; i < programs.size(); ++i)
    if (!difference(right[i], by_engine(programs[i], rc11::memory_model::rc11, right[i].executions + 2, what)).empty())
      ++out;
  return out;
}

std::vector<finding> judged(const std::vector<litmus::program>& programs) {
  std::vector<finding> out;
  for (const auto& each : programs) out.push_back(by_oracle(each, model::rc11));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(seeded_faults)

BOOST_AUTO_TEST_CASE(are_noticed) {
  std::vector<litmus::program> catalogue;
  for (const auto& test : litmus::catalogue()) catalogue.push_back(test.threads);
  const auto random = random_programs(1000, {.most_events = 8});
  const auto of_catalogue = judged(catalogue);
  const auto of_random = judged(random);
  std::ostringstream table;
  table << "noticed by, of " << catalogue.size() << " litmus tests and " << random.size() << " random programs\n";
  for (const auto& each : faults) {
    const auto tests = killers(catalogue, of_catalogue, each.what);
    const auto programs = killers(random, of_random, each.what);
    BOOST_TEST(tests > 0, each.name << ": no litmus test notices that the checker " << each.effect);
    BOOST_TEST(programs > 0, each.name << ": no random program notices that the checker " << each.effect);
    BOOST_TEST(listed(each.what));
    table << std::setw(24) << each.name << std::setw(5) << tests << std::setw(6) << programs << "  " << each.effect
          << "\n";
  }
  BOOST_TEST_MESSAGE(table.str());
}

// A search that is wrong about programs that sleep may begin executions for ever, of which none comes to its end.
BOOST_AUTO_TEST_CASE(are_noticed_by_programs_that_sleep) {
  const auto sleeping = random_programs(500, {.most_events = 8, .plain = false, .futexes = true});
  const auto right = judged(sleeping);
  std::vector<seeded> all(std::begin(faults), std::end(faults));
  all.push_back(queue_fault);
  for (const auto& each : all) {
    const auto programs = killers(sleeping, right, each.what);
    BOOST_TEST(programs > 0, each.name << ": no program that sleeps notices that the checker " << each.effect);
    BOOST_TEST_MESSAGE(each.name << ": noticed by " << programs << " of " << sleeping.size());
  }
}

BOOST_AUTO_TEST_CASE(are_noticed_by_programs_that_take_locks) {
  using namespace litmus;
  auto locking = random_programs(500, {.most_events = 10, .plain = false, .locks = true});
  // What is rare: somebody writes to a lock without having it.
  locking.push_back(
      {{take(r0, x, 2, rlx)}, {load(r1, x, rlx)}, {store(x, 0, rlx)}, {exchange(r2, x, 1, rlx), store(x, 0, rlx)}});
  const auto right = judged(locking);
  for (const auto& each : lock_faults) {
    const auto programs = killers(locking, right, each.what);
    BOOST_TEST(programs > 0, each.name << ": no program that takes locks notices that the checker " << each.effect);
    BOOST_TEST_MESSAGE(each.name << ": noticed by " << programs << " of " << locking.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gauntlet::oracle
