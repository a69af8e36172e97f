/// What contracts allow executions to come to is what they do come to on rc11, which explores all: nothing else, and
/// each of it. And that a contract that allows too little, or what never occurs, is found out.

#define BOOST_TEST_MODULE rc11_outcomes
#include <array>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>

#include "harness/collision.hpp"
#include "harness/engine.hpp"
#include "primitives/blocking_queue/bounded_queue.hpp"
#include "primitives/counter/atomic_counter.hpp"
#include "primitives/counter/locked_counter.hpp"
#include "primitives/event/event.hpp"
#include "primitives/latch/latch.hpp"
#include "primitives/map/guarded_map.hpp"
#include "primitives/mutex/clh_lock.hpp"
#include "primitives/mutex/mcs_lock.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/mutex/spin_lock.hpp"
#include "primitives/mutex/ticket_lock.hpp"
#include "primitives/once/once.hpp"
#include "primitives/semaphore/bounded_semaphore.hpp"
#include "primitives/semaphore/semaphore.hpp"
#include "primitives/stack/treiber_stack.hpp"

// Contracts use the same names, as a cell has one of them: each gets a namespace of its own.
#define contracts counter_contracts
#include "primitives/counter/contract.hpp"
#undef contracts
#define contracts event_contracts
#include "primitives/event/contract.hpp"
#undef contracts
#define contracts latch_contracts
#include "primitives/latch/contract.hpp"
#undef contracts
#define contracts map_contracts
#include "primitives/map/contract.hpp"
#undef contracts
#define contracts mutex_contracts
#include "primitives/mutex/contract.hpp"
#undef contracts
#define contracts once_contracts
#include "primitives/once/contract.hpp"
#undef contracts
#define contracts queue_contracts
#include "primitives/blocking_queue/contract.hpp"
#undef contracts
#define contracts semaphore_contracts
#include "primitives/semaphore/contract.hpp"
#undef contracts
#define contracts stack_contracts
#include "primitives/stack/contract.hpp"
#undef contracts

namespace {

using namespace gauntlet;

harness::result explored(const harness::scenario& what) {
  harness::options how;
  how.primitive = "tested";
  how.engine = "rc11";
  how.seconds = 20;
  return harness::run(what, how);
}

/// What a contract allows and never occurs.
std::set<std::string> never_seen(const harness::result& found) {
  std::set<std::string> never;
  for (const auto& one : found.outcomes)
    if (one.count == 0) never.insert(one.words);
  return never;
}

template <class Describe>
void expect_exact(const char* name, Describe&& describe) {
  harness::contract made;
  describe(made);
  unsigned tried = 0;
  for (const auto& each : made.scenarios()) {
    if (each.outcome == nullptr) continue;
    ++tried;
    const auto found = explored(each);
    BOOST_TEST_CONTEXT(name << ", " << each.name) {
      BOOST_TEST((found.outcome == harness::finding::clean), (found.broken ? found.broken->message : found.reason));
      BOOST_TEST((found.covered == harness::coverage::complete));
      BOOST_TEST(never_seen(found) == std::set<std::string>(), boost::test_tools::per_element());
      BOOST_TEST(std::accumulate(found.outcomes.begin(), found.outcomes.end(), std::uint64_t{0},
                                 [](auto sum, const auto& one) { return sum + one.count; }) == found.explored);
    }
  }
  BOOST_TEST(tried > 0U, name);
}

BOOST_AUTO_TEST_CASE(allowed_is_what_occurs) {
  expect_exact("atomic_counter", &counter_contracts::describe<atomic_counter>);
  expect_exact("locked_counter", &counter_contracts::describe<locked_counter>);
  expect_exact("event", &event_contracts::describe<event>);
  expect_exact("latch", &latch_contracts::describe<latch>);
  expect_exact("guarded_map", &map_contracts::describe<guarded_map>);
  expect_exact("spin_lock", &mutex_contracts::describe<spin_lock>);
  expect_exact("ticket_lock", &mutex_contracts::describe<ticket_lock>);
  expect_exact("mcs_lock", &mutex_contracts::describe<mcs_lock>);
  expect_exact("clh_lock", &mutex_contracts::describe<clh_lock>);
  expect_exact("mutex", &mutex_contracts::describe<mutex>);
  expect_exact("once", &once_contracts::describe<once>);
  expect_exact("bounded_queue", &queue_contracts::describe<bounded_queue>);
  expect_exact("semaphore", &semaphore_contracts::describe<semaphore>);
  expect_exact("bounded_semaphore", &semaphore_contracts::describe<bounded_semaphore>);
  expect_exact("treiber_stack", &stack_contracts::describe<treiber_stack>);
}

/// By role, what is allowed; with a star what only threads that overlap come to.
std::set<std::string> in_words(const harness::staged_program& what) {
  std::set<std::string> all;
  for (const auto& one : what.allowed()) all.insert(what.words(one.values) + (one.interesting ? " *" : ""));
  return all;
}

template <class P, class Specification>
harness::staged_program staged(const harness::program& what) {
  return {what, harness::calls_of<P, Specification>()};
}

BOOST_AUTO_TEST_CASE(what_a_specification_allows) {
  using permits = semaphore_contracts::semaphore_specification<semaphore>;
  const std::set<std::string> one_gets_it{"0:try_acquire=0 1:try_acquire=1", "0:try_acquire=1 1:try_acquire=0"};
  BOOST_TEST(in_words(staged<semaphore, permits>(semaphore_contracts::last_permit<semaphore>())) == one_gets_it,
             boost::test_tools::per_element());
  using latches = latch_contracts::latch_specification<latch>;
  const std::set<std::string> last_sees_zero{"0:try_wait=0 1:try_wait=1", "0:try_wait=1 1:try_wait=0",
                                             "0:try_wait=1 1:try_wait=1 *"};
  BOOST_TEST(in_words(staged<latch, latches>(latch_contracts::last_counts<latch>())) == last_sees_zero,
             boost::test_tools::per_element());
  using flags = event_contracts::event_specification<event>;
  const std::set<std::string> any_but{"1:is_set=0 1:is_set=0", "1:is_set=0 1:is_set=1 *", "1:is_set=1 1:is_set=0 *",
                                      "1:is_set=1 1:is_set=1 *"};
  BOOST_TEST(in_words(staged<event, flags>(event_contracts::set_and_clear_meet_looks<event>())) == any_but,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(programs_that_make_no_sense) {
  using flags = event_contracts::event_specification<event>;
  const harness::program waits_in_vain{.roles = {{{flags::wait}}, {{flags::set}, {flags::clear}}}};
  BOOST_CHECK_THROW((staged<event, flags>(waits_in_vain)), std::logic_error);
  using items = stack_contracts::stack_specification<treiber_stack<int>>;
  const harness::program unforeseen{.first = {{0, 7}}, .roles = {{{1}}, {{1}}}};
  BOOST_CHECK_THROW((staged<treiber_stack<int>, items>(unforeseen)), std::logic_error);
}

/// Store buffering. @tparam zeros whether that both miss the other's store is allowed @tparam sevens that both read 7
template <bool zeros, bool sevens>
struct two_stores {
  explicit two_stores(harness::shape) {}
  void thread(unsigned role) {
    cells[role].store(1, std::memory_order_relaxed);
    seen[role] = cells[1 - role].load(std::memory_order_relaxed);
  }
  std::span<const std::int64_t> outcome() const { return seen; }
  static std::vector<harness::prospect> allowed() {
    std::vector<harness::prospect> all{{.values = {0, 1}}, {.values = {1, 0}}, {.values = {1, 1}}};
    if (zeros) all.push_back({.values = {0, 0}, .interesting = true});
    if (sevens) all.push_back({.values = {7, 7}});
    return all;
  }
  static std::string words(std::span<const std::int64_t> values) {
    return std::to_string(values[0]) + " " + std::to_string(values[1]);
  }

  sync::atomic<int> cells[2]{0, 0};
  std::array<std::int64_t, 2> seen{};
};

template <class S>
harness::result explored() {
  harness::contract made;
  made.add<S>("stores", "", {.model = {{2, 1}}, .native = {2, 1}});
  return explored(made.scenarios().front());
}

BOOST_AUTO_TEST_CASE(contracts_that_are_wrong) {
  BOOST_TEST((explored<two_stores<true, false>>().outcome == harness::finding::clean));
  const auto too_little = explored<two_stores<false, false>>();
  BOOST_REQUIRE(too_little.broken);
  BOOST_TEST(too_little.broken->message.find("came to 0 0, which is not allowed") == 0U, too_little.broken->message);
  BOOST_TEST(too_little.broken->strongest_model == "tso");
  BOOST_TEST((too_little.outcomes.front().what == harness::grade::forbidden));
  const auto too_much = explored<two_stores<true, true>>();
  BOOST_TEST((too_much.outcome == harness::finding::clean));
  BOOST_TEST(never_seen(too_much) == std::set<std::string>{"7 7"}, boost::test_tools::per_element());
}

}  // namespace
