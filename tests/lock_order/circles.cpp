/// Circles that the lock-order checker must tell, though nothing deadlocks, and how.

#define BOOST_TEST_MODULE lock_order_circles
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <latch>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "lock_order/checker.hpp"
#include "primitives/condition/condition.hpp"
#include "primitives/mutex/clh_lock.hpp"
#include "primitives/mutex/mcs_lock.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/mutex/spin_lock.hpp"
#include "primitives/mutex/ticket_lock.hpp"
#include "primitives/recursive_mutex/recursive_mutex.hpp"
#include "primitives/shared_mutex/shared_mutex.hpp"
#include "tests/lock_order/listening.hpp"

namespace {

using namespace std::chrono_literals;
using gauntlet::mutex;
using gauntlet::lock_order::inversion;
using gauntlet::lock_order::listening;
using gauntlet::lock_order::nest;
using gauntlet::lock_order::nest_here;
using gauntlet::lock_order::told;
namespace lock_order = gauntlet::lock_order;
namespace sync = gauntlet::sync;

mutex at_global_scope;
constinit mutex constant;

/// "a → b → a".
std::string circle(const inversion& found) {
  std::string text;
  for (const auto& step : found.circle) text += step.held + " → ";
  return text + found.circle.back().taken;
}

BOOST_FIXTURE_TEST_SUITE(circles, listening)

BOOST_AUTO_TEST_CASE(two_locks_with_names_and_the_lines_of_all_four_acquisitions) {
  mutex left;
  mutex right;
  sync::name_lock(left, "left");
  sync::name_lock(right, "right");
  const unsigned first = __LINE__ + 1;
  std::thread([&] {
    const std::lock_guard outer(left);
    const std::lock_guard inner(right);
  }).join();
  BOOST_TEST(told.empty());
  std::thread([&] {
    right.lock();
    left.lock();
    left.unlock();
    right.unlock();
  }).join();
  BOOST_TEST_REQUIRE(told.size() == 1U);
  BOOST_TEST(circle(told[0]) == "left → right → left");
  const auto& [forth, back] = std::tie(told[0].circle[0], told[0].circle[1]);
  BOOST_TEST(forth.held_at.line == first + 1);
  BOOST_TEST(forth.taken_at.line == first + 2);
  BOOST_TEST(back.held_at.line == first + 6);
  BOOST_TEST(back.taken_at.line == first + 7);
  BOOST_TEST(forth.thread != back.thread);
  for (const auto& where : {forth.held_at, forth.taken_at, back.held_at, back.taken_at})
    BOOST_TEST(where.file == "tests/lock_order/circles.cpp");
  const std::string text = describe(told[0]);
  BOOST_TEST(text.starts_with("lock-order inversion: left → right at " + to_string(forth.taken_at) +
                              ", right → left at " + to_string(back.taken_at) + "\n"),
             text);
}

BOOST_AUTO_TEST_CASE(one_thread_is_enough_and_the_same_circle_is_told_once) {
  mutex left;
  mutex right;
  for (int i = 0; i < 3; ++i) {
    {
      const std::lock_guard outer(left);
      const std::lock_guard inner(right);
    }
    const std::lock_guard outer(right);
    const std::lock_guard inner(left);
  }
  BOOST_TEST(told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(three_locks_no_two_of_which_are_ever_taken_in_both_orders) {
  mutex a;
  mutex b;
  mutex c;
  sync::name_lock(a, "a");
  sync::name_lock(b, "b");
  sync::name_lock(c, "c");
  nest(a, b);
  nest(b, c);
  BOOST_TEST(told.empty());
  nest(c, a);
  BOOST_TEST_REQUIRE(told.size() == 1U);
  BOOST_TEST(circle(told[0]) == "a → b → c → a");
}

/// The third pair turns the order of what is known round; the fourth closes the circle, in the order that it was.
BOOST_AUTO_TEST_CASE(a_circle_of_two_chains) {
  mutex a;
  mutex b;
  mutex c;
  mutex d;
  nest(a, b);
  nest(c, d);
  nest(d, a);
  BOOST_TEST(told.empty());
  nest(b, c);
  BOOST_TEST(told.size() == 1U);
}

/// Against a table of what leads where: pairs at random, each of which closes a circle or doesn't.
BOOST_AUTO_TEST_CASE(every_circle_and_nothing_else_is_told) {
  constexpr unsigned seed = 1;
  std::mt19937 random(seed);
  for (int round = 0; round < 5; ++round) {
    constexpr std::size_t count = 8;
    std::vector<mutex> locks(count);
    std::array<std::array<bool, count>, count> known{};
    std::array<std::array<bool, count>, count> leads{};
    told.clear();
    std::size_t expected = 0;
    for (int pairs = 0; pairs < 40; ++pairs) {
      const std::size_t from = random() % count;
      const std::size_t to = random() % count;
      if (from == to) continue;
      nest_here(locks[from], locks[to]);
      if (std::exchange(known[from][to], true)) continue;
      if (leads[to][from]) {
        ++expected;
        continue;
      }
      for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j < count; ++j)
          if ((i == from || leads[i][from]) && (j == to || leads[to][j])) leads[i][j] = true;
    }
    BOOST_TEST(told.size() == expected, "round " << round << " of seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(of_two_circles_that_close_at_once_the_shorter_one_is_told) {
  std::vector<mutex> chain(50);
  mutex end;
  sync::name_lock(chain.front(), "front");
  sync::name_lock(end, "end");
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) nest(chain[i], chain[i + 1]);
  nest(chain.back(), end);
  nest(chain.front(), end);
  nest(end, chain.front());
  BOOST_TEST_REQUIRE(told.size() == 1U);
  BOOST_TEST(circle(told[0]) == "front → end → front");
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_held_further_out_counts) {
  mutex outer;
  mutex middle;
  mutex inner;
  {
    const std::lock_guard first(outer);
    const std::lock_guard second(middle);
    const std::lock_guard third(inner);
  }
  nest(inner, outer);
  BOOST_TEST(told.size() == 1U);
}

/// What the thread that is told lets go of.
thread_local mutex* mine = nullptr;

/// Each thread waits for the other's lock only when both have theirs: a deadlock, but that who is told lets go.
BOOST_AUTO_TEST_CASE(a_deadlock_is_told_before_the_last_thread_waits) {
  lock_order::set_handler([](const inversion& found) {
    listening::remember(found);
    std::exchange(mine, nullptr)->unlock();
  });
  mutex locks[2];
  std::latch both_hold(2);
  const auto deadlock = [&](mutex& own, mutex& others) {
    own.lock();
    mine = &own;
    both_hold.arrive_and_wait();
    others.lock();
    others.unlock();
    if (mine != nullptr) mine->unlock();
  };
  std::thread one([&] { deadlock(locks[0], locks[1]); });
  std::thread other([&] { deadlock(locks[1], locks[0]); });
  one.join();
  other.join();
  BOOST_TEST(told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_lock_that_its_holder_waits_for_again) {
  gauntlet::shared_mutex lock;
  sync::name_lock(lock, "cache");
  lock.lock_shared();
  lock.lock_shared();
  lock.unlock_shared();
  lock.unlock_shared();
  BOOST_TEST_REQUIRE(told.size() == 1U);
  BOOST_TEST(circle(told[0]) == "cache → cache");
  BOOST_TEST(describe(told[0]).find("by the thread that holds it") != std::string::npos);
}

/// Two readers and two writers deadlock, as a waiting writer holds off readers.
BOOST_AUTO_TEST_CASE(read_locks_in_opposite_orders) {
  gauntlet::shared_mutex left;
  gauntlet::shared_mutex right;
  const auto read = [](auto& first, auto& second) {
    const std::shared_lock outer(first);
    const std::shared_lock inner(second);
  };
  read(left, right);
  read(right, left);
  BOOST_TEST(told.size() == 1U);
}

template <class Lock>
void expect_inversion_between_locks_of_a_type() {
  Lock left;
  Lock right;
  nest(left, right);
  nest(right, left);
  BOOST_TEST(told.size() == 1U);
  told.clear();
}

BOOST_AUTO_TEST_CASE(every_lock_takes_part) {
  expect_inversion_between_locks_of_a_type<mutex>();
  expect_inversion_between_locks_of_a_type<gauntlet::spin_lock>();
  expect_inversion_between_locks_of_a_type<gauntlet::ticket_lock>();
  expect_inversion_between_locks_of_a_type<gauntlet::mcs_lock>();
  expect_inversion_between_locks_of_a_type<gauntlet::clh_lock>();
  expect_inversion_between_locks_of_a_type<gauntlet::recursive_mutex>();
  expect_inversion_between_locks_of_a_type<gauntlet::shared_mutex>();
}

BOOST_AUTO_TEST_CASE(what_the_holder_of_a_tried_lock_waits_for_counts) {
  mutex left;
  mutex right;
  BOOST_TEST(left.try_lock());
  right.lock();
  right.unlock();
  left.unlock();
  nest(right, left);
  BOOST_TEST(told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_wait_that_takes_its_lock_again_counts) {
  mutex outer;
  mutex inner;
  gauntlet::condition changed;
  inner.lock();
  outer.lock();
  changed.wait_for(inner, 1ms);
  outer.unlock();
  inner.unlock();
  BOOST_TEST(told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_third_lock_around_both_orders_does_not_hide_them) {
  mutex gate;
  mutex left;
  mutex right;
  const auto under_the_gate = [&](mutex& first, mutex& second) {
    const std::lock_guard outermost(gate);
    nest(first, second);
  };
  under_the_gate(left, right);
  under_the_gate(right, left);
  BOOST_TEST(told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(locks_without_a_name_are_told_by_their_variable_or_where_they_were_made) {
  mutex local;
  const unsigned made = __LINE__ - 1;
  nest(at_global_scope, local);
  nest(local, constant);
  nest(constant, at_global_scope);
  BOOST_TEST_REQUIRE(told.size() == 1U);
  const auto& steps = told[0].circle;
  BOOST_TEST_REQUIRE(steps.size() == 3U);
  BOOST_TEST(steps[0].held == "(anonymous namespace)::at_global_scope");
  BOOST_TEST(steps[2].held == "(anonymous namespace)::constant");
  BOOST_TEST(steps[1].held.starts_with("mutex of "), steps[1].held);
  BOOST_TEST(steps[1].held.find("circles.cpp:" + std::to_string(made)) != std::string::npos, steps[1].held);
}

BOOST_AUTO_TEST_SUITE_END()

/// In a process of its own: the standard error of `program`, which must abort.
std::string last_words(void (*program)()) {
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);
    program();
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  char part[4096];
  for (ssize_t n = 0; (n = read(ends[0], part, sizeof part)) > 0;) said.append(part, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
  return said;
}

BOOST_AUTO_TEST_CASE(without_a_handler_it_prints_and_aborts) {
  const std::string said = last_words([] {
    mutex left;
    mutex right;
    sync::name_lock(left, "left");
    sync::name_lock(right, "right");
    nest_here(left, right);
    nest_here(right, left);
  });
  BOOST_TEST(said.starts_with("lock-order inversion: left → right at "), said);
  BOOST_TEST(said.find(" took right at tests/lock_order/listening.hpp:") != std::string::npos, said);
  BOOST_TEST_MESSAGE(said);
}

}  // namespace
