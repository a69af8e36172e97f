/// What a latch promises each of its callers, on real threads. STD9 is the standard libraries' suites' latch, STD5
/// their deadlines.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <type_traits>

#include "harness/behaviour.hpp"
#include "primitives/latch/contract.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using gauntlet::harness::only_if;

using latch = GAUNTLET_TYPE;
template <class L>
concept has_max = requires { L::max(); };
template <class L>
concept meets = requires(L& l) { l.arrive_and_wait(); };
template <class L>
concept takes_deadlines = requires(L& l) { l.wait_until(std::chrono::system_clock::now()); };
using limited = only_if<has_max<latch>, latch>;
using meetable = only_if<meets<latch>, latch>;
using dated = only_if<takes_deadlines<latch>, latch>;

BOOST_AUTO_TEST_CASE(STD9_a_count_of_zero_lets_through_at_once) {
  static_assert(!std::is_copy_constructible_v<latch> && !std::is_copy_assignable_v<latch>);
  latch none(0);
  BOOST_TEST(none.try_wait());
  none.wait();
  BOOST_TEST(none.wait_for(0s));
  none.count_down(0);
  BOOST_TEST(none.try_wait());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD9_the_largest_count, L, limited) {
  static_assert(L::max() >= 32'767);
  L most(L::max());
  most.count_down(L::max() - 1);
  BOOST_TEST(!most.try_wait());
  most.count_down();
  BOOST_TEST(most.try_wait());
  BOOST_CHECK_THROW(L(L::max() + 1), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(STD9_count_down_takes_off_n) {
  latch tested(7);
  tested.count_down();
  tested.count_down(0);
  tested.count_down(4);
  BOOST_TEST(!tested.try_wait());
  tested.count_down(2);
  BOOST_TEST(tested.try_wait());
  tested.wait();
  tested.wait();
  BOOST_TEST(tested.try_wait());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD9_counting_below_zero_is_an_error_and_changes_nothing, L, limited) {
  L tested(2);
  BOOST_CHECK_THROW(tested.count_down(3), std::invalid_argument);
  BOOST_CHECK_THROW(tested.count_down(L::max()), std::invalid_argument);
  BOOST_CHECK_THROW(tested.count_down(0xffffffff), std::invalid_argument);
  BOOST_TEST(!tested.try_wait());
  tested.count_down(2);
  BOOST_CHECK_THROW(tested.count_down(), std::invalid_argument);
  BOOST_TEST(tested.try_wait());
}

BOOST_AUTO_TEST_CASE(STD9_all_waiters_block_until_zero) {
  latch tested(3);
  std::atomic<unsigned> passed = 0;
  crew waiters(5, [&](unsigned) {
    tested.wait();
    ++passed;
  });
  for (int i = 0; i < 3; ++i) {
    waiters.until_all_blocked();
    BOOST_TEST(passed == 0U);
    tested.count_down();
  }
  waiters.wait();
  BOOST_TEST(passed == 5U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD9_arrive_and_wait_counts_itself, L, meetable) {
  L tested(5);
  crew others(4, [&](unsigned) { tested.arrive_and_wait(); });
  others.until_all_blocked();
  BOOST_TEST(!tested.try_wait());
  tested.arrive_and_wait();
  others.wait();
  BOOST_TEST(tested.try_wait());
}

BOOST_AUTO_TEST_CASE(STD9_destroyed_right_after_wait) {
  for (int round = 0; round < 300; ++round) {
    std::atomic<latch*> shared = nullptr;
    crew counter(1, [&](unsigned) {
      while (shared == nullptr) {
      }
      shared.load()->count_down();
    });
    auto* const mine = new latch(1);
    shared = mine;
    mine->wait();
    delete mine;
    counter.wait();
  }
}

BOOST_AUTO_TEST_CASE(STD9_a_timed_wait_gives_up_in_time) {
  latch tested(1);
  bool zero = true;
  BOOST_TEST(about(duration_of([&] { zero = tested.wait_for(50ms); }), 50ms));
  BOOST_TEST(!zero);
  tested.count_down();
  BOOST_TEST(tested.wait_for(50ms));
}

BOOST_AUTO_TEST_CASE(STD5_durations_of_nothing_and_of_no_end) {
  latch tested(1);
  const auto each = [&](auto duration) {
    bool zero = true;
    BOOST_TEST((duration_of([&] { zero = tested.wait_for(duration); }) < 1s));
    BOOST_TEST(!zero);
  };
  each(0s);
  each(-1ns);
  each(std::chrono::hours::min());
  each(std::chrono::duration<double>(-0.5));
  std::atomic<unsigned> through = 0;
  crew waiters(3, [&](unsigned member) {
    if (member == 0 && tested.wait_for(std::chrono::nanoseconds::max())) ++through;
    if (member == 1 && tested.wait_for(std::chrono::hours::max())) ++through;
    if (member == 2 && tested.wait_for(std::chrono::duration<double>::max())) ++through;
  });
  waiters.until_all_blocked();
  tested.count_down();
  waiters.wait();
  BOOST_TEST(through == 3U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD5_deadlines_of_any_clock_are_kept, L, dated) {
  const auto each_on = []<class Clock>(Clock) {
    L tested(1);
    for (const auto when : {typename Clock::time_point(), Clock::time_point::min(), Clock::now() - 1h})
      BOOST_TEST((duration_of([&] { BOOST_TEST(!tested.wait_until(when)); }) < 1s));
    const auto when = Clock::now() + 50ms;
    BOOST_TEST(about(duration_of([&] { BOOST_TEST(!tested.wait_until(when)); }), 50ms));
    tested.count_down();
    BOOST_TEST(tested.wait_until(Clock::time_point::min()));
    BOOST_TEST(tested.wait_until(Clock::time_point::max()));
  };
  each_on(std::chrono::steady_clock());
  each_on(std::chrono::system_clock());
}

}  // namespace
