// The seam's native meaning, where it is more than one call of the standard library's.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "primitives/sync.hpp"

namespace {

namespace sync = gauntlet::sync;

/// How often a predicate is asked that never comes true.
unsigned asked_in_vain(const sync::deadline& when) {
  unsigned asked = 0;
  BOOST_TEST(!sync::spin_briefly(
      [&] {
        ++asked;
        return false;
      },
      when));
  return asked;
}

BOOST_AUTO_TEST_CASE(spinning_briefly_ends_by_itself) {
  const auto asked = asked_in_vain(sync::deadline::never());
  BOOST_TEST(asked > 1);
  BOOST_TEST(asked < 1000);
}

BOOST_AUTO_TEST_CASE(spinning_briefly_ends_when_the_time_is_up) {
  BOOST_TEST(asked_in_vain(sync::deadline::after(std::chrono::seconds(-1))) == 1);
  BOOST_TEST(asked_in_vain(sync::deadline::after(std::chrono::nanoseconds(1))) <= 2);
}

BOOST_AUTO_TEST_CASE(spinning_briefly_asks_no_more_once_it_is_true) {
  unsigned asked = 0;
  BOOST_TEST(sync::spin_briefly([&] { return ++asked == 3; }));
  BOOST_TEST(asked == 3);
}

BOOST_AUTO_TEST_CASE(a_duration_without_end_is_never) {
  using namespace std::chrono;
  BOOST_TEST(sync::deadline::after(nanoseconds::max()).is_never());
  BOOST_TEST(sync::deadline::after(hours::max()).is_never());
  BOOST_TEST(sync::deadline::after(nanoseconds::max() - seconds(1)).is_never());
  BOOST_TEST(!sync::deadline::after(hours(24 * 365 * 100)).is_never());
}

/// Gives slot i the value i + offset, then looks again and again.
void fill_and_look(std::vector<std::unique_ptr<sync::slot<int>>>& slots, int offset) {
  int next = offset;
  for (auto& each : slots) each->get() = next++;
  for (int round = 0; round < 3; ++round) {
    next = offset;
    for (auto& each : slots) BOOST_TEST(each->get() == next++);
  }
}

// More than a thread remembers at once, so that some push others out.
BOOST_AUTO_TEST_CASE(a_thread_finds_its_values_in_many_slots) {
  std::vector<std::unique_ptr<sync::slot<int>>> slots;
  for (int i = 0; i < 40; ++i) slots.push_back(std::make_unique<sync::slot<int>>());
  fill_and_look(slots, 1);
  std::thread([&] {
    BOOST_TEST(slots[7]->get() == 0);
    fill_and_look(slots, 1000);
  }).join();
  BOOST_TEST(slots[7]->get() == 8);
}

BOOST_AUTO_TEST_CASE(a_slot_in_a_dead_ones_place_starts_afresh) {
  std::optional<sync::slot<int>> slot;
  for (int round = 0; round < 20; ++round) {
    slot.emplace();
    BOOST_TEST(slot->get() == 0);
    slot->get() = 7;
  }
}

// The first value to go reaches for the second, which may have gone before.
BOOST_AUTO_TEST_CASE(a_value_that_goes_with_its_thread_may_reach_for_others) {
  struct looks_back {
    sync::slot<std::unique_ptr<int>>* other = nullptr;
    int* seen = nullptr;
    ~looks_back() {
      if (other == nullptr) return;
      if (!other->get()) other->get() = std::make_unique<int>(1);
      *seen = *other->get();
    }
  };
  for (const bool goes_first : {false, true}) {
    sync::slot<std::unique_ptr<int>> other;
    sync::slot<looks_back> slot;
    int seen = 0;
    std::thread([&] {
      if (goes_first) other.get() = std::make_unique<int>(2);
      slot.get().other = &other;
      slot.get().seen = &seen;
      if (!goes_first) other.get() = std::make_unique<int>(2);
    }).join();
    // Values go in the reverse order of their making.
    BOOST_TEST(seen == (goes_first ? 2 : 1));
  }
}

}  // namespace
