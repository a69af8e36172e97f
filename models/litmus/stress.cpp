/// What this machine shows of each litmus test when its threads collide: nothing that RC11 forbids. And how well they
/// collide. `--log_level=message` shows the figures.

#define BOOST_TEST_MODULE stress_litmus
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <map>
#include <optional>

#include "models/litmus/by_hand.hpp"
#include "models/litmus/interpreter.hpp"
#include "stress/rendezvous.hpp"

namespace {

using namespace gauntlet;

/// One instance of the test that runs.
struct instance {
  void prepare(const stress::batch_plan&) {
    memory.emplace();
    registers = {};
  }
  void run(unsigned role) {
    for (const auto& each : litmus::the_test->threads[role]) memory->perform(each, registers);
  }
  std::string outcome() {
    litmus::memory_image final{};
    for (const auto where : litmus::the_test->observed) final[where] = memory->now(where);
    return litmus::outcome(litmus::the_test->threads, litmus::the_test->observed, registers, final);
  }

  alignas(64) std::optional<litmus::shared_memory> memory;
  litmus::register_file registers{};
};

std::string in_words(const litmus::yield& one) {
  char text[80];
  std::snprintf(text, sizeof text, "%.2f M samples/s, %.0f weak outcomes/s", one.samples / 1e6, one.weak);
  return text;
}

BOOST_AUTO_TEST_CASE(outcomes_are_among_those_of_rc11) {
  for (const auto& test : litmus::catalogue()) {
    if (test.racy) continue;
    litmus::the_test = &test;
    std::map<std::string, std::uint64_t> seen;
    stress::rendezvous<instance>::settings how;
    how.roles = static_cast<unsigned>(test.threads.size());
    how.instances = 256;
    how.seconds = 0.01;
    const auto ran = stress::rendezvous<instance>(how).run([&](instance& one) { ++seen[one.outcome()]; });
    const auto allowed = litmus::listed(test);
    for (const auto& [outcome, times] : seen)
      BOOST_TEST(allowed.count(outcome) == 1,
                 test.name << ": " << outcome << " is forbidden, and was seen " << times << " times in " << ran);
    std::string never;
    for (const auto& outcome : allowed)
      if (seen.count(outcome) == 0) never += " " + outcome;
    // None in n: the rate is below 3/n with 95 % confidence.
    if (!never.empty())
      BOOST_TEST_MESSAGE(test.name << ": allowed and never seen in " << ran << " (each below "
                                   << 3e6 / static_cast<double>(ran) << " in a million):" << never);
  }
}

BOOST_AUTO_TEST_CASE(threads_collide) {
  if (!stress::counters_agree() || stress::processors() < 2) {
    BOOST_TEST_MESSAGE("not measured: the processors' counters don't agree, or there is only one");
    return;
  }
  // How often is the benchmark's to say. Here as long as it takes, for other programs may leave the threads few moments
  // at which they run side by side.
  for (const bool recorded : {false, true}) {
    litmus::yield seen{};
    for (unsigned slice = 0; slice < 100 && seen.weak == 0; ++slice)
      seen = litmus::store_buffering_seen({.seconds = 0.2, .recorded = recorded});
    BOOST_TEST_MESSAGE("store buffering" << (recorded ? ", recorded: " : ": ") << in_words(seen));
    BOOST_TEST(seen.weak > 0, (recorded ? "with" : "without")
                                  << " the recorder, no weak outcome in 100 slices of 0.2 s");
  }
}

}  // namespace
