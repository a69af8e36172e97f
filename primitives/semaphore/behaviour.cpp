/// The semaphore's API on real threads. A test's name begins with the ids of the behaviours that it covers.

#include <pthread.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <functional>
#include <latch>
#include <limits>
#include <stdexcept>
#include <vector>

#include "harness/behaviour.hpp"
#include "primitives/semaphore/contract.hpp"
#include "primitives/semaphore/permit.hpp"
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

using bounded = gauntlet::harness::only_if<gauntlet::contracts::limited_semaphore<semaphore>, semaphore>;
using unbounded = gauntlet::harness::only_if<!gauntlet::contracts::limited_semaphore<semaphore>, semaphore>;
template <class S>
concept tells_what_is_free = requires(const S& s) { s.available(); };
using countable = gauntlet::harness::only_if<tells_what_is_free<semaphore>, semaphore>;

/// A semaphore without free permits, and with room for as many as a test here releases.
semaphore exhausted() {
  return gauntlet::contracts::with_permits<semaphore>(0, 100);
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
  semaphore tested = exhausted();
  std::atomic<bool> acquired{false};
  crew waiter(1, [&](unsigned) { acquired = tested.try_acquire_for(1h); });
  waiter.until_all_blocked();
  tested.release();
  waiter.wait();
  BOOST_TEST(acquired);
  BOOST_TEST(drain(tested) == 0U);
}

BOOST_AUTO_TEST_CASE(S8_waiter_that_gave_up_leaves_the_semaphore_usable) {
  semaphore tested = exhausted();
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
  semaphore tested = exhausted();
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

BOOST_AUTO_TEST_CASE(S10_a_scope_gives_its_permit_back_however_it_ends) {
  semaphore tested(2);
  {
    const gauntlet::permit outer(tested);
    const gauntlet::permit inner(tested);
    BOOST_TEST(!tested.try_acquire());
  }
  const auto thrower = [&] {
    const gauntlet::permit outer(tested);
    const gauntlet::permit inner(tested);
    throw std::domain_error("on purpose");
  };
  BOOST_CHECK_THROW(thrower(), std::domain_error);
  BOOST_TEST(drain(tested) == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(S11_available_tells_how_many_permits_are_free, S, countable) {
  S tested(3);
  BOOST_TEST(tested.available() == 3U);
  tested.acquire();
  BOOST_TEST(tested.available() == 2U);
  tested.acquire();
  tested.acquire();
  BOOST_TEST(tested.available() == 0U);
  acquirers waiting(tested, 2, 1);
  BOOST_TEST(waiting.passed() == 0U);
  BOOST_TEST(tested.available() == 0U);
  tested.release(3);
  BOOST_TEST(waiting.passed() == 2U);
  BOOST_TEST(tested.available() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(S12_release_beyond_the_initial_permits, S, unbounded) {
  S tested(1);
  tested.release();
  BOOST_TEST(drain(tested) == 2U);
  S none(0);
  none.release(5);
  BOOST_TEST(drain(none) == 5U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(S13_X2_release_beyond_the_limit_is_an_error_and_adds_nothing, S, bounded) {
  S tested(2);
  BOOST_CHECK_THROW(tested.release(), std::overflow_error);
  tested.acquire();
  BOOST_CHECK_THROW(tested.release(2), std::overflow_error);
  BOOST_CHECK_THROW(tested.release(most<S>()), std::overflow_error);
  BOOST_CHECK_THROW(tested.release(std::numeric_limits<std::uint32_t>::max()), std::overflow_error);
  BOOST_TEST(drain(tested) == 1U);
  tested.release(2);
  BOOST_CHECK_THROW(tested.release(), std::overflow_error);
  BOOST_TEST(drain(tested) == 2U);
}

/// As many threads as permits take one each and give it back: then all are free, and not one more fits.
BOOST_AUTO_TEST_CASE_TEMPLATE(S13_each_limit_is_kept_whoever_releases, S, bounded) {
  for (unsigned limit = 1; limit <= 9; ++limit) {
    BOOST_TEST_CONTEXT("limit " << limit) {
      S tested(limit);
      crew(limit, [&](unsigned) { tested.acquire(); }).wait();
      BOOST_TEST(!tested.try_acquire());
      crew(limit, [&](unsigned) { tested.release(); }).wait();
      BOOST_CHECK_THROW(tested.release(), std::overflow_error);
      BOOST_TEST(drain(tested) == limit);
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(S13_a_limit_may_have_fewer_permits_free_at_first, S, bounded) {
  S tested(1, 3);
  BOOST_CHECK_THROW(tested.release(3), std::overflow_error);
  tested.release(2);
  BOOST_TEST(drain(tested) == 3U);
  BOOST_CHECK_THROW(S(4, 3), std::invalid_argument);
  BOOST_CHECK_THROW(S(0, most<S>() + 1), std::invalid_argument);
}

/// The size of the stacks that new threads get; the process's own again at the end of its life.
class default_stack_size {
 public:
  explicit default_stack_size(std::size_t bytes) {
    BOOST_REQUIRE(::pthread_getattr_default_np(&before_) == 0);
    pthread_attr_t chosen;
    BOOST_REQUIRE(::pthread_getattr_default_np(&chosen) == 0);
    BOOST_REQUIRE(::pthread_attr_setstacksize(&chosen, bytes) == 0);
    BOOST_REQUIRE(::pthread_setattr_default_np(&chosen) == 0);
    ::pthread_attr_destroy(&chosen);
  }
  ~default_stack_size() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }
  default_stack_size(const default_stack_size&) = delete;
  default_stack_size& operator=(const default_stack_size&) = delete;

 private:
  pthread_attr_t before_;
};

void expect_never_more_inside_than_permitted() {
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
  BOOST_TEST(inside == 0);
  BOOST_TEST(drain(tested) == 3U);
}

BOOST_AUTO_TEST_CASE(S14_never_more_inside_than_permitted) {
  expect_never_more_inside_than_permitted();
}

BOOST_AUTO_TEST_CASE(S14_small_stacks_are_enough) {
  for (const std::size_t kibibytes : {256U, 1024U}) {
    const default_stack_size chosen(kibibytes * 1024);
    expect_never_more_inside_than_permitted();
  }
}

BOOST_AUTO_TEST_CASE(X2_release_of_no_permit_is_an_error) {
  semaphore tested(1);
  BOOST_CHECK_THROW(tested.release(0), std::invalid_argument);
  BOOST_TEST(drain(tested) == 1U);
}

BOOST_AUTO_TEST_CASE(X2_release_beyond_what_can_be_counted_releases_nothing) {
  auto tested = gauntlet::contracts::with_permits<semaphore>(most<semaphore>() - 2, most<semaphore>());
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
  semaphore tested = exhausted();
  acquirers tasks(tested, 2, 1);
  BOOST_TEST(tasks.passed() == 0U);
  BOOST_CHECK_THROW(tested.release(0), std::invalid_argument);
  BOOST_TEST(tasks.passed() == 0U);
  tested.release(2);
  BOOST_TEST(tasks.passed() == 2U);
}

/// As libc++'s lost_wakeup.pass.cpp does it: permits come one by one while those who were woken are on their way.
BOOST_AUTO_TEST_CASE(STD1_no_wake_up_is_lost_when_permits_come_one_by_one) {
  constexpr unsigned acquirers_count = 8;
  constexpr unsigned rounds = 500;
  semaphore tested = exhausted();
  std::barrier<> next(acquirers_count + 1);
  crew everybody(acquirers_count + 1, [&](unsigned member) {
    for (unsigned round = 0; round < rounds; ++round) {
      if (member == 0)
        for (unsigned i = 0; i < acquirers_count; ++i) tested.release();
      else
        tested.acquire();
      next.arrive_and_wait();
    }
  });
  everybody.wait();
  BOOST_TEST(drain(tested) == 0U);
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
      semaphore tested = exhausted();
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
  semaphore tested = exhausted();
  const auto all = static_cast<unsigned>(far_deadlines.size());
  std::atomic<unsigned> acquired{0};
  crew waiters(all, [&](unsigned i) { acquired += far_deadlines[i](tested) ? 1U : 0U; });
  waiters.until_all_blocked();
  tested.release(all);
  waiters.wait();
  BOOST_TEST(acquired == all);
}

}  // namespace
