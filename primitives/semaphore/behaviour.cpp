/// The semaphore's API on real threads. A test's name begins with the id of the behaviour that it covers.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <latch>
#include <limits>
#include <stdexcept>
#include <vector>

#include "harness/behaviour.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using semaphore = GAUNTLET_TYPE;

template <class S>
concept limited = requires { S::max(); };

/// The most permits that can be free at once.
template <class S>
constexpr std::uint32_t most() {
  if constexpr (limited<S>) return static_cast<std::uint32_t>(S::max());
  return std::numeric_limits<std::uint32_t>::max();
}

/// Takes all the permits. @return how many there were
unsigned drain(semaphore& tested) {
  unsigned count = 0;
  while (tested.try_acquire()) ++count;
  return count;
}

/// Threads that acquire one permit after the other, and then stay around.
class acquirers {
 public:
  acquirers(semaphore& tested, unsigned members, unsigned acquires)
      : crew_(members, [this, &tested, acquires](unsigned) {
          for (unsigned i = 0; i < acquires; ++i) {
            tested.acquire();
            ++passed_;
          }
          leave_.wait();
        }) {}
  ~acquirers() { leave_.count_down(); }
  acquirers(const acquirers&) = delete;
  acquirers& operator=(const acquirers&) = delete;

  /// How many acquires have returned, once no member can go on by itself.
  unsigned passed() const {
    crew_.until_all_blocked();
    return passed_;
  }

 private:
  std::atomic<unsigned> passed_{0};
  std::latch leave_{1};
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

using limited_types =
    gauntlet::harness::only_if<(most<semaphore>() < std::numeric_limits<std::uint32_t>::max()), semaphore>;

BOOST_AUTO_TEST_CASE_TEMPLATE(S1_too_many_initial_permits, S, limited_types) {
  BOOST_CHECK_THROW(S(most<S>() + 1), std::invalid_argument);
  BOOST_CHECK_THROW(S(static_cast<std::uint32_t>(-1)), std::invalid_argument);
  S all(most<S>());
  BOOST_TEST(all.try_acquire());
}

BOOST_AUTO_TEST_CASE(S2_acquire_and_release) {
  semaphore one(1);
  one.acquire();
  one.release();
  one.acquire();
  one.release();
  semaphore two(2);
  two.acquire();
  two.acquire();
  two.release();
  two.acquire();
  two.release();
  two.release();
  BOOST_TEST(drain(one) == 1U);
  BOOST_TEST(drain(two) == 2U);
}

BOOST_AUTO_TEST_CASE(S3_destroyed_with_a_permit_taken) {
  semaphore tested(1);
  tested.acquire();
}

BOOST_AUTO_TEST_CASE(S4_each_permit_lets_one_acquire_through) {
  semaphore tested(7);
  tested.acquire();
  acquirers tasks(tested, 10, 2);
  BOOST_TEST(tasks.passed() == 6U);
  for (unsigned i = 0; i < 7; ++i) tested.release();
  BOOST_TEST(tasks.passed() == 13U);
  for (unsigned i = 0; i < 6; ++i) tested.release();
  BOOST_TEST(tasks.passed() == 19U);
  BOOST_TEST(!tested.try_acquire());
  tested.release();
  BOOST_TEST(tasks.passed() == 20U);
  BOOST_TEST(!tested.try_acquire());
}

BOOST_AUTO_TEST_CASE(S5_release_of_n_lets_n_acquires_through) {
  semaphore tested(7);
  tested.acquire();
  acquirers tasks(tested, 10, 2);
  BOOST_TEST(tasks.passed() == 6U);
  tested.release(7);
  BOOST_TEST(tasks.passed() == 13U);
  tested.release(6);
  BOOST_TEST(tasks.passed() == 19U);
  BOOST_TEST(!tested.try_acquire());
  tested.release(1);
  BOOST_TEST(tasks.passed() == 20U);
  BOOST_TEST(!tested.try_acquire());
}

BOOST_AUTO_TEST_CASE(S6_try_acquire_until_empty) {
  semaphore tested(2);
  BOOST_TEST(tested.try_acquire());
  BOOST_TEST(tested.try_acquire());
  BOOST_TEST(!tested.try_acquire());
  tested.release();
  BOOST_TEST(tested.try_acquire());
  BOOST_TEST(!tested.try_acquire());
}

BOOST_AUTO_TEST_CASE(S7_contended_tries_succeed_as_often_as_there_are_permits) {
  semaphore tested(3);
  std::atomic<unsigned> taken{0};
  std::latch ready(5);
  crew tasks(5, [&](unsigned) {
    ready.arrive_and_wait();
    for (unsigned i = 0; i < 2; ++i)
      if (tested.try_acquire()) ++taken;
  });
  tasks.wait();
  BOOST_TEST(taken == 3U);
}

BOOST_AUTO_TEST_CASE(S8_timed_acquire) {
  semaphore tested(2);
  BOOST_TEST(tested.try_acquire_for(5ms));
  BOOST_TEST(tested.try_acquire_until(std::chrono::steady_clock::now() + 5ms));
  BOOST_TEST(!tested.try_acquire_for(5ms));
  tested.release();
  BOOST_TEST(tested.try_acquire_for(5ms));

  bool acquired = true;
  BOOST_TEST(about(duration_of([&] { acquired = tested.try_acquire_for(100ms); }), 100ms));
  BOOST_TEST(!acquired);
  BOOST_TEST(about(duration_of([&] { acquired = tested.try_acquire_until(std::chrono::system_clock::now() + 100ms); }),
                   100ms));
  BOOST_TEST(!acquired);
  BOOST_TEST(about(duration_of([&] { acquired = tested.try_acquire_until(user_clock::now() + 100ms); }), 100ms));
  BOOST_TEST(!acquired);
  BOOST_TEST(drain(tested) == 0U);
}

BOOST_AUTO_TEST_CASE(S8_timed_acquire_is_woken_by_release) {
  semaphore tested(0);
  std::atomic<bool> acquired{false};
  crew waiter(1, [&](unsigned) { acquired = tested.try_acquire_for(1h); });
  waiter.until_all_blocked();
  tested.release();
  waiter.wait();
  BOOST_TEST(acquired);
  BOOST_TEST(drain(tested) == 0U);
}

BOOST_AUTO_TEST_CASE(S8_waiter_that_gave_up_leaves_the_semaphore_usable) {
  semaphore tested(0);
  BOOST_TEST(!tested.try_acquire_for(1ms));
  acquirers tasks(tested, 2, 1);
  BOOST_TEST(tasks.passed() == 0U);
  tested.release();
  BOOST_TEST(tasks.passed() == 1U);
  tested.release();
  BOOST_TEST(tasks.passed() == 2U);
  BOOST_TEST(!tested.try_acquire());
}

/// A count of waiters that forgets those who gave up would have overflown 16 bits by now.
BOOST_AUTO_TEST_CASE(S8_many_who_gave_up_leave_no_trace) {
  semaphore tested(0);
  for (unsigned i = 0; i < 0xffff; ++i) BOOST_REQUIRE(!tested.try_acquire_for(0s));
  acquirers one(tested, 1, 1);
  BOOST_TEST(one.passed() == 0U);
  tested.release();
  BOOST_TEST(one.passed() == 1U);
}

BOOST_AUTO_TEST_CASE(S9_one_permit_unless_told_otherwise) {
  semaphore tested;
  tested.acquire();
  acquirers second(tested, 1, 1);
  BOOST_TEST(second.passed() == 0U);
  tested.release();
  BOOST_TEST(second.passed() == 1U);
}

BOOST_AUTO_TEST_CASE(S12_release_beyond_the_initial_permits) {
  semaphore tested(1);
  tested.release();
  BOOST_TEST(drain(tested) == 2U);
  semaphore none(0);
  none.release(5);
  BOOST_TEST(drain(none) == 5U);
}

BOOST_AUTO_TEST_CASE(S14_never_more_inside_than_permitted) {
  semaphore tested(3);
  std::atomic<int> inside{0};
  std::atomic<int> most_inside{0};
  crew tasks(10, [&](unsigned) {
    for (unsigned i = 0; i < 100; ++i) {
      tested.acquire();
      const int now = ++inside;
      for (int seen = most_inside; seen < now && !most_inside.compare_exchange_weak(seen, now);) {
      }
      --inside;
      tested.release();
    }
  });
  tasks.wait();
  BOOST_TEST(most_inside <= 3);
  BOOST_TEST(drain(tested) == 3U);
}

BOOST_AUTO_TEST_CASE(X2_release_of_no_permit_is_an_error) {
  semaphore tested(1);
  BOOST_CHECK_THROW(tested.release(0), std::invalid_argument);
  BOOST_TEST(drain(tested) == 1U);
}

BOOST_AUTO_TEST_CASE(X2_release_beyond_the_limit_releases_nothing) {
  semaphore tested(most<semaphore>() - 2);
  BOOST_CHECK_THROW(tested.release(3), std::overflow_error);
  BOOST_CHECK_THROW(tested.release(most<semaphore>()), std::overflow_error);
  BOOST_CHECK_THROW(tested.release(std::numeric_limits<std::uint32_t>::max()), std::overflow_error);
  // That none of them added a permit shows in that there's room for two.
  tested.release(2);
  BOOST_CHECK_THROW(tested.release(), std::overflow_error);
  tested.acquire();
  tested.release();
  BOOST_CHECK_THROW(tested.release(), std::overflow_error);
}

BOOST_AUTO_TEST_CASE(X2_failed_release_wakes_nobody) {
  semaphore tested(0);
  acquirers tasks(tested, 2, 1);
  BOOST_TEST(tasks.passed() == 0U);
  BOOST_CHECK_THROW(tested.release(0), std::invalid_argument);
  BOOST_TEST(tasks.passed() == 0U);
  tested.release(2);
  BOOST_TEST(tasks.passed() == 2U);
}

/// Waits that end at or before their beginning.
const std::vector<std::function<bool(semaphore&)>> passed_deadlines{
    [](semaphore& s) { return s.try_acquire_for(0s); },
    [](semaphore& s) { return s.try_acquire_for(-1ns); },
    [](semaphore& s) { return s.try_acquire_for(-1h); },
    [](semaphore& s) { return s.try_acquire_for(std::chrono::nanoseconds::min()); },
    [](semaphore& s) { return s.try_acquire_for(std::chrono::hours::min()); },
    [](semaphore& s) { return s.try_acquire_for(std::chrono::duration<double>(-0.5)); },
    [](semaphore& s) { return s.try_acquire_until(std::chrono::steady_clock::time_point()); },
    [](semaphore& s) { return s.try_acquire_until(std::chrono::steady_clock::time_point(-1ns)); },
    [](semaphore& s) { return s.try_acquire_until(std::chrono::steady_clock::time_point::min()); },
    [](semaphore& s) { return s.try_acquire_until(std::chrono::system_clock::time_point()); },
    [](semaphore& s) { return s.try_acquire_until(std::chrono::system_clock::time_point(-10s)); },
    [](semaphore& s) { return s.try_acquire_until(std::chrono::system_clock::time_point::min()); },
    [](semaphore& s) { return s.try_acquire_until(user_clock::time_point()); },
    [](semaphore& s) { return s.try_acquire_until(user_clock::now() - 1h); },
};

BOOST_AUTO_TEST_CASE(STD5_passed_deadline_gives_up_at_once) {
  for (std::size_t i = 0; i < passed_deadlines.size(); ++i) {
    BOOST_TEST_CONTEXT("passed_deadlines[" << i << "]") {
      semaphore tested(0);
      bool acquired = true;
      BOOST_TEST(duration_of([&] { acquired = passed_deadlines[i](tested); }).count() < 1'000'000'000);
      BOOST_TEST(!acquired);
      // A permit that is there is taken nevertheless.
      tested.release();
      BOOST_TEST(passed_deadlines[i](tested));
      BOOST_TEST(drain(tested) == 0U);
    }
  }
}

/// Waits that don't end in our lifetime; computed carelessly, each of them overflows.
const std::vector<std::function<bool(semaphore&)>> far_deadlines{
    [](semaphore& s) { return s.try_acquire_for(std::chrono::nanoseconds::max()); },
    [](semaphore& s) { return s.try_acquire_for(std::chrono::seconds::max()); },
    [](semaphore& s) { return s.try_acquire_for(std::chrono::hours::max()); },
    [](semaphore& s) { return s.try_acquire_for(std::chrono::duration<double>::max()); },
    [](semaphore& s) { return s.try_acquire_for(std::chrono::duration<float>(1e30F)); },
    [](semaphore& s) { return s.try_acquire_until(std::chrono::steady_clock::time_point::max()); },
    [](semaphore& s) { return s.try_acquire_until(std::chrono::system_clock::time_point::max()); },
    [](semaphore& s) { return s.try_acquire_until(user_clock::time_point::max()); },
};

BOOST_AUTO_TEST_CASE(STD5_far_deadline_waits) {
  semaphore tested(0);
  const auto all = static_cast<unsigned>(far_deadlines.size());
  std::atomic<unsigned> acquired{0};
  crew waiters(all, [&](unsigned i) { acquired += far_deadlines[i](tested) ? 1U : 0U; });
  waiters.until_all_blocked();
  tested.release(all);
  waiters.wait();
  BOOST_TEST(acquired == all);
}

}  // namespace
