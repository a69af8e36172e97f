/// The event's API on real threads. A test's name begins with the id of the behaviour that it covers.

#include <sched.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <latch>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "harness/behaviour.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using event = GAUNTLET_TYPE;

/// Threads that each wait once.
class waiters {
 public:
  waiters(unsigned members, std::function<bool(unsigned)> wait)
      : members_(members),
        crew_(members, [this, wait = std::move(wait)](unsigned i) { saw_set_ += wait(i) ? 1U : 0U; }) {}

  void until_blocked() const { crew_.until_all_blocked(); }

  /// How many waits returned true, once all have returned.
  unsigned saw_set() {
    crew_.wait();
    return saw_set_;
  }

  /// How many members have finished, once all have or `most` is over: for waits that may never return.
  unsigned finished_within(std::chrono::milliseconds most) const {
    const auto end = std::chrono::steady_clock::now() + most;
    unsigned finished = 0;
    do {
      if (finished != 0) std::this_thread::sleep_for(200us);
      finished = 0;
      for (unsigned i = 0; i < members_; ++i) finished += crew_.finished(i) ? 1U : 0U;
    } while (finished < members_ && std::chrono::steady_clock::now() < end);
    return finished;
  }

 private:
  unsigned members_;
  std::atomic<unsigned> saw_set_{0};
  crew crew_;
};

/// A clock with an epoch and a unit of its own.
struct user_clock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<user_clock>;
  [[maybe_unused]] static constexpr bool is_steady = true;

  static time_point now() {
    return time_point(1'000'000h + std::chrono::floor<duration>(std::chrono::steady_clock::now().time_since_epoch()));
  }
};

BOOST_AUTO_TEST_CASE(E1_E5_set_and_clear_are_idempotent_and_is_set_tells) {
  event tested;
  BOOST_TEST(!tested.is_set());
  tested.clear();
  BOOST_TEST(!tested.is_set());
  tested.set();
  BOOST_TEST(tested.is_set());
  tested.set();
  BOOST_TEST(tested.is_set());
  tested.clear();
  BOOST_TEST(!tested.is_set());
  tested.clear();
  BOOST_TEST(!tested.is_set());
}

BOOST_AUTO_TEST_CASE(E2_set_wakes_all_waiters) {
  event tested;
  for (unsigned round = 0; round < 2; ++round) {
    waiters five(5, [&](unsigned) { return tested.wait() && tested.wait(); });
    five.until_blocked();
    tested.set();
    BOOST_TEST(five.saw_set() == 5U);
    tested.clear();
  }
}

BOOST_AUTO_TEST_CASE(E2_cleared_event_makes_threads_wait_again) {
  event tested;
  tested.set();
  tested.clear();
  waiters five(5, [&](unsigned) { return tested.wait(); });
  five.until_blocked();
  tested.set();
  BOOST_TEST(five.saw_set() == 5U);
}

BOOST_AUTO_TEST_CASE(E3_timed_wait) {
  event tested;
  bool saw_set = true;
  BOOST_TEST(!tested.wait_for(0s));
  BOOST_TEST(about(duration_of([&] { saw_set = tested.wait_for(100ms); }), 100ms));
  BOOST_TEST(!saw_set);
  BOOST_TEST(about(duration_of([&] { saw_set = tested.wait_until(std::chrono::steady_clock::now() + 100ms); }), 100ms));
  BOOST_TEST(!saw_set);
  BOOST_TEST(about(duration_of([&] { saw_set = tested.wait_until(std::chrono::system_clock::now() + 100ms); }), 100ms));
  BOOST_TEST(!saw_set);
  BOOST_TEST(about(duration_of([&] { saw_set = tested.wait_until(user_clock::now() + 100ms); }), 100ms));
  BOOST_TEST(!saw_set);
  tested.set();
  BOOST_TEST(tested.wait_for(0s));
  BOOST_TEST(tested.wait_for(1h));
  BOOST_TEST(tested.wait_until(std::chrono::system_clock::now() + 1h));
}

BOOST_AUTO_TEST_CASE(E3_timed_wait_is_woken_by_set) {
  event tested;
  waiters one(1, [&](unsigned) { return tested.wait_for(1h); });
  one.until_blocked();
  tested.set();
  BOOST_TEST(one.saw_set() == 1U);
}

void expect_success(int status, const char* call) {
  if (status != 0) throw std::system_error(errno, std::generic_category(), call);
}

/// Keeps the calling thread, and those that it starts, on the processor that it is on.
class one_processor {
 public:
  one_processor() {
    expect_success(sched_getaffinity(0, sizeof before_, &before_), "sched_getaffinity");
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(sched_getcpu()), &one);
    expect_success(sched_setaffinity(0, sizeof one, &one), "sched_setaffinity");
  }
  ~one_processor() { sched_setaffinity(0, sizeof before_, &before_); }
  one_processor(const one_processor&) = delete;
  one_processor& operator=(const one_processor&) = delete;

 private:
  cpu_set_t before_;
};

/// On one processor, a batch thread that is woken waits its turn: it doesn't preempt the thread that woke it.
void yield_to_waker() {
  const sched_param none{};
  expect_success(sched_setscheduler(0, SCHED_BATCH, &none), "sched_setscheduler");
}

/// The scheduler lets set() and clear() pass before a woken waiter runs, but for a rare tick in between; hence some
/// rounds. A lost set() is made up for, lest the waiters keep this process from ending.
BOOST_AUTO_TEST_CASE(E4_set_then_clear_wakes_who_waits) {
  const one_processor here;
  event tested;
  for (unsigned round = 0; round < 5; ++round) {
    waiters some(4, [&](unsigned i) {
      yield_to_waker();
      return i % 2 == 0 ? tested.wait() : tested.wait_for(1h);
    });
    some.until_blocked();
    tested.set();
    tested.clear();
    const unsigned returned = some.finished_within(2s);
    BOOST_TEST(!tested.is_set());
    tested.set();
    BOOST_TEST(some.saw_set() == 4U);
    tested.clear();
    BOOST_TEST_REQUIRE(returned == 4U,
                       "set() then clear() let only " << returned << " of 4 waiters through within 2 s");
  }
}

BOOST_AUTO_TEST_CASE(X5_set_from_many_threads) {
  event tested;
  waiters some(3, [&](unsigned) { return tested.wait(); });
  some.until_blocked();
  std::latch ready(4);
  crew setters(4, [&](unsigned) {
    ready.arrive_and_wait();
    tested.set();
  });
  BOOST_TEST(some.saw_set() == 3U);
  setters.wait();
  BOOST_TEST(tested.is_set());
}

BOOST_AUTO_TEST_CASE(X5_waits_return_in_a_storm_of_set_and_clear) {
  event tested;
  std::atomic<bool> over{false};
  crew storm(2, [&](unsigned) {
    while (!over) {
      tested.set();
      tested.clear();
    }
  });
  waiters some(3, [&](unsigned) {
    unsigned saw_set = 0;
    for (unsigned i = 0; i < 100; ++i) saw_set += tested.wait() ? 1U : 0U;
    return saw_set == 100;
  });
  BOOST_TEST(some.saw_set() == 3U);
  over = true;
}

/// Waits that end at or before their beginning.
const std::vector<std::function<bool(event&)>> passed_deadlines{
    [](event& e) { return e.wait_for(0s); },
    [](event& e) { return e.wait_for(-1ns); },
    [](event& e) { return e.wait_for(-1h); },
    [](event& e) { return e.wait_for(std::chrono::nanoseconds::min()); },
    [](event& e) { return e.wait_for(std::chrono::hours::min()); },
    [](event& e) { return e.wait_for(std::chrono::duration<double>(-0.5)); },
    [](event& e) { return e.wait_until(std::chrono::steady_clock::time_point()); },
    [](event& e) { return e.wait_until(std::chrono::steady_clock::time_point(-1ns)); },
    [](event& e) { return e.wait_until(std::chrono::steady_clock::time_point::min()); },
    [](event& e) { return e.wait_until(std::chrono::system_clock::time_point()); },
    [](event& e) { return e.wait_until(std::chrono::system_clock::time_point(-10s)); },
    [](event& e) { return e.wait_until(std::chrono::system_clock::time_point::min()); },
    [](event& e) { return e.wait_until(user_clock::time_point()); },
    [](event& e) { return e.wait_until(user_clock::now() - 1h); },
};

BOOST_AUTO_TEST_CASE(STD5_passed_deadline_gives_up_at_once) {
  for (std::size_t i = 0; i < passed_deadlines.size(); ++i) {
    BOOST_TEST_CONTEXT("passed_deadlines[" << i << "]") {
      event tested;
      bool saw_set = true;
      BOOST_TEST(duration_of([&] { saw_set = passed_deadlines[i](tested); }).count() < 1'000'000'000);
      BOOST_TEST(!saw_set);
      tested.set();
      BOOST_TEST(passed_deadlines[i](tested));
    }
  }
}

/// Waits that don't end in our lifetime; computed carelessly, each of them overflows.
const std::vector<std::function<bool(event&)>> far_deadlines{
    [](event& e) { return e.wait_for(std::chrono::nanoseconds::max()); },
    [](event& e) { return e.wait_for(std::chrono::seconds::max()); },
    [](event& e) { return e.wait_for(std::chrono::hours::max()); },
    [](event& e) { return e.wait_for(std::chrono::duration<double>::max()); },
    [](event& e) { return e.wait_for(std::chrono::duration<float>(1e30F)); },
    [](event& e) { return e.wait_until(std::chrono::steady_clock::time_point::max()); },
    [](event& e) { return e.wait_until(std::chrono::system_clock::time_point::max()); },
    [](event& e) { return e.wait_until(user_clock::time_point::max()); },
};

BOOST_AUTO_TEST_CASE(STD5_far_deadline_waits) {
  event tested;
  const auto all = static_cast<unsigned>(far_deadlines.size());
  waiters some(all, [&](unsigned i) { return far_deadlines[i](tested); });
  some.until_blocked();
  tested.set();
  BOOST_TEST(some.saw_set() == all);
}

}  // namespace
