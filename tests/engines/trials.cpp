/// What this engine says of each trial. Built once for each engine, GAUNTLET_ENGINE.

#include "tests/engines/trials.hpp"

#define BOOST_TEST_MODULE trials
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "harness/engine.hpp"
#include "tests/engines/histories.hpp"

namespace {

using namespace gauntlet;

/// The classes of violation that count as the right verdict, by engine; none means that the trial must be clean. An
/// engine that is not named doesn't run the trial: it would end the process, or see what chance lets it see.
struct verdict {
  std::string_view engine;
  std::vector<std::string_view> classes;
};

template <class S>
harness::result explored(const char* name, harness::shape size) {
  harness::contract made;
  made.add<S>(name, "", {.model = {size}, .native = size});
  harness::options how;
  how.primitive = "trials";
  how.engine = GAUNTLET_ENGINE;
  how.seconds = 0.5;
  return harness::run(made.scenarios().front(), how);
}

/// @return what was found, in words; empty if this engine doesn't run the trial
template <class S>
std::string expect(const char* name, const std::vector<verdict>& verdicts, harness::shape size = {2, 1}) {
  const auto mine =
      std::find_if(verdicts.begin(), verdicts.end(), [](auto& it) { return it.engine == GAUNTLET_ENGINE; });
  if (mine == verdicts.end()) return "";
  const auto found = explored<S>(name, size);
  std::ostringstream said;
  said << name << " on " << GAUNTLET_ENGINE << ": ";
  if (found.broken) said << found.broken->violation_class << ": " << found.broken->message;
  const bool right = found.broken ? std::count(mine->classes.begin(), mine->classes.end(),
                                               std::string_view(found.broken->violation_class)) != 0
                                  : mine->classes.empty() && found.outcome == harness::finding::clean;
  BOOST_TEST(right, said.str());
  BOOST_TEST((found.broken || found.explored > 10), said.str() << "explored " << found.explored);
  return said.str();
}

template <class S>
void expect_everywhere(const char* name, const std::vector<std::string_view>& classes, harness::shape size = {2, 1}) {
  expect<S>(name, {{"stress", classes}, {"tsan", classes}, {"relacy", classes}}, size);
}

using namespace trials;

BOOST_AUTO_TEST_CASE(happens_before) {
  expect<unordered_writes>("unordered_writes", {{"stress", {}}, {"tsan", {"data_race"}}, {"relacy", {"data_race"}}});
  expect_everywhere<message_by_fences<0>>("message_by_fences", {});
  expect<one_gets_in>("one_gets_in", {{"stress", {}}, {"tsan", {}}});
  expect<message_by_fences<1>>("missing_release_fence", {{"tsan", {"data_race"}}, {"relacy", {"data_race"}}});
  expect<message_by_fences<2>>("missing_acquire_fence", {{"tsan", {"data_race"}}, {"relacy", {"data_race"}}});
  expect_everywhere<started_thread_publishes>("started_thread_publishes", {}, {2, 1, 1});
  expect<started_thread_unjoined>("started_thread_unjoined", {{"tsan", {"data_race"}}, {"relacy", {"data_race"}}},
                                  {2, 1, 1});
}

BOOST_AUTO_TEST_CASE(locks) {
  expect<opposite_orders_apart<spin_lock>>("opposite_orders_apart",
                                           {{"stress", {}}, {"tsan", {"lock_order"}}, {"relacy", {}}});
  expect<opposite_orders_apart<mutex>>("of_mutexes", {{"tsan", {"lock_order"}}});
  expect<opposite_orders_apart<locked_twice>>("of_recursive_locks", {{"tsan", {"lock_order"}}});
  expect<opposite_orders_apart<locked_shared>>("of_shared_locks", {{"tsan", {"lock_order"}}});
  expect<opposite_orders_apart<locked_last>>("of_forty_locks", {{"tsan", {"lock_order"}}});
  expect<opposite_orders_after_handover>("opposite_orders_after_handover", {{"tsan", {"lock_order"}}});
  expect<destroyed_while_held>("destroyed_while_held", {{"tsan", {}}});
  expect_everywhere<one_order>("one_order", {});
  const std::string deadlock = expect<opposite_orders>(
      "opposite_orders", {{"stress", {"deadlock"}}, {"tsan", {"lock_order", "deadlock"}}, {"relacy", {"deadlock"}}});
  if (GAUNTLET_ENGINE == std::string_view("stress"))
    BOOST_TEST(deadlock.find("worker (role 0) waits for a lock that worker (role 1) holds") != std::string::npos,
               deadlock);
}

/// An access has the locks that its thread held then, and where it took them; no others.
BOOST_AUTO_TEST_CASE(locks_held, *boost::unit_test::enable_if<GAUNTLET_ENGINE == std::string_view("tsan")>()) {
  const auto found = explored<half_locked>("half_locked", {2, 1});
  BOOST_REQUIRE(found.broken);
  BOOST_TEST(found.broken->text.find("WARNING: ThreadSanitizer: data race") != std::string::npos, found.broken->text);
  for (const unsigned role : {0U, 1U}) {
    const auto& stacks = found.broken->stacks;
    const auto mine = std::find_if(stacks.begin(), stacks.end(), [&](const harness::stack& one) {
      return one.thread.find("(role " + std::to_string(role) + ")") != std::string::npos;
    });
    BOOST_REQUIRE(mine != stacks.end());
    BOOST_REQUIRE(mine->held);
    BOOST_REQUIRE(mine->held->size() == (role == 0 ? 1 : 0));
    if (role == 1) continue;
    BOOST_TEST(std::count_if(stacks.begin(), stacks.end(), [](auto& one) { return one.kind == "creation"; }) == 2);
    const auto& taken = mine->held->front().frames;
    BOOST_TEST(std::any_of(taken.begin(), taken.end(), [](const harness::frame& one) {
      return one.function.find("half_locked::thread") != std::string::npos;
    }));
  }
}

/// Each edge of a cycle says who took which lock while holding which.
BOOST_AUTO_TEST_CASE(cycles, *boost::unit_test::enable_if<GAUNTLET_ENGINE == std::string_view("tsan")>()) {
  const auto found = explored<opposite_orders_apart<spin_lock>>("opposite_orders_apart", {2, 1});
  BOOST_REQUIRE(found.broken);
  std::vector<harness::stack> edges;
  for (const auto& one : found.broken->stacks)
    if (!one.holding.empty()) edges.push_back(one);
  BOOST_REQUIRE(edges.size() == 2U);
  BOOST_TEST(edges[0].lock == edges[1].holding);
  BOOST_TEST(edges[1].lock == edges[0].holding);
  BOOST_TEST(edges[0].thread != edges[1].thread);
  BOOST_TEST(found.broken->where->file.find("mutex/spin_lock.hpp") != std::string::npos, found.broken->where->file);
}

BOOST_AUTO_TEST_CASE(assertions) {
  expect_everywhere<failing_assertion>("failing_assertion", {"assertion"});
  expect_everywhere<failing_afterwards>("failing_afterwards", {"assertion"});
  expect_everywhere<leaving_exception>("leaving_exception", {"assertion"});
}

BOOST_AUTO_TEST_CASE(waits) {
  expect_everywhere<store_and_wake>("store_and_wake", {});
  expect_everywhere<store_without_wake>("store_without_wake", {"lost_wakeup"});
  expect_everywhere<waiting_that_ends_by_itself>("waiting_that_ends_by_itself", {});
  expect_everywhere<endless_spin>("endless_spin", {"livelock"});
  expect_everywhere<started_thread_never_woken>("started_thread_never_woken", {"deadlock"}, {2, 1, 1});
}

BOOST_AUTO_TEST_CASE(lifetimes) {
  expect_everywhere<slots_apart>("slots_apart", {}, {2, 1, 1});
  expect<use_after_destruction>("use_after_destruction", {{"tsan", {"data_race", "use_after_free"}},
                                                          {"relacy", {"data_race", "use_after_free"}}});
  expect<destroyed_twice>("destroyed_twice", {{"relacy", {"double_free"}}});
}

BOOST_AUTO_TEST_CASE(histories) {
  expect_everywhere<harness::linearizability<whole_counter, counting<whole_counter>>>("whole_counter", {}, {3, 4});
  expect_everywhere<harness::linearizability<lossy_counter, counting<lossy_counter>>>("lossy_counter",
                                                                                      {"not_linearizable"}, {3, 4});
}

/// Some wait for good reason when all else is over; that is no fault.
BOOST_AUTO_TEST_CASE(histories_with_waits) {
  using telling = gate<true>;
  using silent = gate<false>;
  using watched = gate<false, true>;
  expect_everywhere<harness::linearizability<telling, passing<telling>>>("telling_gate", {}, {3, 2});
  expect_everywhere<harness::linearizability<watched, passing<watched>>>("watched_gate", {}, {3, 2});
  expect_everywhere<harness::linearizability<silent, passing<silent>>>("silent_gate", {"lost_wakeup"}, {3, 2});
}

/// Last: of what a process does after a leak, AddressSanitizer can tell no more leaks.
BOOST_AUTO_TEST_CASE(leaks) {
  expect<store_and_wake>("store_and_wake", {{"asan", {}}});
  expect<forgotten_node>("forgotten_node", {{"stress", {}}, {"asan", {"leak"}}, {"relacy", {"leak"}}});
}

}  // namespace
