/// The clock of histories: each order of calls that real time allows is explored once, and no other is judged.

#define BOOST_TEST_MODULE rc11_histories
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <vector>

#include "models/rc11/histories.hpp"

namespace {

using namespace gauntlet;

using calls = std::vector<harness::recorded>;
/// Which call ended before which began, by their places in the history.
using precedence = std::set<std::pair<unsigned, unsigned>>;

precedence order_of(const calls& history) {
  precedence before;
  for (unsigned one = 0; one < history.size(); ++one)
    for (unsigned other = 0; other < history.size(); ++other)
      if (history[one].returned < history[other].called) before.insert({one, other});
  return before;
}

struct caller {
  calls* history;
  unsigned role;
  unsigned roles;
  unsigned count;
};

/// Orders that the explorer comes to, and in how many executions. @param untimely executions that were no history
std::map<precedence, unsigned> explored(unsigned roles, unsigned count, unsigned& untimely) {
  std::map<precedence, unsigned> found;
  calls history;
  const auto program = [&] {
    rc11::explorer& here = *rc11::explorer::current();
    rc11::start_history(here, roles);
    std::vector<caller> callers;
    for (unsigned role = 0; role < roles; ++role) callers.push_back({&history, role, roles, count});
    for (caller& one : callers)
      here.thread_start(
          [](void* it) {
            const auto& own = *static_cast<caller*>(it);
            rc11::explorer& engine = *rc11::explorer::current();
            for (unsigned i = 0; i < own.count; ++i) {
              harness::recorded& now = (*own.history)[own.role * own.count + i];
              now.called = rc11::call_begins(engine, own.roles);
              now.returned = rc11::call_ends(engine);
            }
          },
          &one, {});
    for (unsigned role = 0; role < roles; ++role) here.thread_join(role + 1, {});
  };
  history.resize(roles * count);
  rc11::explorer check;
  const auto seen = check.explore(program, {}, [&] {
    calls timed = history;
    if (rc11::in_real_time(timed))
      ++found[order_of(timed)];
    else
      ++untimely;
    return true;
  });
  BOOST_TEST(seen.exhausted);
  return found;
}

/// Orders that come of all sequences of begins and ends.
void interleave(calls& history, unsigned roles, unsigned count, std::vector<unsigned>& done, std::uint64_t now,
                std::set<precedence>& found) {
  bool over = true;
  for (unsigned role = 0; role < roles; ++role) {
    if (done[role] == 2 * count) continue;
    over = false;
    harness::recorded& call = history[role * count + done[role] / 2];
    (done[role] % 2 == 0 ? call.called : call.returned) = now;
    ++done[role];
    interleave(history, roles, count, done, now + 1, found);
    --done[role];
  }
  if (over) found.insert(order_of(history));
}

void expect_each_once(unsigned roles, unsigned count, std::size_t orders, unsigned allowed_untimely) {
  calls history(roles * count);
  std::vector<unsigned> done(roles);
  std::set<precedence> expected;
  interleave(history, roles, count, done, 0, expected);
  BOOST_TEST(expected.size() == orders);
  unsigned untimely = 0;
  std::set<precedence> seen;
  for (const auto& [order, executions] : explored(roles, count, untimely)) {
    seen.insert(order);
    BOOST_TEST(executions == 1U);
  }
  BOOST_TEST((seen == expected));
  BOOST_TEST(untimely == allowed_untimely);
}

}  // namespace

/// 20 partial orders, one of which needs both threads to begin a second call in ignorance of the other's first.
BOOST_AUTO_TEST_CASE(two_threads_with_two_calls) {
  expect_each_once(2, 2, 19, 1);
}

/// All 19 partial orders of three elements. A begin that looks at a thread's count before a call of that thread ends,
/// and then at that of a thread which saw it end, is at no one time: whichever thread it is.
BOOST_AUTO_TEST_CASE(three_threads_with_a_call) {
  expect_each_once(3, 1, 19, 3);
}

/// Of 219 partial orders of four elements, 12 are two pairs that know nothing of each other.
BOOST_AUTO_TEST_CASE(four_threads_with_a_call) {
  expect_each_once(4, 1, 207, 142);
}

BOOST_AUTO_TEST_CASE(a_history_has_few_threads) {
  rc11::explorer check;
  const auto seen = check.explore([] { rc11::start_history(*rc11::explorer::current(), rc11::most_stamped); }, {});
  BOOST_REQUIRE(seen.broken);
  BOOST_TEST(seen.broken->message.find("at most 7 threads, not 8") != std::string::npos, seen.broken->message);
}
