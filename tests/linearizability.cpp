#define BOOST_TEST_MODULE linearizability
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <random>

#include "harness/history.hpp"

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

constexpr std::string_view names[] = {"put", "take", "read", "write"};

using step_of = bool (*)(model_state&, const recorded&);

meaning as(step_of step, model_state initial) {
  return {.names = names, .initial = std::move(initial), .step = step};
}

bool linearizable(const std::vector<recorded>& history, model_state initial, step_of step) {
  const verdict said = judge(as(step, std::move(initial)), history);
  BOOST_REQUIRE((said != verdict::unknown));
  return said == verdict::ok;
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

BOOST_AUTO_TEST_CASE(a_long_history) {
  // Three at a time overlap; 3000 in all.
  std::vector<recorded> history;
  model_state state{0};
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const bool writes = i % 3 != 0;
    if (writes) state[0] = static_cast<std::int64_t>(i % 7);
    history.push_back(event(0, writes ? write : read, state[0], state[0], 2 * i, 2 * i + 5));
  }
  BOOST_TEST(linearizable(history, {0}, cell));
  history[2997].result = 9;
  BOOST_TEST(!linearizable(history, {0}, cell));
}

BOOST_AUTO_TEST_CASE(too_much_overlap_is_unknown) {
  // One operation that overlaps with 70 others, each of which begins after it.
  std::vector<recorded> history{event(0, read, 0, 70, 0, 1000)};
  for (std::uint64_t i = 1; i <= 70; ++i)
    history.push_back(event(1, write, static_cast<std::int64_t>(i), 0, 2 * i, 2 * i + 1));
  BOOST_TEST((judge(as(cell, {0}), history) == verdict::unknown));
  history.front().result = 60;
  BOOST_TEST((judge(as(cell, {0}), history) == verdict::ok));
}

BOOST_AUTO_TEST_CASE(an_operation_that_never_returned_may_have_had_its_effect) {
  const auto pending = event(0, put, 1, 0, 0, never);
  BOOST_TEST(linearizable({pending}, {}, queue));
  BOOST_TEST(linearizable({pending, event(1, take, 0, 1, 1, 2)}, {}, queue));
  BOOST_TEST(linearizable({pending, event(1, take, 0, nothing, 1, 2)}, {}, queue));
  BOOST_TEST(!linearizable({pending, event(1, take, 0, 1, 1, 2), event(1, take, 0, 1, 3, 4)}, {}, queue));
}

BOOST_AUTO_TEST_CASE(who_waits_must_have_nothing_to_take) {
  meaning what = as(queue, {});
  what.enabled = [](const model_state& items, const recorded&) { return !items.empty(); };
  auto waiting = event(1, take, 0, 0, 1, never);
  waiting.waits = true;
  BOOST_TEST((judge(what, {waiting}) == verdict::ok));
  BOOST_TEST((judge(what, {waiting, event(0, put, 1, 0, 2, 3)}) == verdict::violated));
  BOOST_TEST((judge(what, {waiting, event(0, put, 1, 0, 2, 3), event(0, take, 0, 1, 4, 5)}) == verdict::ok));
  BOOST_TEST(explain(what, {waiting, event(0, put, 1, 0, 2, 3)}) ==
             "[0, …] thread 1: take(0) waits   though nothing keeps it after #1\n"
             "[1, 2] thread 0: put(1) = 0   #1\n");
}

BOOST_AUTO_TEST_CASE(keys_are_judged_apart) {
  // Two cells, each with 40 overlapping writes: together far too many orders.
  meaning what = as(
      [](model_state& cells, const recorded& one) {
        auto& mine = cells[static_cast<std::size_t>(one.argument / 100)];
        if (one.operation == write) mine = one.argument % 100;
        return one.operation == write || one.result == mine;
      },
      {0, 0});
  what.key = [](const recorded& one) { return one.argument / 100; };
  std::vector<recorded> history;
  for (std::int64_t i = 0; i < 12; ++i)
    for (const std::int64_t key : {0, 100}) history.push_back(event(0, write, key + i, 0, 0, 100));
  history.push_back(event(0, read, 0, 11, 200, 201));
  history.push_back(event(0, read, 100, 12, 200, 201));
  BOOST_TEST((judge(what, history) == verdict::violated));
  history.back().result = 3;
  BOOST_TEST((judge(what, history) == verdict::ok));
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

BOOST_AUTO_TEST_CASE(a_violation_is_cut_and_told_in_order_of_the_calls) {
  const std::vector<recorded> history{event(1, take, 0, nothing, 12, 14), event(0, put, 5, 0, 10, 11),
                                      event(0, take, 0, 5, 20, 21)};
  BOOST_TEST(explain(as(queue, {}), history) ==
             "[0, 1] thread 0: put(5) = 0   #1\n"
             "[2, 4] thread 1: take(0) = -1   fits nowhere after #1\n");
}

}  // namespace gauntlet::harness
