/// What this machine shows of each litmus test when its threads collide: nothing that RC11 forbids. And how well they
/// collide. `--log_level=message` shows the figures.

#define BOOST_TEST_MODULE stress_litmus
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <map>
#include <optional>

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

/// Store buffering by hand: 0 and 0 is the outcome that only a store buffer explains.
struct store_buffering {
  void prepare(const stress::batch_plan& how) {
    spread = how.together ? 1 : 64;
    for (auto& one : memory) one.store(0, std::memory_order_relaxed);
  }
  void run(unsigned role) {
    memory[spread * role].store(1, std::memory_order_relaxed);
    seen[64 * role] = memory[spread * (1 - role)].load(std::memory_order_relaxed);
  }

  alignas(64) std::atomic<std::uint8_t> memory[128];
  alignas(64) std::uint8_t seen[128];
  std::size_t spread = 64;
};

struct yield {
  double samples;
  double weak;
};

/// Per second.
yield measure(bool barriers, bool recorded) {
  stress::rendezvous<store_buffering>::settings how;
  how.seconds = 0.5;
  how.barriers = barriers;
  how.recorded = recorded;
  std::uint64_t weak = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto ran = stress::rendezvous<store_buffering>(how).run(
      [&](const store_buffering& one) { weak += one.seen[0] == 0 && one.seen[64] == 0 ? 1U : 0U; });
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {static_cast<double>(ran) / spent.count(), static_cast<double>(weak) / spent.count()};
}

std::string in_words(const yield& one) {
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
  const yield barrier = measure(true, false);
  const yield moments = measure(false, false);
  const yield recorded = measure(false, true);
  BOOST_TEST_MESSAGE("store buffering, a barrier for each:     " << in_words(barrier));
  BOOST_TEST_MESSAGE("store buffering, a moment for each:      " << in_words(moments));
  BOOST_TEST_MESSAGE("store buffering, a moment, and recorded: " << in_words(recorded));
  // On an idle machine hundreds of times as many; a busy one may run the threads one after the other.
  BOOST_TEST(moments.weak > barrier.weak);
  BOOST_TEST(recorded.weak > 0);
}

}  // namespace
