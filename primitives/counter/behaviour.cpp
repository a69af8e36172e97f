/// A counter's API on real threads.

#include <atomic>
#include <cstdint>
#include <latch>
#include <limits>
#include <type_traits>
#include <utility>

#include "harness/behaviour.hpp"
#include GAUNTLET_HEADER

namespace {

using gauntlet::harness::crew;
using counter = GAUNTLET_TYPE;

BOOST_AUTO_TEST_CASE(neither_copied_nor_moved) {
  BOOST_TEST(!std::is_copy_constructible_v<counter>);
  BOOST_TEST(!std::is_copy_assignable_v<counter>);
  BOOST_TEST(!std::is_move_constructible_v<counter>);
}

BOOST_AUTO_TEST_CASE(begins_at_zero_or_where_it_is_told) {
  BOOST_TEST(counter().value() == 0);
  for (const std::int64_t initial :
       {std::int64_t{1}, std::int64_t{-1}, std::int64_t{1} << 32, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max()})
    BOOST_TEST(counter(initial).value() == initial);
}

BOOST_AUTO_TEST_CASE(calls_return_the_value_after_them) {
  counter tested;
  BOOST_TEST(tested.increment() == 1);
  BOOST_TEST(tested.add(41) == 42);
  BOOST_TEST(tested.add(-50) == -8);
  BOOST_TEST(tested.add(0) == -8);
  BOOST_TEST(tested.increment() == -7);
  BOOST_TEST(tested.value() == -7);
  BOOST_TEST(std::as_const(tested).value() == -7);
}

BOOST_AUTO_TEST_CASE(carries_between_the_halves_of_its_word) {
  constexpr std::int64_t half = std::int64_t{1} << 32;
  counter tested(half - 1);
  BOOST_TEST(tested.increment() == half);
  BOOST_TEST(tested.add(-1) == half - 1);
  BOOST_TEST(tested.add(half) == 2 * half - 1);
  BOOST_TEST(tested.add(-2 * half) == -1);
  BOOST_TEST(tested.increment() == 0);
}

BOOST_AUTO_TEST_CASE(wraps_at_either_end) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  counter tested(most);
  BOOST_TEST(tested.increment() == least);
  BOOST_TEST(tested.add(-1) == most);
  BOOST_TEST(tested.add(most) == -2);
  BOOST_TEST(tested.add(least) == most - 1);
  BOOST_TEST(tested.value() == most - 1);
}

/// The guide's example: 10 threads count to 10,000 each.
BOOST_AUTO_TEST_CASE(ten_threads_lose_no_count) {
  counter tested;
  std::latch start(10);
  crew(10, [&](unsigned) {
    start.arrive_and_wait();
    for (int i = 0; i < 10'000; ++i) tested.increment();
  }).wait();
  BOOST_TEST(tested.value() == 100'000);
}

BOOST_AUTO_TEST_CASE(what_is_added_and_taken_away_is_gone) {
  counter tested(7);
  std::latch start(4);
  crew(4, [&](unsigned member) {
    start.arrive_and_wait();
    const std::int64_t amount = std::int64_t{1} << (16 * member);
    for (int i = 0; i < 1'000; ++i) tested.add(amount);
    for (int i = 0; i < 1'000; ++i) tested.add(-amount);
  }).wait();
  BOOST_TEST(tested.value() == 7);
}

/// Readers run beside one thread that counts: each sees only values that the counter had, in their order.
BOOST_AUTO_TEST_CASE(values_are_seen_in_their_order) {
  constexpr std::int64_t step = 0xffffffff;
  counter tested;
  std::latch start(3);
  std::atomic<bool> over{false};
  std::atomic<unsigned> astray{0};
  crew everybody(3, [&](unsigned member) {
    start.arrive_and_wait();
    if (member == 0) {
      for (int i = 0; i < 10'000; ++i) tested.add(step);
      over = true;
      return;
    }
    for (std::int64_t last = 0; !over;) {
      const std::int64_t now = tested.value();
      if (now < last || now % step != 0) ++astray;
      last = now;
    }
  });
  everybody.wait();
  BOOST_TEST(astray == 0U);
  BOOST_TEST(tested.value() == 10'000 * step);
}

}  // namespace
