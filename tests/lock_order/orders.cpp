/// Orders that the lock-order checker must not tell, and how many locks it can take.

#define BOOST_TEST_MODULE lock_order_orders
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <mutex>
#include <new>
#include <random>
#include <thread>
#include <vector>

#include "lock_order/checker.hpp"
#include "primitives/lock_set/lock_set.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/recursive_mutex/recursive_mutex.hpp"
#include "tests/lock_order/listening.hpp"

namespace {

using namespace std::chrono_literals;
using gauntlet::mutex;
using gauntlet::lock_order::listening;
using gauntlet::lock_order::nest;
using gauntlet::lock_order::nest_here;
using gauntlet::lock_order::told;
namespace sync = gauntlet::sync;

BOOST_FIXTURE_TEST_CASE(one_order_in_many_threads, listening) {
  mutex a;
  mutex b;
  mutex c;
  for (int i = 0; i < 3; ++i) {
    nest(a, b);
    nest(b, c);
    nest(a, c);
  }
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(both_orders_but_never_both_at_once, listening) {
  mutex left;
  mutex right;
  nest(left, right);
  right.lock();
  right.unlock();
  left.lock();
  left.unlock();
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(hand_over_hand_with_unlocks_in_any_order, listening) {
  std::vector<mutex> list(5);
  for (int pass = 0; pass < 2; ++pass) {
    list[0].lock();
    for (std::size_t i = 1; i < list.size(); ++i) {
      list[i].lock();
      list[i - 1].unlock();
    }
    list.back().unlock();
  }
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(a_try_waits_for_nothing, listening) {
  mutex left;
  mutex right;
  nest(left, right);
  const std::lock_guard outer(right);
  BOOST_TEST(left.try_lock());
  left.unlock();
  BOOST_TEST(left.try_lock_for(1h));
  left.unlock();
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(a_try_that_failed_holds_nothing, listening) {
  mutex left;
  mutex right;
  {
    const std::lock_guard outer(left);
    std::thread([&] {
      if (left.try_lock() || left.try_lock_for(1ms)) return;
      const std::lock_guard inner(right);
    }).join();
  }
  nest(right, left);
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(scoped_lock_and_lock_set_in_any_order, listening) {
  mutex left;
  mutex right;
  for (int i = 0; i < 2; ++i) {
    {
      const std::scoped_lock guard(left, right);
    }
    {
      const std::scoped_lock guard(right, left);
    }
    gauntlet::lock_set both(left, right);
    {
      const std::lock_guard guard(both);
    }
    gauntlet::lock_set swapped(right, left);
    {
      const std::lock_guard guard(swapped);
    }
  }
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(a_recursive_lock_is_taken_once_by_its_holder, listening) {
  gauntlet::recursive_mutex outer;
  mutex inner;
  const std::lock_guard first(outer);
  const std::lock_guard second(inner);
  const std::lock_guard again(outer);
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(a_lock_in_a_dead_ones_place_begins_anew, listening) {
  alignas(mutex) unsigned char place[sizeof(mutex)];
  mutex other;
  auto* lock = ::new (place) mutex;
  nest(*lock, other);
  lock->~mutex();
  lock = ::new (place) mutex;
  nest(other, *lock);
  BOOST_TEST(told.empty());
  nest(*lock, other);
  BOOST_TEST(told.size() == 1U);
  lock->~mutex();
}

BOOST_FIXTURE_TEST_CASE(a_dead_lock_takes_ways_through_it_along, listening) {
  mutex a;
  mutex c;
  {
    mutex b;
    nest(a, b);
    nest(b, c);
  }
  nest(c, a);
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(a_lock_that_another_thread_unlocked_is_held_no_more, listening) {
  mutex baton;
  mutex other;
  nest(other, baton);
  baton.lock();
  std::thread([&] { baton.unlock(); }).join();
  other.lock();
  other.unlock();
  baton.lock();
  baton.unlock();
  BOOST_TEST(told.empty());
  nest(baton, other);
  BOOST_TEST(told.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_lock_that_threw_is_not_held, listening) {
  struct throwing {
    void lock() {
      const sync::lock_scope announced(identity, sync::lock_action::acquire);
      throw 1;
    }
    sync::lock_identity identity;
  } refused;
  mutex other;
  BOOST_CHECK_THROW(refused.lock(), int);
  other.lock();
  BOOST_CHECK_THROW(refused.lock(), int);
  other.unlock();
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(a_circle_of_ten_thousand_locks, listening) {
  std::vector<mutex> locks(10'000);
  // From the end: each lock that becomes known goes before all that are.
  for (std::size_t i = locks.size() - 1; i > 0; --i) nest_here(locks[i - 1], locks[i]);
  BOOST_TEST(told.empty());
  nest_here(locks.back(), locks.front());
  BOOST_TEST_REQUIRE(told.size() == 1U);
  BOOST_TEST(told[0].circle.size() == locks.size());
}

/// Pairs drawn at random, all in one order, which the checker learns from them.
BOOST_FIXTURE_TEST_CASE(ten_thousand_locks_in_one_order, listening) {
  constexpr unsigned seed = 1;
  std::mt19937 random(seed);
  std::vector<mutex> locks(10'000);
  std::uniform_int_distribution<std::size_t> draw(0, locks.size() - 1);
  const auto start = std::chrono::steady_clock::now();
  for (int pairs = 0; pairs < 20'000; ++pairs) {
    const auto [first, second] = std::minmax({draw(random), draw(random)});
    if (first != second) nest_here(locks[first], locks[second]);
  }
  BOOST_TEST_MESSAGE("seed " << seed << ": "
                             << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()
                             << " s");
  BOOST_TEST(told.empty());
}

BOOST_FIXTURE_TEST_CASE(a_hundred_locks_held_at_once, listening) {
  std::vector<mutex> locks(100);
  gauntlet::lock_set all(locks);
  for (int i = 0; i < 3; ++i) {
    const std::lock_guard guard(all);
  }
  BOOST_TEST(told.empty());
  nest(locks.back(), locks.front());
  BOOST_TEST(told.size() == 1U);
}

}  // namespace
