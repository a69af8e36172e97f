#define BOOST_TEST_MODULE linearizability
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <random>

#include "harness/specification.hpp"

namespace gauntlet::harness {
namespace {

enum : unsigned { put, take, read, write };
constexpr outcome nothing = -1;

/// A FIFO queue: put(v) = 0, take() = v or nothing.
bool queue(model_state& items, const recorded& one) {
  if (one.operation == put) {
    items.push_back(one.argument);
    return one.result == 0;
  }
  if (items.empty()) return one.result == nothing;
  const auto front = items.front();
  items.pop_front();
  return one.result == front;
}

/// A register that holds 0 at first.
bool cell(model_state& value, const recorded& one) {
  if (one.operation == write) {
    value = {one.argument};
    return true;
  }
  return one.result == value.front();
}

recorded event(unsigned thread, unsigned operation, std::int64_t argument, outcome result, std::uint64_t called,
               std::uint64_t returned) {
  return {thread, operation, argument, result, called, returned};
}

/// The definition itself: some permutation that respects real time is allowed.
bool by_permutation(const std::vector<recorded>& history, const model_state& initial,
                    bool (*step)(model_state&, const recorded&)) {
  std::vector<std::size_t> order(history.size());
  std::iota(order.begin(), order.end(), 0U);
  do {
    bool allowed = true;
    for (std::size_t i = 0; i < order.size(); ++i)
      for (std::size_t j = i + 1; j < order.size(); ++j)
        allowed = allowed && !(history[order[j]].returned < history[order[i]].called);
    model_state state = initial;
    for (std::size_t i = 0; allowed && i < order.size(); ++i) allowed = step(state, history[order[i]]);
    if (allowed) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_empty_history) {
  BOOST_TEST(linearizable({}, {}, queue));
}

BOOST_AUTO_TEST_CASE(a_queue_in_sequence) {
  BOOST_TEST(
      linearizable({event(0, put, 1, 0, 0, 1), event(0, put, 2, 0, 2, 3), event(0, take, 0, 1, 4, 5)}, {}, queue));
  BOOST_TEST(
      !linearizable({event(0, put, 1, 0, 0, 1), event(0, put, 2, 0, 2, 3), event(0, take, 0, 2, 4, 5)}, {}, queue));
}

BOOST_AUTO_TEST_CASE(overlapping_puts_may_go_either_way) {
  BOOST_TEST(
      linearizable({event(0, put, 1, 0, 0, 10), event(1, put, 2, 0, 1, 9), event(1, take, 0, 2, 11, 12)}, {}, queue));
}

BOOST_AUTO_TEST_CASE(a_value_is_not_taken_twice) {
  BOOST_TEST(
      !linearizable({event(0, put, 1, 0, 0, 1), event(0, take, 0, 1, 2, 9), event(1, take, 0, 1, 3, 8)}, {}, queue));
}

BOOST_AUTO_TEST_CASE(empty_after_a_put_that_returned) {
  BOOST_TEST(!linearizable({event(0, put, 1, 0, 0, 1), event(1, take, 0, nothing, 2, 3)}, {}, queue));
  BOOST_TEST(linearizable({event(0, put, 1, 0, 0, 5), event(1, take, 0, nothing, 2, 3)}, {}, queue));
}

BOOST_AUTO_TEST_CASE(a_register_does_not_go_back) {
  // Two reads after one another see the new value and then the old one, while the write is still on its way.
  BOOST_TEST(
      !linearizable({event(0, write, 1, 0, 0, 10), event(1, read, 0, 1, 1, 2), event(1, read, 0, 0, 3, 4)}, {0}, cell));
  BOOST_TEST(
      linearizable({event(0, write, 1, 0, 0, 10), event(1, read, 0, 0, 1, 2), event(1, read, 0, 1, 3, 4)}, {0}, cell));
}

BOOST_AUTO_TEST_CASE(an_equal_stamp_is_no_order) {
  BOOST_TEST(linearizable({event(0, put, 1, 0, 0, 2), event(1, take, 0, nothing, 2, 3)}, {}, queue));
}

BOOST_AUTO_TEST_CASE(sixty_four_operations_and_no_more) {
  std::vector<recorded> history;
  for (std::uint64_t i = 0; i < 64; ++i)
    history.push_back(event(0, put, static_cast<std::int64_t>(i), 0, 2 * i, 2 * i + 1));
  BOOST_TEST(linearizable(history, {}, queue));
  history.back() = event(1, take, 0, 7, 126, 127);
  BOOST_TEST(!linearizable(history, {}, queue));
  history.push_back(history.back());
  BOOST_CHECK_THROW(linearizable(history, {}, queue), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(wide_overlap_is_remembered_not_repeated) {
  // 16 overlapping writes and a read of a value that nobody wrote: 16! orders, 16 * 2^16 configurations at most.
  std::vector<recorded> history;
  for (unsigned i = 0; i < 16; ++i) history.push_back(event(i, write, i % 2, 0, 0, 100));
  history.push_back(event(16, read, 0, 7, 200, 201));
  BOOST_TEST(!linearizable(history, {0}, cell));
}

BOOST_AUTO_TEST_CASE(agrees_with_brute_force) {
  std::mt19937 random(20240607);
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  unsigned yes = 0;
  constexpr unsigned histories = 3000;
  for (unsigned i = 0; i < histories; ++i) {
    const bool fifo = below(2) == 0;
    std::vector<recorded> history;
    const unsigned size = 1 + below(6);
    for (unsigned j = 0; j < size; ++j) {
      const auto called = below(12);
      const unsigned operation = below(2) + (fifo ? put : read);
      const auto result = operation == put ? 0 : static_cast<outcome>(below(3)) - (fifo ? 1 : 0);
      history.push_back(event(j, operation, below(2), result, called, called + below(6)));
    }
    const model_state initial = fifo ? model_state{} : model_state{0};
    const auto step = fifo ? &queue : &cell;
    const bool expected = by_permutation(history, initial, step);
    BOOST_REQUIRE_EQUAL(linearizable(history, initial, step), expected);
    yes += expected ? 1 : 0;
  }
  // The comparison says something only if both answers are common.
  BOOST_TEST(yes > histories / 10);
  BOOST_TEST(yes < histories - histories / 10);
}

BOOST_AUTO_TEST_CASE(a_history_is_described_in_order_of_the_calls) {
  constexpr std::string_view names[] = {"put", "take"};
  BOOST_TEST(describe({event(1, take, 0, 5, 12, 14), event(0, put, 5, 0, 10, 13)}, names) ==
             "[0, 3] thread 0: put(5) = 0\n[2, 4] thread 1: take(0) = 5\n");
}

}  // namespace gauntlet::harness
