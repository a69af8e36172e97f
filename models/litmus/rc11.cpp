/// What the rc11 engine shows of each litmus test, on the seam: all that RC11 allows, each execution once.

#define BOOST_TEST_MODULE rc11_litmus
#include <boost/test/unit_test.hpp>

#include "harness/engine.hpp"
#include "models/litmus/interpreter.hpp"

namespace {

using namespace gauntlet;

harness::result explored(const litmus::test& test) {
  harness::options how;
  how.primitive = "litmus";
  how.engine = "rc11";
  how.seconds = 10;
  return harness::run(litmus::scenario_of(test).scenarios().front(), how);
}

BOOST_AUTO_TEST_CASE(outcomes_are_those_of_rc11) {
  for (const auto& test : litmus::catalogue()) {
    if (test.racy) continue;
    const auto found = explored(test);
    BOOST_TEST((found.outcome == harness::finding::clean), test.name);
    BOOST_TEST((found.covered == harness::coverage::complete), test.name);
    BOOST_TEST(found.explored == test.executions, test.name << ": " << found.explored);
    BOOST_TEST(litmus::outcomes.all() == litmus::listed(test), test.name << "\n" << litmus::to_string(test.threads));
  }
}

BOOST_AUTO_TEST_CASE(races_are_seen) {
  for (const auto& test : litmus::catalogue()) {
    if (!test.racy) continue;
    const auto found = explored(test);
    BOOST_TEST((found.broken && found.broken->violation_class == "data_race"), test.name);
  }
}

}  // namespace
