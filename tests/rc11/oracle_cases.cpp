/// Whether the oracle is right: by the literature's verdicts, by machines that know no axioms, and by what is proved of
/// the models.

#define BOOST_TEST_MODULE rc11
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "models/litmus/catalogue.hpp"
#include "tests/rc11/machines.hpp"
#include "tests/rc11/oracle.hpp"
#include "tests/rc11/random_program.hpp"

namespace gauntlet::oracle {
namespace {

using signatures = std::set<std::string>;

signatures executions(const litmus::program& what, model by) {
  signatures out;
  each_execution(what, by, [&](const execution& found) { BOOST_REQUIRE(out.insert(signature(found)).second); });
  return out;
}

bool within(const signatures& some, const signatures& all) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

/// Calls `ask` with each of `count` programs.
template <class Question>
void each_program(std::uint64_t seed, unsigned count, const proportions& of, Question ask) {
  std::mt19937_64 numbers(seed);
  for (unsigned i = 0; i < count; ++i) {
    const auto program = random_program(numbers, of);
    BOOST_TEST_CONTEXT("program " << i << " of seed " << seed << "\n" << litmus::to_string(program)) ask(program);
  }
}

constexpr unsigned many = 1000;
constexpr proportions atomics{.most_events = 8, .plain = false};
const std::vector<litmus::location> everywhere = {litmus::x, litmus::y, litmus::z};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_oracle)

BOOST_AUTO_TEST_CASE(agrees_with_the_literature) {
  for (const auto& test : litmus::catalogue())
    BOOST_TEST_CONTEXT(test.name << "\n" << litmus::to_string(test.threads)) {
      const std::string weak(test.weak);
      const auto rc11 = judge(test.threads, test.observed, model::rc11);
      BOOST_TEST(rc11.racy == test.racy);
      if (test.racy) continue;
      BOOST_TEST(rc11.outcomes == litmus::listed(test));
      BOOST_TEST(rc11.executions == test.executions);
      const bool allowed = test.cxx20 == litmus::status::allowed;
      BOOST_TEST(rc11.outcomes.contains(weak) == (test.differs.empty() ? allowed : !allowed));
      // Of load buffering it says nothing: it enumerates no such cycles.
      const bool buffering = test.differs == litmus::no_cycles;
      BOOST_TEST(judge(test.threads, test.observed, model::cxx20).outcomes.contains(weak) == (allowed && !buffering));
    }
}

BOOST_AUTO_TEST_CASE(agrees_with_machines) {
  const auto ask = [](const litmus::program& what) {
    BOOST_TEST(judge(what, everywhere, model::sc).outcomes == interleavings(what, everywhere));
    BOOST_TEST(judge(what, everywhere, model::tso).outcomes == store_buffers(what, everywhere));
  };
  for (const auto& test : litmus::catalogue())
    if (!test.racy) ask(test.threads);
  each_program(1, many, atomics, ask);
}

// SC is stronger than TSO, TSO than RA, RA than RC11: compiled to x86 as usual, a program shows nothing else. C++20,
// without load buffering, is stronger than RC11.
BOOST_AUTO_TEST_CASE(orders_the_models) {
  each_program(2, many, atomics, [](const litmus::program& what) {
    const auto tso = executions(what, model::tso);
    const auto ra = executions(what, model::ra);
    BOOST_TEST(within(executions(what, model::sc), tso));
    BOOST_TEST(within(tso, ra));
    const auto rc11 = executions(what, model::rc11);
    BOOST_TEST(within(ra, rc11));
    BOOST_TEST(within(executions(what, model::cxx20), rc11));
  });
}

// RC11, theorem 4; [atomics.order]: a program of seq_cst operations only is sequentially consistent.
BOOST_AUTO_TEST_CASE(takes_seq_cst_at_its_word) {
  each_program(3, many, atomics, [](litmus::program what) {
    for (auto& thread : what)
      for (auto& each : thread) each.how = each.failure = litmus::sc;
    const auto sc = executions(what, model::sc);
    BOOST_TEST(executions(what, model::rc11) == sc);
    BOOST_TEST(executions(what, model::cxx20) == sc);
  });
}

// RC11, section 8: strengthening an access takes executions away and adds none.
BOOST_AUTO_TEST_CASE(grows_with_weaker_orders) {
  each_program(4, many, atomics, [](const litmus::program& what) {
    const auto all = executions(what, model::rc11);
    litmus::program stronger = what;
    auto& thread = stronger[what.size() / 2];
    if (thread.empty()) return;
    thread[thread.size() / 2].how = litmus::sc;
    BOOST_TEST(within(executions(stronger, model::rc11), all));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gauntlet::oracle
