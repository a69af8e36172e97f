/// What a set of locks promises each of its callers, on real threads. CPython's threading has none: no test carries an
/// id of its suite.

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <type_traits>
#include <vector>

#include "harness/behaviour.hpp"
#include "primitives/condition/condition.hpp"
#include "primitives/lock_set/contract.hpp"
#include "primitives/lock_set/lock_set.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/recursive_mutex/recursive_mutex.hpp"
#include "primitives/shared_mutex/shared_mutex.hpp"
#include GAUNTLET_HEADER

namespace {

using gauntlet::condition;
using gauntlet::mutex;
using gauntlet::harness::crew;
namespace contracts = gauntlet::contracts;

using set_type = GAUNTLET_TYPE;

template <class L>
bool is_free(L& lock) {
  bool taken = false;
  crew(1, [&](unsigned) {
    taken = lock.try_lock();
    if (taken) lock.unlock();
  }).wait();
  return taken;
}

/// A lock that writes down what is done to it.
struct witness {
  explicit witness(std::vector<int>& told) : log(told) {}
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  void lock() { log.push_back(name); }
  bool try_lock() {
    log.push_back(name);
    return true;
  }
  void unlock() { log.push_back(-name); }

  std::vector<int>& log;
  int name = 0;
};

BOOST_AUTO_TEST_CASE(every_lock_is_held_until_unlock_and_free_after_it) {
  mutex one;
  gauntlet::recursive_mutex two;
  gauntlet::shared_mutex three;
  std::mutex four;
  set_type all(three, one, four, two);
  BOOST_TEST(all.size() == 4U);
  for (int use = 0; use < 3; ++use) {
    {
      const std::lock_guard guard(all);
      BOOST_TEST((!is_free(one) && !is_free(two) && !is_free(three) && !is_free(four)));
    }
    BOOST_TEST((is_free(one) && is_free(two) && is_free(three) && is_free(four)));
  }
}

BOOST_AUTO_TEST_CASE(locks_are_taken_by_address_in_whatever_order_they_are_named) {
  std::vector<int> log;
  std::array<witness, 3> locks{witness(log), witness(log), witness(log)};
  for (int i = 0; i < 3; ++i) locks[static_cast<std::size_t>(i)].name = i + 1;
  const std::vector<int> in_order{1, 2, 3, -3, -2, -1};
  std::array<std::size_t, 3> named{0, 1, 2};
  do {
    set_type all(locks[named[0]], locks[named[1]], locks[named[2]]);
    log.clear();
    all.lock();
    all.unlock();
    BOOST_TEST(log == in_order, boost::test_tools::per_element());
    log.clear();
    BOOST_TEST(all.try_lock());
    all.unlock();
    BOOST_TEST(log == in_order, boost::test_tools::per_element());
  } while (std::ranges::next_permutation(named).found);
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_named_twice_is_taken_once) {
  mutex one;
  mutex other;
  set_type all(one, other, one, one);
  BOOST_TEST(all.size() == 2U);
  all.lock();
  all.unlock();
  BOOST_TEST(all.try_lock());
  all.unlock();
  BOOST_TEST((is_free(one) && is_free(other)));
}

BOOST_AUTO_TEST_CASE(a_range_of_locks_makes_a_set_and_so_does_nothing_at_all) {
  std::vector<mutex> locks(100);
  {
    set_type all(locks);
    const std::lock_guard guard(all);
    BOOST_TEST(all.size() == 100U);
    BOOST_TEST(std::ranges::none_of(locks, is_free<mutex>));
  }
  BOOST_TEST(std::ranges::all_of(locks, is_free<mutex>));
  set_type none;
  none.lock();
  none.unlock();
  BOOST_TEST(none.try_lock());
}

/// The address of a guard says nothing about its lock's.
BOOST_AUTO_TEST_CASE(what_can_be_moved_is_no_lock_of_a_set) {
  static_assert(!gauntlet::orderable_lock<std::unique_lock<mutex>>);
  static_assert(!gauntlet::orderable_lock<gauntlet::lock_set>);
  static_assert(gauntlet::orderable_lock<mutex> && gauntlet::orderable_lock<std::mutex>);
  static_assert(!std::is_copy_constructible_v<set_type> && !std::is_copy_assignable_v<set_type>);
  BOOST_TEST((std::is_constructible_v<set_type, mutex&, std::mutex&>));
}

BOOST_AUTO_TEST_CASE(a_try_that_fails_leaves_nothing_locked) {
  std::array<mutex, 3> locks;
  set_type all(locks);
  for (mutex& taken : locks) {
    crew(1, [&](unsigned) {
      const std::lock_guard guard(taken);
      if (all.try_lock()) throw std::logic_error("a set was locked though one of its locks was taken");
      if (std::ranges::count_if(locks, is_free<mutex>) != 2) throw std::logic_error("a failed try kept a lock");
    }).wait();
  }
  BOOST_TEST(all.try_lock());
  all.unlock();
}

BOOST_AUTO_TEST_CASE(a_lock_that_throws_leaves_nothing_locked) {
  struct {
    mutex first;
    mutex second;
    contracts::refusing_lock last;
  } locks;
  set_type all(locks.last, locks.second, locks.first);
  BOOST_CHECK_THROW(all.lock(), std::runtime_error);
  BOOST_TEST((is_free(locks.first) && is_free(locks.second)));
}

BOOST_AUTO_TEST_CASE(unlocking_what_is_not_held_throws_and_unlocks_the_rest) {
  std::array<mutex, 3> locks;
  set_type all(locks);
  all.lock();
  locks[1].unlock();
  BOOST_CHECK_THROW(all.unlock(), std::system_error);
  BOOST_TEST(std::ranges::all_of(locks, is_free<mutex>));
}

BOOST_AUTO_TEST_CASE(sets_that_name_locks_in_every_order_do_not_deadlock) {
  std::array<mutex, 3> locks;
  std::array<std::array<std::size_t, 3>, 6> orders{};
  std::array<std::size_t, 3> named{0, 1, 2};
  for (auto& order : orders) {
    order = named;
    std::ranges::next_permutation(named);
  }
  std::latch start(6);
  unsigned entered = 0;
  crew(6, [&](unsigned member) {
    const auto [first, second, third] = orders[member];
    set_type all(locks[first], locks[second], locks[third]);
    start.arrive_and_wait();
    for (int i = 0; i < 500; ++i) {
      const std::lock_guard guard(all);
      ++entered;
    }
  }).wait();
  BOOST_TEST(entered == 3000U);
}

BOOST_AUTO_TEST_CASE(a_set_and_scoped_lock_may_be_used_on_the_same_locks_at_once) {
  mutex left;
  mutex right;
  std::latch start(4);
  unsigned entered = 0;
  crew(4, [&](unsigned member) {
    start.arrive_and_wait();
    for (int i = 0; i < 500; ++i) {
      if (member % 2 == 0) {
        const std::scoped_lock guard(right, left);
        ++entered;
      } else {
        set_type both(left, right);
        const std::lock_guard guard(both);
        ++entered;
      }
    }
  }).wait();
  BOOST_TEST(entered == 2000U);
}

BOOST_AUTO_TEST_CASE(a_condition_lets_go_of_the_whole_set_while_it_waits) {
  mutex left;
  mutex right;
  condition changed;
  bool ready = false;
  crew waiter(1, [&](unsigned) {
    set_type both(left, right);
    std::unique_lock guard(both);
    changed.wait(guard, [&] { return ready; });
  });
  waiter.until_blocked(0);
  {
    set_type both(right, left);
    const std::lock_guard guard(both);
    ready = true;
  }
  changed.notify();
  waiter.wait();
  BOOST_TEST((is_free(left) && is_free(right)));
}

}  // namespace
