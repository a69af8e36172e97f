/// What a barrier promises each of its callers, on real threads. A test's name begins with the behaviours that it
/// covers (B barrier, X not tested by CPython, STD from the standard libraries' suites).
///
/// Of X3, a time-out that races with the last arrival is a scenario of the contract. STD8's phase tokens are
/// std::barrier's; an action that throws breaks this barrier, instead of ending the program.

#include <atomic>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

#include "harness/behaviour.hpp"
#include "primitives/barrier/contract.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::broken_barrier;
using gauntlet::contracts::passes;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using gauntlet::harness::only_if;

using barrier = GAUNTLET_TYPE;
using default_timed =
    only_if<std::is_constructible_v<barrier, unsigned, std::function<void()>, std::chrono::nanoseconds>, barrier>;
template <class B>
concept takes_deadlines = requires(B& b) { b.arrive_and_wait_until(std::chrono::system_clock::now()); };
using shrinking = only_if<gauntlet::contracts::shrinking_barrier<barrier>, barrier>;
using dated = only_if<takes_deadlines<barrier>, barrier>;

/// Returns when so many wait.
void until_waiting(barrier& tested, unsigned parties) {
  for (const auto start = std::chrono::steady_clock::now(); tested.waiting() != parties;
       std::this_thread::sleep_for(200us))
    if (std::chrono::steady_clock::now() - start > 20s) throw std::runtime_error("the parties did not arrive");
}

/// That `parties` threads pass a trip together.
void expect_works(barrier& tested, unsigned parties) {
  std::atomic<unsigned> passed = 0;
  crew(parties, [&](unsigned) {
    if (passes([&] { tested.arrive_and_wait(); })) ++passed;
  }).wait();
  BOOST_TEST(passed == parties);
  BOOST_TEST(tested.waiting() == 0U);
  BOOST_TEST(!tested.broken());
}

/// That the parties that wait at `tested` are told that it is broken, by what `breaks` does.
void expect_broken_by(barrier& tested, unsigned waiting, std::function<void()> breaks) {
  std::atomic<unsigned> told = 0;
  crew all(waiting, [&](unsigned) {
    if (!passes([&] { tested.arrive_and_wait(); })) ++told;
  });
  until_waiting(tested, waiting);
  breaks();
  all.wait();
  BOOST_TEST(told == waiting);
}

/// Each of `parties` makes as many trips. How many have arrived for each is what a party sees that passes it.
void expect_lock_step(unsigned parties, unsigned trips) {
  barrier tested(parties);
  std::vector<std::atomic<unsigned>> arrived(trips);
  std::atomic<unsigned> early = 0;
  std::atomic<unsigned> indices = 0;
  crew(parties, [&](unsigned) {
    for (auto& trip : arrived) {
      ++trip;
      indices += tested.arrive_and_wait();
      if (trip != parties) ++early;
    }
  }).wait();
  BOOST_TEST(early == 0U);
  BOOST_TEST(indices == trips * parties * (parties - 1) / 2);
  BOOST_TEST(tested.waiting() == 0U);
  BOOST_TEST(!tested.broken());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(B1_no_parties_is_an_error, B, default_timed) {
  static_assert(!std::is_copy_constructible_v<B> && !std::is_copy_assignable_v<B>);
  BOOST_CHECK_THROW(B(0), std::invalid_argument);
  BOOST_TEST(B(1).parties() == 1U);
  BOOST_TEST(B(4'000'000'000).parties() == 4'000'000'000);
}

BOOST_AUTO_TEST_CASE(B2_nobody_passes_before_all_have_arrived) {
  expect_lock_step(5, 1);
  expect_lock_step(5, 10);
}

BOOST_AUTO_TEST_CASE(B2_the_last_arrival_lets_all_pass) {
  barrier tested(5);
  std::atomic<unsigned> passed = 0;
  crew all(4, [&](unsigned) {
    tested.arrive_and_wait();
    ++passed;
  });
  all.until_all_blocked();
  until_waiting(tested, 4);
  BOOST_TEST(passed == 0U);
  BOOST_TEST(tested.arrive_and_wait() == 4U);
  all.wait();
  BOOST_TEST(passed == 4U);
}

BOOST_AUTO_TEST_CASE(B3_X3_each_index_is_given_once) {
  barrier tested(5);
  std::vector<std::atomic<unsigned>> given(5);
  crew(5, [&](unsigned) {
    for (int trip = 0; trip < 10; ++trip) ++given.at(tested.arrive_and_wait());
  }).wait();
  for (const auto& times : given) BOOST_TEST(times == 10U);
}

BOOST_AUTO_TEST_CASE(B4_STD8_the_action_runs_once_a_trip_before_anybody_passes) {
  unsigned runs = 0;
  barrier tested(5, [&] { ++runs; });
  std::atomic<bool> wrong = false;
  crew(5, [&](unsigned) {
    for (unsigned trip = 1; trip <= 10; ++trip) {
      tested.arrive_and_wait();
      if (runs != trip) wrong = true;
    }
  }).wait();
  BOOST_TEST(!wrong);
  BOOST_TEST(runs == 10U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD8_a_drop_lets_those_pass_who_wait, B, shrinking) {
  unsigned runs = 0;
  B tested(5, [&] { ++runs; });
  std::atomic<unsigned> passed = 0;
  crew all(4, [&](unsigned) {
    tested.arrive_and_wait();
    ++passed;
  });
  until_waiting(tested, 4);
  BOOST_TEST(passed == 0U);
  tested.arrive_and_drop();
  all.wait();
  BOOST_TEST(passed == 4U);
  BOOST_TEST(runs == 1U);
  BOOST_TEST(tested.parties() == 4U);
  expect_works(tested, 4);
  BOOST_TEST(runs == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD8_a_drop_of_one_that_is_not_the_last_waits_for_nobody, B, shrinking) {
  B tested(3);
  tested.arrive_and_drop();
  BOOST_TEST(tested.waiting() == 0U);
  expect_works(tested, 2);
}

/// Parties leave one by one, as loops of different lengths do.
BOOST_AUTO_TEST_CASE_TEMPLATE(STD8_all_may_drop_one_after_the_other, B, shrinking) {
  constexpr unsigned parties = 5;
  unsigned runs = 0;
  B tested(parties, [&] { ++runs; });
  std::atomic<unsigned> wrong = 0;
  crew(parties, [&](unsigned member) {
    for (unsigned trip = 0; trip < member; ++trip) {
      // Those with fewer trips to make have left.
      if (tested.arrive_and_wait() >= parties - trip) ++wrong;
    }
    tested.arrive_and_drop();
  }).wait();
  BOOST_TEST(wrong == 0U);
  BOOST_TEST(runs == parties);
  BOOST_TEST(tested.parties() == 0U);
  BOOST_CHECK_THROW(tested.arrive_and_drop(), std::logic_error);
  BOOST_CHECK_THROW(tested.arrive_and_wait(), std::logic_error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD8_a_drop_of_a_broken_barrier_mends_nothing, B, shrinking) {
  B tested(3, [] { throw std::domain_error("the action"); });
  tested.abort();
  tested.arrive_and_drop();
  BOOST_TEST(tested.broken());
  tested.reset();
  tested.arrive_and_drop();
  // The last one's drop runs the action, which throws.
  BOOST_CHECK_THROW(tested.arrive_and_drop(), std::domain_error);
  BOOST_TEST(tested.broken());
}

BOOST_AUTO_TEST_CASE(B5_abort_breaks_it_for_all) {
  barrier tested(5);
  expect_broken_by(tested, 4, [&] { tested.abort(); });
  BOOST_TEST_REQUIRE(tested.broken());
  BOOST_CHECK_THROW(tested.arrive_and_wait(), broken_barrier);
  BOOST_CHECK_THROW(tested.arrive_and_wait_for(1h), broken_barrier);
  tested.abort();
  BOOST_TEST(tested.broken());
  BOOST_TEST(tested.waiting() == 0U);
}

BOOST_AUTO_TEST_CASE(B6_reset_sends_away_who_waits_and_then_it_works) {
  barrier tested(5);
  expect_broken_by(tested, 4, [&] { tested.reset(); });
  BOOST_TEST(!tested.broken());
  expect_works(tested, 5);
}

BOOST_AUTO_TEST_CASE(B7_reset_mends_it) {
  barrier tested(5);
  for (int twice = 0; twice < 2; ++twice) {
    expect_broken_by(tested, 4, [&] { tested.abort(); });
    tested.reset();
    BOOST_TEST(!tested.broken());
    expect_works(tested, 5);
  }
}

BOOST_AUTO_TEST_CASE(B8_a_party_that_gives_up_breaks_it_for_all) {
  barrier tested(5);
  expect_broken_by(tested, 3, [&] {
    BOOST_TEST(about(duration_of([&] { BOOST_CHECK_THROW(tested.arrive_and_wait_for(50ms), broken_barrier); }), 50ms));
  });
  BOOST_TEST_REQUIRE(tested.broken());
  // The late party.
  BOOST_CHECK_THROW(tested.arrive_and_wait(), broken_barrier);
}

BOOST_AUTO_TEST_CASE(B8_no_time_to_wait_is_enough_for_the_last) {
  const auto each = [](auto duration) {
    barrier tested(2);
    BOOST_CHECK_THROW(tested.arrive_and_wait_for(duration), broken_barrier);
    BOOST_TEST_REQUIRE(tested.broken());
    tested.reset();
    crew first(1, [&](unsigned) { tested.arrive_and_wait(); });
    until_waiting(tested, 1);
    BOOST_TEST(tested.arrive_and_wait_for(duration) == 1U);
  };
  each(0s);
  each(-1ns);
  each(std::chrono::hours::min());
  each(std::chrono::duration<double>(-0.5));
}

BOOST_AUTO_TEST_CASE(B8_a_duration_too_long_to_represent_is_no_limit) {
  const auto each = [](auto duration) {
    barrier tested(2);
    crew first(1, [&](unsigned) { tested.arrive_and_wait_for(duration); });
    first.until_blocked(0);
    until_waiting(tested, 1);
    BOOST_TEST(tested.arrive_and_wait() == 1U);
  };
  each(std::chrono::nanoseconds::max());
  each(std::chrono::hours::max());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD5_deadlines_of_any_clock_are_kept, B, dated) {
  const auto each_on = []<class Clock>(Clock) {
    B tested(2);
    const auto give_up = [&](auto when) {
      tested.reset();
      BOOST_CHECK_THROW(tested.arrive_and_wait_until(when), broken_barrier);
    };
    for (const auto when : {typename Clock::time_point(), Clock::time_point::min(), Clock::now() - 1h})
      BOOST_TEST((duration_of([&] { give_up(when); }) < 1s));
    const auto when = Clock::now() + 50ms;
    BOOST_TEST(about(duration_of([&] { give_up(when); }), 50ms));
  };
  each_on(std::chrono::steady_clock());
  each_on(std::chrono::system_clock());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(B9_the_default_timeout_is_the_constructors, B, default_timed) {
  B tested(2, {}, 50ms);
  BOOST_TEST(about(duration_of([&] { BOOST_CHECK_THROW(tested.arrive_and_wait(), broken_barrier); }), 50ms));
  BOOST_TEST(tested.broken());
  tested.reset();
  crew patient(1, [&](unsigned) { tested.arrive_and_wait_for(1h); });
  until_waiting(tested, 1);
  BOOST_TEST(tested.arrive_and_wait() == 1U);
}

BOOST_AUTO_TEST_CASE(B10_a_single_party_never_waits) {
  barrier tested(1);
  BOOST_TEST(tested.arrive_and_wait() == 0U);
  BOOST_TEST(tested.arrive_and_wait_for(-1s) == 0U);
}

BOOST_AUTO_TEST_CASE(B11_waiting_tells_how_many_wait) {
  barrier tested(3);
  BOOST_TEST(tested.waiting() == 0U);
  crew first(1, [&](unsigned) { tested.arrive_and_wait(); });
  until_waiting(tested, 1);
  crew second(1, [&](unsigned) { tested.arrive_and_wait(); });
  until_waiting(tested, 2);
  tested.arrive_and_wait();
  BOOST_TEST(tested.waiting() == 0U);
}

/// One party does nothing but come back as fast as it can.
BOOST_AUTO_TEST_CASE(B12_a_fast_party_laps_nobody) {
  barrier tested(10);
  std::vector<std::atomic<unsigned>> trips(10);
  std::atomic<bool> lapped = false;
  crew(10, [&](unsigned party) {
    for (unsigned trip = 1; trip <= 3; ++trip) {
      if (party != 0) std::this_thread::yield();
      trips[party] = trip;
      tested.arrive_and_wait();
      for (const auto& other : trips)
        if (other < trip || other > trip + 1) lapped = true;
    }
  }).wait();
  BOOST_TEST(!lapped);
}

BOOST_AUTO_TEST_CASE(X3_an_action_that_throws_breaks_it) {
  bool fails = true;
  barrier tested(3, [&] {
    if (fails) throw std::domain_error("from the action");
  });
  expect_broken_by(tested, 2, [&] { BOOST_CHECK_THROW(tested.arrive_and_wait(), std::domain_error); });
  BOOST_TEST(tested.broken());
  fails = false;
  tested.reset();
  expect_works(tested, 3);
}

BOOST_AUTO_TEST_CASE(X3_reset_with_nobody_there_changes_nothing) {
  barrier tested(3);
  tested.reset();
  expect_works(tested, 3);
}

/// Those who were sent away are still on their way out when the next parties come.
BOOST_AUTO_TEST_CASE(X3_a_party_that_comes_right_after_reset_is_of_the_next_trip) {
  for (int round = 0; round < 50; ++round) {
    barrier tested(3);
    std::atomic<unsigned> told = 0;
    crew old(2, [&](unsigned) {
      if (!passes([&] { tested.arrive_and_wait(); })) ++told;
    });
    until_waiting(tested, 2);
    tested.reset();
    expect_works(tested, 3);
    old.wait();
    BOOST_TEST(told == 2U);
  }
}

}  // namespace
