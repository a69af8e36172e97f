/// That a search keeps within what it was given, says so where that ended it, and knows about how much there is to do.

#define BOOST_TEST_MODULE rc11_budgets
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/rc11/explorer.hpp"
#include "models/rc11/memory.hpp"

namespace {

namespace rc11 = gauntlet::rc11;
using rc11::order;

constexpr std::size_t mebibyte = std::size_t{1} << 20U;

rc11::explorer& here() {
  return *rc11::explorer::current();
}

struct word {
  word() { here().create(this, 4, 0, {}); }
  word(const word&) = delete;
  word& operator=(const word&) = delete;
  unsigned load(order how) const { return static_cast<unsigned>(here().load(this, 4, how, {})); }
  void store(unsigned value, order how) { here().store(this, 4, value, how, {}); }
  bool exchange_if(unsigned expected, unsigned desired, order how) {
    rc11::bits seen = expected;
    return here().compare_exchange(this, 4, seen, desired, how, order::relaxed, false, {});
  }
  alignas(4) unsigned char bytes[4];
};

using body = std::function<void()>;

void together(const std::vector<body>& all) {
  for (const auto& one : all)
    here().thread_start([](void* it) { (*static_cast<const body*>(it))(); }, const_cast<body*>(&one), {});
  for (unsigned i = 1; i <= all.size(); ++i) here().thread_join(i, {});
}

void lock_and_unlock(unsigned threads) {
  word lock;
  const body once = [&] {
    here().await_begin({});
    while (!lock.exchange_if(0, 1, order::acquire)) here().await_again({});
    here().await_end();
    lock.store(0, order::release);
  };
  together(std::vector<body>(threads, once));
}

/// Readers of different words, and who writes them all: 2 to the power of how many.
void independent_readers(unsigned count) {
  std::vector<word> all(count);
  std::vector<body> bodies;
  for (unsigned i = 0; i < count; ++i) bodies.emplace_back([&all, i] { all[i].load(order::relaxed); });
  bodies.emplace_back([&all] {
    for (auto& each : all) each.store(1, order::relaxed);
  });
  together(bodies);
}

/// The same search, with so much more memory than the process has now.
rc11::statistics explore_within(std::size_t more, const body& program) {
  rc11::limits how;
  how.memory = rc11::resident() + more;
  how.seconds = 60;
  rc11::explorer check;
  const auto found = check.explore(program, how);
  // A look comes late by as much as may go unlooked at, and by what one allocation or graph is.
  BOOST_TEST(rc11::resident() < how.memory + 48 * mebibyte);
  return found;
}

void expect_out_of_memory(const rc11::statistics& found) {
  BOOST_TEST(found.out_of_memory);
  BOOST_TEST(!found.exhausted);
  BOOST_TEST(!found.broken);
}

/// Takes memory, which no compiler may find needless.
void take(void* storage, std::size_t size) {
  std::memset(storage, 1, size);
  asm volatile("" : : "r"(storage) : "memory");
}

BOOST_AUTO_TEST_CASE(one_execution_that_allocates_for_ever_is_ended) {
  const body allocates = [] {
    for (;;) take(new unsigned char[mebibyte / 16], mebibyte / 16);
  };
  expect_out_of_memory(explore_within(32 * mebibyte, allocates));
  // What it had is given back: the next search has room.
  BOOST_TEST(explore_within(32 * mebibyte, [] { independent_readers(8); }).complete == 256U);
}

BOOST_AUTO_TEST_CASE(more_than_a_thread_may_allocate_is_named) {
  rc11::explorer check;
  const auto explore = [&] {
    check.explore(
        [] {
          together({[] {
            for (;;) take(new unsigned char[mebibyte], 1);
          }});
        },
        {});
  };
  BOOST_CHECK_EXCEPTION(explore(), std::runtime_error, [](const auto& thrown) {
    return std::string(thrown.what()) == "rc11: thread 1 allocates more than 64 MiB in one execution";
  });
}

BOOST_AUTO_TEST_CASE(executions_that_leave_something_behind_are_ended) {
  // As a library does that was abandoned in the midst of a call.
  expect_out_of_memory(explore_within(64 * mebibyte, [] {
    independent_readers(14);
    take(std::malloc(mebibyte / 8), mebibyte / 8);
  }));
}

BOOST_AUTO_TEST_CASE(what_is_set_aside_is_counted) {
  expect_out_of_memory(explore_within(64 * mebibyte, [] {
    for (unsigned i = 0; i < 1000; ++i) here().choose(50000, rc11::explorer::budget::none, {});
  }));
}

BOOST_AUTO_TEST_CASE(workers_share_the_memory) {
  rc11::limits how;
  how.workers = 2;
  how.memory = 2 * (rc11::resident() + 48 * mebibyte);
  rc11::explorer check;
  expect_out_of_memory(check.explore(
      [] {
        independent_readers(14);
        take(std::malloc(mebibyte / 8), mebibyte / 8);
      },
      how));
}

BOOST_AUTO_TEST_CASE(a_search_that_ran_out_of_memory_does_not_go_on) {
  rc11::limits how;
  how.memory = 1;
  rc11::explorer check;
  const auto found = check.explore([] { independent_readers(8); }, how);
  expect_out_of_memory(found);
  BOOST_TEST(found.complete < 256U);
  BOOST_TEST(!check.resume(1).exhausted);
}

BOOST_AUTO_TEST_CASE(executions_count_whatever_comes_of_them) {
  rc11::limits how;
  how.spurious = 0;
  rc11::explorer check;
  const auto all = check.explore([] { lock_and_unlock(4); }, how);
  BOOST_TEST(all.complete == 24U);
  BOOST_REQUIRE(all.runs() > all.complete);
  how.executions = all.runs() - 1;
  const auto most = check.explore([] { lock_and_unlock(4); }, how);
  BOOST_TEST(most.runs() == how.executions);
  BOOST_TEST(!most.exhausted);
}

/// Of so many tries with so many random paths each, the one in the middle.
double guessed(const body& program, unsigned paths) {
  constexpr unsigned tries = 9;
  std::vector<double> all;
  rc11::limits how;
  how.spurious = 0;
  for (unsigned seed = 1; seed <= tries; ++seed)
    all.push_back(rc11::explorer().probe(program, how, paths, seed).executions);
  std::sort(all.begin(), all.end());
  return all[tries / 2];
}

BOOST_AUTO_TEST_CASE(about_how_much_there_is_is_known_beforehand) {
  struct known {
    const char* what;
    body program;
    double executions;
  };
  // Thread 0 looks for the last zero of an array, the others make each number one more than that before it.
  const auto last_zero = [](unsigned count) {
    std::vector<word> all(count + 1);
    std::vector<body> bodies{[&] {
      for (unsigned i = count + 1; i-- > 0;)
        if (all[i].load(order::acquire) == 0) break;
    }};
    for (unsigned i = 1; i <= count; ++i)
      bodies.emplace_back([&, i] { all[i].store(all[i - 1].load(order::acquire) + 1, order::release); });
    together(bodies);
  };
  const auto increments = [](unsigned threads) {
    word shared;
    together(
        std::vector<body>(threads, [&] { here().modify(&shared, 4, rc11::operation::add, 1, order::acq_rel, {}); }));
  };
  const std::vector<known> all{
      {"readers", [] { independent_readers(12); }, 4096},
      {"last zero", [&] { last_zero(15); }, 147456},
      {"increments", [&] { increments(8); }, 40320},
      {"a lock", [] { lock_and_unlock(6); }, 720},
  };
  for (const known& it : all) {
    const double found = guessed(it.program, 200);
    BOOST_TEST((it.executions / 10 < found && found < it.executions * 10), it.what << ": about " << found);
  }
}

BOOST_AUTO_TEST_CASE(what_was_seen_counts_for_more_the_farther_a_search_came) {
  const rc11::estimate guess{1000, 100};
  rc11::statistics seen;
  seen.complete = 10;
  seen.explored = 0.001;
  BOOST_TEST(guess.with(seen) == 1009, boost::test_tools::tolerance(0.01));
  seen.complete = 500;
  seen.explored = 0.9;
  BOOST_TEST(guess.with(seen) == 589, boost::test_tools::tolerance(0.01));
  seen.complete = 3000;
  BOOST_TEST(guess.with(seen) >= 3000);
  seen.exhausted = true;
  BOOST_TEST(guess.with(seen) == 3000);
}

}  // namespace
