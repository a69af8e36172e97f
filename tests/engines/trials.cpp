/// What this engine says of each trial. Built once for each engine, GAUNTLET_ENGINE.

#include "tests/engines/buggy_programs.hpp"
#include "tests/engines/lock_trials.hpp"

#define BOOST_TEST_MODULE trials
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "harness/engine.hpp"
#include "harness/progress.hpp"
#include "tests/engines/histories.hpp"
#include "tests/engines/told_outcomes.hpp"

namespace {

using namespace gauntlet;

/// The classes of violation that count as the right verdict, by engine; none means that the trial must be clean. An
/// engine that is not named doesn't run the trial: it would end the process, or see what chance lets it see.
struct verdict {
  std::string_view engine;
  std::vector<std::string_view> classes;
};

/// Only this much is compiled for each trial.
template <class S>
harness::scenario trial(const char* name, harness::shape size) {
  harness::contract made;
  made.add<S>(name, "", {.model = {size}, .native = size});
  return made.scenarios().front();
}

harness::result explore(const harness::scenario& what) {
  harness::options how;
  how.primitive = "trials";
  how.engine = GAUNTLET_ENGINE;
  // Boost.Test leaves what follows `--`: a seed, and seconds.
  const auto& given = boost::unit_test::framework::master_test_suite();
  how.seed = given.argc > 1 ? std::stoull(given.argv[1]) : 1;
  how.seconds = given.argc > 2 ? std::stod(given.argv[2]) : 0.5;
  return harness::run(what, how);
}

template <class S>
harness::result explored(const char* name, harness::shape size) {
  return explore(trial<S>(name, size));
}

/// @return what was found, in words; empty if this engine doesn't run the trial
std::string expect(const harness::scenario& what, const std::vector<verdict>& verdicts) {
  const auto mine =
      std::find_if(verdicts.begin(), verdicts.end(), [](auto& it) { return it.engine == GAUNTLET_ENGINE; });
  if (mine == verdicts.end()) return "";
  const auto found = explore(what);
  std::ostringstream said;
  said << what.name << " on " << GAUNTLET_ENGINE << ": ";
  if (found.broken) said << found.broken->violation_class << ": " << found.broken->message;
  const bool right = found.broken ? std::count(mine->classes.begin(), mine->classes.end(),
                                               std::string_view(found.broken->violation_class)) != 0
                                  : mine->classes.empty() && found.outcome == harness::finding::clean;
  BOOST_TEST(right, said.str());
  BOOST_TEST((found.broken || found.explored > 10), said.str() << "explored " << found.explored);
  return said.str();
}

template <class S>
std::string expect(const char* name, const std::vector<verdict>& verdicts, harness::shape size = {2, 1}) {
  return expect(trial<S>(name, size), verdicts);
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
  expect<opposite_orders_apart<mutex, within_a_minute>>("timed_then_blocking",
                                                        {{"stress", {}}, {"tsan", {"lock_order"}}});
  expect<opposite_orders_apart<spin_lock, try_it>>("tried_then_blocking", {{"stress", {}}, {"tsan", {"lock_order"}}});
  expect<opposite_orders_apart<mutex, &mutex::lock, within_a_minute>>("blocking_then_timed", {{"tsan", {}}});
  expect<opposite_orders_apart<spin_lock, &spin_lock::lock, try_it>>("blocking_then_tried", {{"tsan", {}}});
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

/// However an acquisition is announced: a lock with orders that are too weak isn't believed, and one without is.
template <sync::lock_action how>
void expect_orders_judged() {
  expect<guarded<bare_lock<how, acquire, release>>>("strong", {{"stress", {}}, {"tsan", {}}});
  expect<guarded<bare_lock<how, relaxed, release>>>("relaxed_lock", {{"tsan", {"data_race"}}});
  expect<guarded<bare_lock<how, acquire, relaxed>>>("relaxed_unlock", {{"tsan", {"data_race"}}});
}

BOOST_AUTO_TEST_CASE(weak_locks) {
  expect_orders_judged<sync::lock_action::acquire>();
  expect_orders_judged<sync::lock_action::try_acquire>();
  expect_orders_judged<sync::lock_action::acquire_shared>();
  expect_orders_judged<sync::lock_action::try_acquire_shared>();
}

template <class S>
void expect_misuse(const char* name, bool misuse = true) {
  const std::vector<std::string_view> classes(misuse ? 1 : 0, "lock_misuse");
  expect<S>(name, {{"stress", classes}, {"tsan", classes}, {"asan", classes}});
}

BOOST_AUTO_TEST_CASE(misused_locks) {
  expect_misuse<in_turn<spin_lock, &spin_lock::unlock>>("never_locked");
  expect_misuse<in_turn<spin_lock, &spin_lock::lock, &spin_lock::unlock, &spin_lock::unlock>>("unlocked_twice");
  expect_misuse<in_turn<shared_mutex, &shared_mutex::lock, &shared_mutex::unlock>>("unlocked_by_another");
  expect_misuse<in_turn<shared_mutex, &shared_mutex::unlock_shared>>("never_read");
  expect_misuse<in_turn<shared_mutex, &shared_mutex::lock, &shared_mutex::unlock_shared>>("read_by_its_writer");
  expect_misuse<in_turn<pretended_lock, &pretended_lock::lock, &pretended_lock::lock>>("held_twice");
  expect_misuse<in_turn<pretended_lock, &pretended_lock::lock, &pretended_lock::lock_shared>>("reader_with_writer");
  expect_misuse<in_turn<pretended_lock, &pretended_lock::lock_shared, &pretended_lock::lock>>("writer_with_reader");
  expect_misuse<destroyed_while_held>("destroyed_while_held");
  expect_misuse<in_turn<spin_lock, &spin_lock::lock, &spin_lock::unlock>>("handed_over", false);
  expect_misuse<in_turn<mutex, unlock_refused>>("refused", false);
  expect_misuse<in_turn<recursive_mutex, &recursive_mutex::lock, unlock_refused, &recursive_mutex::unlock>>(
      "refused_to_another", false);
}

BOOST_AUTO_TEST_CASE(progress) {
  using harness::fairness_of_waiters, harness::lock_freedom;
  expect<lock_freedom<whole_counter, counting<whole_counter>>>("lock_free", {{"stress", {}}, {"tsan", {}}}, {3, 20});
  expect<lock_freedom<counter_with_a_lock, counting<counter_with_a_lock>>>(
      "not_lock_free", {{"stress", {"not_lock_free"}}, {"tsan", {"not_lock_free"}}}, {3, 20});
  expect<fairness_of_waiters<ticket_lock, true>>("served_in_order", {{"stress", {}}, {"tsan", {}}}, {4, 50});
  expect<fairness_of_waiters<spin_lock, true>>("pushed_in", {{"stress", {"assertion"}}, {"tsan", {"assertion"}}},
                                               {4, 50});
  expect<starving>("starving", {{"stress", {"starvation"}}});
}

/// A program with a bug: the engines named must see it; others may, and scripts/detection.py counts how often each
/// does.
void expect_bug(const harness::scenario& what, const std::vector<std::string_view>& classes,
                const std::vector<std::string_view>& engines) {
  if (GAUNTLET_ENGINE == std::string_view("asan")) return;
  const auto found = explore(what);
  const std::string said = found.broken ? found.broken->violation_class : "nothing";
  BOOST_TEST_MESSAGE("program " << what.name << ": " << said);
  const bool must = std::count(engines.begin(), engines.end(), std::string_view(GAUNTLET_ENGINE)) != 0;
  const bool right = found.broken && std::count(classes.begin(), classes.end(), std::string_view(said)) != 0;
  BOOST_TEST((right || (!must && !found.broken)), what.name << " on " << GAUNTLET_ENGINE << ": " << said);
}

template <class S>
void expect_bug(const char* name, const std::vector<std::string_view>& classes,
                const std::vector<std::string_view>& engines, harness::shape size) {
  expect_bug(trial<S>(name, size), classes, engines);
}

BOOST_AUTO_TEST_CASE(buggy_programs) {
  const std::vector<std::string_view> race{"data_race"}, weak{"data_race", "assertion"};
  const std::vector<std::string_view> asleep{"deadlock", "lost_wakeup"};
  expect_bug<unguarded_counter>("counter", race, {"tsan", "relacy"}, {2, 20});
  expect_bug<guarded_pair<relaxed_spin_lock>>("relaxed_lock", race, {"tsan", "relacy"}, {2, 20});
  expect_bug<guarded_pair<test_then_set_lock>>("lock_in_two_steps", weak, {"stress", "tsan", "relacy"}, {4, 20});
  expect_bug<double_checked_instance>("double_checked", weak, {"tsan", "relacy"}, {4, 1});
  expect_bug<sequence_lock<true, sync::var<unsigned>>>("sequence_lock_of_plain_data", race, {"tsan", "relacy"},
                                                       {2, 20});
  expect_bug<sequence_lock<false, atomic_data>>("sequence_lock_unmarked", weak, {"stress", "tsan", "relacy"}, {2, 20});
  expect_bug<relaxed_ring>("relaxed_queue", weak, {"tsan", "relacy"}, {2, 20});
  expect_bug<sleeps_too_late>("late_sleeper", asleep, {"relacy"}, {2, 1});
  expect_bug<writer_looks_first>("writer_beside_readers", weak, {"stress", "tsan", "relacy"}, {3, 20});
  expect<sequence_lock<true, atomic_data>>("as_it_should_be", {{"stress", {}}, {"tsan", {}}}, {2, 20});
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

std::uint64_t times_seen(const harness::result& found, std::string_view outcome) {
  const auto at = std::ranges::find(found.outcomes, outcome, &harness::counted::words);
  return at == found.outcomes.end() ? 0 : at->count;
}

/// Each execution is counted once; what is allowed and never occurs is there, too.
BOOST_AUTO_TEST_CASE(outcomes) {
  const auto found = explored<two_add<true>>("two_add", {2, 1});
  BOOST_TEST((found.outcome == harness::finding::clean));
  BOOST_TEST(found.outcomes.size() == 3U);
  const auto first = times_seen(found, "found=0,1"), second = times_seen(found, "found=1,0");
  BOOST_TEST(first + second == found.explored);
  BOOST_TEST((first > 0 && second > 0));
  const auto waited = explored<one_waits>("one_waits", {2, 1});
  BOOST_TEST((waited.outcome == harness::finding::clean));
  BOOST_TEST(times_seen(waited, "found=0,1") == waited.explored);
  expect<one_is_not_woken>("one_is_not_woken",
                           {{"stress", {"lost_wakeup"}}, {"tsan", {"lost_wakeup"}}, {"relacy", {"lost_wakeup"}}});
  const auto lost = explored<two_add<false>>("two_add_in_steps", {2, 1});
  BOOST_REQUIRE(lost.broken);
  BOOST_TEST(lost.broken->violation_class == "assertion");
  BOOST_TEST(lost.broken->message.starts_with("came to found=0,0, which is not allowed"), lost.broken->message);
  BOOST_TEST(lost.outcomes.front().words == "found=0,0");
  BOOST_TEST((lost.outcomes.front().what == harness::grade::forbidden));
}

/// What a sanitizer says that sees nothing. Run by blinded(), with options that make it so.
BOOST_AUTO_TEST_CASE(blind, *boost::unit_test::disabled()) {
  const auto found = explored<store_and_wake>("store_and_wake", {2, 1});
  BOOST_TEST((found.outcome == harness::finding::unknown));
  BOOST_TEST(found.reason.starts_with("the sanitizer does not report a known fault"), found.reason);
}

void expect_blind(const std::string& options) {
  const std::string program = boost::unit_test::framework::master_test_suite().argv[0];
  BOOST_TEST(std::system((options + " " + program + " --run_test=blind >/dev/null 2>&1").c_str()) == 0, options);
}

BOOST_AUTO_TEST_CASE(blinded) {
  const std::string_view engine = GAUNTLET_ENGINE;
  if (engine == "tsan") expect_blind("TSAN_OPTIONS=report_bugs=0");
  if (engine == "asan") expect_blind("ASAN_OPTIONS=detect_leaks=0");
  if (engine == "asan") expect_blind("ASAN_OPTIONS=poison_heap=0");
}

/// Last: of what a process does after a leak, AddressSanitizer can tell no more leaks.
BOOST_AUTO_TEST_CASE(leaks) {
  expect<store_and_wake>("store_and_wake", {{"asan", {}}});
  expect<forgotten_node>("forgotten_node", {{"stress", {}}, {"asan", {"leak"}}, {"relacy", {"leak"}}});
}

}  // namespace
