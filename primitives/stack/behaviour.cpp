/// A stack's API on real threads. A test's name begins with the behaviours that it covers (Q queue and stack).

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/behaviour.hpp"
#include GAUNTLET_HEADER

namespace {

using gauntlet::harness::crew;

template <class T>
using stack = GAUNTLET_TYPE<T>;

BOOST_AUTO_TEST_CASE(neither_copied_nor_moved) {
  BOOST_TEST(!std::is_copy_constructible_v<stack<int>>);
  BOOST_TEST(!std::is_copy_assignable_v<stack<int>>);
  BOOST_TEST(!std::is_move_constructible_v<stack<int>>);
}

BOOST_AUTO_TEST_CASE(Q1_last_in_first_out) {
  stack<int> tested;
  for (int item = 1; item <= 3; ++item) tested.push(item);
  BOOST_TEST((tested.try_pop() == 3));
  tested.push(4);
  tested.push(5);
  for (const int item : {5, 4, 2, 1}) BOOST_TEST((tested.try_pop() == item));
  BOOST_TEST(!tested.try_pop());
}

BOOST_AUTO_TEST_CASE(Q1_an_empty_stack_stays_usable) {
  stack<int> tested;
  for (int item = 0; item < 3; ++item) {
    BOOST_TEST(!tested.try_pop());
    BOOST_TEST(!tested.try_pop());
    tested.push(item);
    BOOST_TEST((tested.try_pop() == item));
  }
}

BOOST_AUTO_TEST_CASE(Q1_many_items_at_a_time) {
  constexpr int items = 100'000;
  stack<int> tested;
  for (int round = 0; round < 2; ++round) {
    for (int item = 0; item < items; ++item) tested.push(item);
    int in_order = 0;
    for (int item = items; item > 0; --item) in_order += tested.try_pop() == item - 1;
    BOOST_TEST(in_order == items);
    BOOST_TEST(!tested.try_pop());
  }
}

/// An item whose copies throw while the test wants it, and whose moves never do.
struct fragile {
  explicit fragile(int number) : value(number) {}
  fragile(const fragile& other) : value(other.value) {
    if (breaks) throw std::domain_error("a copy failed");
  }
  fragile(fragile&&) noexcept = default;
  fragile& operator=(const fragile&) = default;
  fragile& operator=(fragile&&) noexcept = default;

  int value;
  static inline bool breaks = false;
};

BOOST_AUTO_TEST_CASE(Q7_a_push_that_throws_pushes_nothing) {
  stack<fragile> tested;
  const fragile item(1);
  tested.push(item);
  fragile::breaks = true;
  BOOST_CHECK_THROW(tested.push(item), std::domain_error);
  fragile::breaks = false;
  const auto popped = tested.try_pop();
  BOOST_REQUIRE(popped.has_value());
  BOOST_TEST(popped->value == 1);
  BOOST_TEST(!tested.try_pop());
}

/// Half of a crew pushes, the other half pops, and what is popped is counted; each item must be popped once.
BOOST_AUTO_TEST_CASE(Q8_many_threads_conserve_items) {
  constexpr unsigned members = 10;
  constexpr int each = 1'000;
  stack<int> tested;
  std::vector<std::atomic<int>> seen(members * each);
  crew everybody(2 * members, [&](unsigned member) {
    for (int i = 0; i < each; ++i) {
      if (member < members) {
        tested.push(static_cast<int>(member) * each + i);
        continue;
      }
      std::optional<int> item;
      while (!(item = tested.try_pop())) std::this_thread::yield();
      ++seen.at(static_cast<std::size_t>(*item));
    }
  });
  everybody.wait();
  unsigned once = 0;
  for (const auto& times : seen) once += times == 1;
  BOOST_TEST(once == members * each);
  BOOST_TEST(!tested.try_pop());
}

/// Nobody finds the stack empty that has pushed more than it popped.
BOOST_AUTO_TEST_CASE(Q8_a_thread_that_pushed_can_pop) {
  constexpr unsigned members = 8;
  stack<int> tested;
  std::atomic<int> misses{0};
  crew everybody(members, [&](unsigned member) {
    for (int i = 0; i < 1'000; ++i) {
      tested.push(static_cast<int>(member));
      if (!tested.try_pop()) ++misses;
    }
  });
  everybody.wait();
  BOOST_TEST(misses == 0);
}

BOOST_AUTO_TEST_CASE(Q8_an_item_is_let_go_when_it_is_popped) {
  stack<std::shared_ptr<int>> tested;
  auto item = std::make_shared<int>(1);
  const std::weak_ptr watched = item;
  tested.push(std::move(item));
  BOOST_TEST(!watched.expired());
  tested.try_pop().reset();
  BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(Q8_items_that_are_left_go_with_the_stack) {
  auto item = std::make_shared<int>(1);
  const std::weak_ptr watched = item;
  {
    stack<std::shared_ptr<int>> tested;
    tested.push(std::move(item));
    tested.push(nullptr);
  }
  BOOST_TEST(watched.expired());
}

/// Can only be moved, and has no default.
struct unique {
  explicit unique(int number) : value(std::make_unique<int>(number)) {}
  std::unique_ptr<int> value;
};

BOOST_AUTO_TEST_CASE(items_that_can_only_be_moved) {
  stack<unique> tested;
  tested.push(unique(1));
  tested.push(unique(2));
  BOOST_TEST(*tested.try_pop()->value == 2);
  BOOST_TEST(*tested.try_pop()->value == 1);
}

}  // namespace
