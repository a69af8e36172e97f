/// What the relacy engine shows of each litmus test: nothing that C++20 forbids, and all that it allows but for the
/// stated blind spots.

#define BOOST_TEST_MODULE relacy_litmus
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "harness/engine.hpp"
#include "models/litmus/programs.hpp"

namespace {

using namespace gauntlet;

/// Stores are placed in modification order as they are executed, and no load reads from a later step: so Relacy can't
/// show these, random or exhaustive.
constexpr std::string_view blind_spots[] = {"lb_rlx", "2_2w_rlx"};

BOOST_AUTO_TEST_CASE(outcomes_are_those_of_the_literature) {
  for (const auto& program : litmus::programs) {
    const auto made = litmus::scenario_of(program);
    harness::options how;
    how.primitive = "litmus";
    how.engine = "relacy";
    how.seconds = 0.3;
    const auto found = harness::run(made.scenarios().front(), how);
    const bool blind = std::find(std::begin(blind_spots), std::end(blind_spots), program.name) != std::end(blind_spots);
    const bool seen = litmus::outcomes.contains(std::string(program.weak));
    BOOST_TEST(found.explored > 1000U);
    BOOST_TEST((found.outcome == harness::finding::clean));
    BOOST_TEST(seen == (program.allowed && !blind), program.name << ": weak outcome " << program.weak
                                                                 << (seen ? " seen" : " not seen") << " in "
                                                                 << found.explored << " executions, C++20 "
                                                                 << (program.allowed ? "allows" : "forbids") << " it");
  }
}

}  // namespace
