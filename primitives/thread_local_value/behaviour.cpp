/// A thread-local value's API on real threads. A test's name begins with the behaviours that it covers (D local).

#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "harness/behaviour.hpp"
#include GAUNTLET_HEADER

namespace {

using gauntlet::harness::crew;

template <class T>
using local = GAUNTLET_TYPE<T>;

BOOST_AUTO_TEST_CASE(neither_copied_nor_moved) {
  BOOST_TEST(!std::is_copy_constructible_v<local<int>>);
  BOOST_TEST(!std::is_copy_assignable_v<local<int>>);
  BOOST_TEST(!std::is_move_constructible_v<local<int>>);
}

BOOST_AUTO_TEST_CASE(D1_what_one_thread_sets_another_does_not_have) {
  local<std::string> tested;
  tested.set("mine");
  bool had = true;
  std::string made = "?";
  crew(1, [&](unsigned) {
    had = tested.has_value();
    made = tested.get();
    tested.set("theirs");
  }).wait();
  BOOST_TEST(!had);
  BOOST_TEST(made.empty());
  BOOST_TEST(tested.get() == "mine");
}

/// The guide's example: requests whose data the functions below them read.
BOOST_AUTO_TEST_CASE(D1_each_thread_has_its_own_while_all_have_one) {
  local<int> request;
  std::latch all_have_one(10);
  std::atomic<unsigned> right{0};
  crew(10, [&](unsigned member) {
    request.set(static_cast<int>(member));
    all_have_one.arrive_and_wait();
    right += request.get() == static_cast<int>(member);
  }).wait();
  BOOST_TEST(right == 10U);
  BOOST_TEST(!request.has_value());
}

BOOST_AUTO_TEST_CASE(D2_values_go_when_their_threads_end) {
  for (const unsigned threads : {20U, 50U, 100U}) {
    local<std::shared_ptr<int>> tested;
    const auto held = std::make_shared<int>(0);
    crew(threads, [&](unsigned) { tested.set(held); }).wait();
    BOOST_TEST(held.use_count() == 1);
  }
}

BOOST_AUTO_TEST_CASE(D2_values_of_living_threads_go_with_the_object) {
  const auto held = std::make_shared<int>(0);
  std::optional<local<std::shared_ptr<int>>> tested(std::in_place);
  std::latch all_have_one(4);
  std::latch gone(1);
  crew others(3, [&](unsigned) {
    tested->set(held);
    all_have_one.count_down();
    gone.wait();
  });
  all_have_one.arrive_and_wait();
  BOOST_TEST(held.use_count() == 4);
  tested.reset();
  BOOST_TEST(held.use_count() == 1);
  gone.count_down();
  others.wait();
}

BOOST_AUTO_TEST_CASE(D3_D5_each_thread_s_value_is_made_on_it_with_the_arguments_given) {
  int argument = 40;
  local<std::pair<std::thread::id, int>> tested([argument] {
    // Others run meanwhile.
    std::this_thread::yield();
    return std::pair(std::this_thread::get_id(), argument + 2);
  });
  std::latch start(10);
  std::atomic<unsigned> right{0};
  crew(10, [&](unsigned) {
    start.arrive_and_wait();
    right += tested.get() == std::pair(std::this_thread::get_id(), 42);
    right += tested.get() == std::pair(std::this_thread::get_id(), 42);
  }).wait();
  BOOST_TEST(right == 20U);
  BOOST_TEST((tested.get().first == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(D3_a_value_that_could_not_be_made_is_made_by_the_next_get) {
  int attempts = 0;
  local<int> tested([&attempts] {
    if (++attempts == 1) throw std::runtime_error("not yet");
    return 7;
  });
  BOOST_CHECK_THROW(tested.get(), std::runtime_error);
  BOOST_TEST(!tested.has_value());
  BOOST_TEST(tested.get() == 7);
  BOOST_TEST(tested.get() == 7);
  BOOST_TEST(attempts == 2);
}

BOOST_AUTO_TEST_CASE(D4_an_object_in_a_dead_one_s_place_has_no_values) {
  std::optional<local<int>> tested;
  for (int i = 0; i < 100; ++i) {
    tested.emplace();
    BOOST_REQUIRE(!tested->has_value());
    BOOST_REQUIRE(tested->get() == 0);
    tested->set(i + 1);
  }
}

BOOST_AUTO_TEST_CASE(D7_many_objects_end_beside_threads_that_end) {
  const auto held = std::make_shared<int>(0);
  for (int round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<local<std::shared_ptr<int>>>> many(100);
    for (auto& each : many) each = std::make_unique<local<std::shared_ptr<int>>>();
    std::latch all_have_theirs(3);
    crew others(2, [&](unsigned) {
      for (const auto& each : many) each->set(held);
      all_have_theirs.arrive_and_wait();
    });
    all_have_theirs.arrive_and_wait();
    many.clear();
    others.wait();
    BOOST_TEST(held.use_count() == 1);
  }
}

BOOST_AUTO_TEST_CASE(reset_forgets_and_the_next_get_makes_anew) {
  int made = 0;
  local<int> tested([&made] { return ++made; });
  tested.reset();
  BOOST_TEST(made == 0);
  BOOST_TEST(tested.get() == 1);
  tested.get() = 10;
  BOOST_TEST(tested.get() == 10);
  tested.reset();
  BOOST_TEST(!tested.has_value());
  BOOST_TEST(tested.get() == 2);
}

BOOST_AUTO_TEST_CASE(objects_are_apart) {
  local<int> left;
  local<int> right;
  left.set(1);
  BOOST_TEST(!right.has_value());
  right.set(2);
  BOOST_TEST(left.get() == 1);
  BOOST_TEST(right.get() == 2);
}

/// A value whose end uses another thread-local value.
struct linked {
  local<int>* other = nullptr;
  std::atomic<int>* seen = nullptr;
  linked() = default;
  linked(local<int>* to, std::atomic<int>* tells) : other(to), seen(tells) {}
  linked(linked&& from) noexcept : other(std::exchange(from.other, nullptr)), seen(from.seen) {}
  linked& operator=(linked&& from) noexcept {
    std::swap(other, from.other);
    std::swap(seen, from.seen);
    return *this;
  }
  ~linked() {
    if (other != nullptr) *seen += other->get() + 1;
  }
};

BOOST_AUTO_TEST_CASE(a_value_may_use_others_as_it_goes) {
  std::atomic<int> seen{0};
  local<int> first([] { return 41; });
  local<linked> second;
  crew(2, [&](unsigned) { second.set(linked(&first, &seen)); }).wait();
  BOOST_TEST(seen == 84);
}

}  // namespace
