/// A map's API on real threads.

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "harness/behaviour.hpp"
#include GAUNTLET_HEADER

namespace {

using gauntlet::harness::crew;

template <class Key, class Value>
using map = GAUNTLET_TYPE<Key, Value>;

BOOST_AUTO_TEST_CASE(neither_copied_nor_moved) {
  using numbers = map<int, int>;
  BOOST_TEST(!std::is_copy_constructible_v<numbers>);
  BOOST_TEST(!std::is_copy_assignable_v<numbers>);
  BOOST_TEST(!std::is_move_constructible_v<numbers>);
}

BOOST_AUTO_TEST_CASE(gets_what_was_set_last) {
  map<std::string, int> tested;
  tested.set("left", 1);
  tested.set("right", 2);
  BOOST_TEST(tested.get("left") == 1);
  BOOST_TEST(tested.get("right") == 2);
  tested.set("left", 3);
  BOOST_TEST(tested.get("left") == 3);
  BOOST_TEST(tested.size() == 2U);
}

BOOST_AUTO_TEST_CASE(gets_the_default_for_a_missing_key_and_does_not_keep_it) {
  map<int, std::string> tested;
  BOOST_TEST(tested.get(1).empty());
  BOOST_TEST(tested.get(1, "nothing") == "nothing");
  BOOST_TEST(tested.get(1).empty());
  BOOST_TEST(tested.size() == 0U);
  tested.set(1, "one");
  BOOST_TEST(tested.get(1, "nothing") == "one");
}

BOOST_AUTO_TEST_CASE(erases_a_key_once) {
  map<int, int> tested;
  BOOST_TEST(!tested.erase(1));
  tested.set(1, 10);
  tested.set(2, 20);
  BOOST_TEST(tested.erase(1));
  BOOST_TEST(!tested.erase(1));
  BOOST_TEST(tested.get(1, -1) == -1);
  BOOST_TEST(tested.get(2, -1) == 20);
  BOOST_TEST(tested.size() == 1U);
  tested.set(1, 11);
  BOOST_TEST(tested.get(1) == 11);
}

BOOST_AUTO_TEST_CASE(updates_to_greater_values_only) {
  map<std::string, int> tested;
  BOOST_TEST(tested.update_if_greater("score", 5));
  BOOST_TEST(!tested.update_if_greater("score", 5));
  BOOST_TEST(!tested.update_if_greater("score", 4));
  BOOST_TEST(tested.get("score") == 5);
  BOOST_TEST(tested.update_if_greater("score", 6));
  BOOST_TEST(tested.get("score") == 6);
}

/// As the guide's `get(key, 0)` says.
BOOST_AUTO_TEST_CASE(a_missing_key_counts_as_the_default_value) {
  map<int, int> tested;
  BOOST_TEST(!tested.update_if_greater(1, 0));
  BOOST_TEST(!tested.update_if_greater(1, -3));
  BOOST_TEST(tested.size() == 0U);
  BOOST_TEST(tested.update_if_greater(1, 1));
  tested.set(2, -5);
  BOOST_TEST(tested.update_if_greater(2, -4));
  BOOST_TEST(tested.get(2) == -4);
}

BOOST_AUTO_TEST_CASE(holds_many_keys) {
  constexpr int keys = 10'000;
  map<int, int> tested;
  for (int key = 0; key < keys; ++key) tested.set(key, 2 * key);
  for (int key = 0; key < keys; key += 3) BOOST_REQUIRE(tested.erase(key));
  int right = 0;
  for (int key = 0; key < keys; ++key) right += tested.get(key, -1) == (key % 3 == 0 ? -1 : 2 * key);
  BOOST_TEST(right == keys);
  BOOST_TEST(tested.size() == static_cast<std::size_t>(keys - (keys + 2) / 3));
}

/// All of one hash.
struct colliding {
  int number;
  bool operator==(const colliding&) const = default;
};
}  // namespace

template <>
struct std::hash<colliding> {
  std::size_t operator()(const colliding&) const { return 7; }
};

namespace {

BOOST_AUTO_TEST_CASE(tells_keys_of_one_hash_apart) {
  map<colliding, int> tested;
  for (int key = 0; key < 20; ++key) tested.set({key}, key + 1);
  BOOST_TEST(tested.erase({0}));
  BOOST_TEST(tested.erase({10}));
  BOOST_TEST(tested.erase({19}));
  for (int key = 0; key < 20; ++key)
    BOOST_TEST(tested.get({key}) == (key == 0 || key == 10 || key == 19 ? 0 : key + 1));
}

/// A value whose copies throw while the test wants it.
struct fragile {
  fragile() = default;
  explicit fragile(int number) : value(number) {}
  fragile(const fragile& other) : value(other.value) {
    if (breaks) throw std::domain_error("a copy failed");
  }
  fragile(fragile&&) noexcept = default;
  fragile& operator=(const fragile&) = default;
  fragile& operator=(fragile&&) noexcept = default;
  bool operator<(const fragile& other) const { return value < other.value; }

  int value = 0;
  static inline bool breaks = false;
};

BOOST_AUTO_TEST_CASE(an_exception_leaves_the_map_as_it_was_and_unlocked) {
  map<int, fragile> tested;
  tested.set(1, fragile(10));
  fragile::breaks = true;
  BOOST_CHECK_THROW(tested.get(1), std::domain_error);
  BOOST_CHECK_THROW(tested.update_if_greater(1, fragile(11)), std::domain_error);
  fragile::breaks = false;
  int seen = 0;
  crew(1, [&](unsigned) { seen = tested.get(1).value; }).wait();
  BOOST_TEST(seen == 10);
  BOOST_TEST(tested.size() == 1U);
}

BOOST_AUTO_TEST_CASE(values_go_when_they_are_replaced_or_erased_or_the_map_ends) {
  auto item = std::make_shared<int>(1);
  const std::weak_ptr watched = item;
  {
    map<int, std::shared_ptr<int>> tested;
    tested.set(1, item);
    tested.set(2, item);
    tested.set(3, item);
    item.reset();
    tested.set(1, nullptr);
    BOOST_TEST(watched.use_count() == 2);
    tested.erase(2);
    BOOST_TEST(watched.use_count() == 1);
  }
  BOOST_TEST(watched.expired());
}

/// The guide's use: many threads report, the best stays.
BOOST_AUTO_TEST_CASE(ten_threads_keep_the_greatest) {
  map<std::string, int> best;
  std::latch start(10);
  std::atomic<unsigned> wrong{0};
  crew(10, [&](unsigned member) {
    start.arrive_and_wait();
    for (int i = 0; i < 1'000; ++i) {
      const int score = i * 10 + static_cast<int>(member) + 1;
      best.update_if_greater("best", score);
      if (best.get("best") < score) ++wrong;
    }
  }).wait();
  BOOST_TEST(wrong == 0U);
  BOOST_TEST(best.get("best") == 10'000);
}

BOOST_AUTO_TEST_CASE(threads_with_keys_of_their_own_do_not_meet) {
  map<int, int> tested;
  std::latch start(4);
  std::atomic<unsigned> wrong{0};
  crew(4, [&](unsigned member) {
    start.arrive_and_wait();
    for (int i = 0; i < 2'000; ++i) {
      const int key = i * 4 + static_cast<int>(member);
      tested.set(key, i);
      if (tested.get(key, -1) != i) ++wrong;
      if (i % 2 == 0 && !tested.erase(key)) ++wrong;
    }
  }).wait();
  BOOST_TEST(wrong == 0U);
  BOOST_TEST(tested.size() == 4'000U);
}

}  // namespace
