/// What a condition promises each of its callers, on real threads. A test's name begins with the behaviours that it
/// covers (C condition, X not tested by CPython, STD from the standard libraries' suites).
///
/// Of X4 and STD2, the races of a time-out with notify and of destruction with both are the contract's scenarios.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <latch>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/behaviour.hpp"
#include "primitives/condition/contract.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using gauntlet::harness::only_if;
namespace contracts = gauntlet::contracts;

using condition = GAUNTLET_TYPE;
using lock_type = gauntlet::mutex;
using guard_type = std::unique_lock<lock_type>;
using precise = only_if<contracts::precise_condition<condition>, condition>;
using fifo = only_if<contracts::fifo_condition<condition>, condition>;

constexpr auto never = [] { return false; };

/// A recursive lock that can be let go at any depth, and taken again as deep.
struct deep_lock : std::recursive_mutex {
  void lock() {
    std::recursive_mutex::lock();
    ++depth;
  }
  void unlock() {
    --depth;
    std::recursive_mutex::unlock();
  }
  unsigned release_all() {
    const unsigned before = depth;
    for (unsigned i = 0; i < before; ++i) unlock();
    return before;
  }
  void restore(unsigned wanted) {
    for (unsigned i = 0; i < wanted; ++i) lock();
  }
  unsigned depth = 0;
};

/// Threads that each wait a few times, without a predicate.
template <class C>
class waiters {
 public:
  waiters(unsigned members, unsigned waits)
      : crew_(std::in_place, members, [this, waits](unsigned member) {
          for (unsigned i = 0; i < waits; ++i) {
            guard_type mine(lock);
            if (leaving_) return;
            waiting.push_back(member);
            changed.wait(mine);
            woken.push_back(member);
          }
          leave_.wait();
        }) {}
  ~waiters() {
    leave_.count_down();
    {
      const guard_type mine(lock);
      leaving_ = true;
    }
    changed.notify_all();
    crew_.reset();
  }

  /// Returns when one of the two below has so many entries.
  void until(const std::vector<unsigned>& members, std::size_t wanted) {
    const auto enough = [&] {
      const guard_type mine(lock);
      return members.size() >= wanted;
    };
    for (const auto start = std::chrono::steady_clock::now(); !enough(); std::this_thread::sleep_for(200us))
      if (std::chrono::steady_clock::now() - start > 20s) throw std::runtime_error("the waiters got stuck");
  }
  /// How many waits have returned, once nobody can go on by itself.
  std::size_t all_woken() {
    crew_->until_all_blocked();
    const guard_type mine(lock);
    return woken.size();
  }

  lock_type lock;
  C changed;
  /// Guarded by the lock: whose waits have begun, and whose have returned, in order.
  std::vector<unsigned> waiting;
  std::vector<unsigned> woken;

 private:
  bool leaving_ = false;
  std::latch leave_{1};
  std::optional<crew> crew_;
};

/// A condition and a lock, held.
struct held {
  lock_type lock;
  condition changed;
  guard_type guard{lock};

  /// Whether the lock is still held. Nobody else takes it.
  bool still() { return guard.owns_lock() && !lock.try_lock(); }
};

/// That a wait with what `lock` offers lets another thread in, and ends with the lock held again.
template <class Lock>
void expect_waits(Lock& lock, std::function<void(condition&, std::function<bool()>)> wait) {
  condition changed;
  std::atomic<bool> entered = false;
  bool open = false;
  crew waiter(1, [&](unsigned) {
    wait(changed, [&] {
      entered = true;
      return open;
    });
  });
  while (!entered) std::this_thread::yield();
  const std::lock_guard mine(lock);
  open = true;
  changed.notify();
}

template <class Lock>
void expect_waits_with() {
  Lock lock;
  expect_waits(lock, [&](condition& changed, auto is_open) {
    std::unique_lock guard(lock);
    changed.wait(guard, is_open);
  });
  expect_waits(lock, [&](condition& changed, auto is_open) {
    const std::lock_guard guard(lock);
    changed.wait(lock, is_open);
  });
}

BOOST_AUTO_TEST_CASE(C2_takes_any_lock_or_guard) {
  static_assert(!std::is_copy_constructible_v<condition> && !std::is_copy_assignable_v<condition>);
  expect_waits_with<lock_type>();
  expect_waits_with<std::mutex>();
  expect_waits_with<std::recursive_mutex>();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(C3_wait_without_the_lock_is_an_error, C, precise) {
  C changed;
  lock_type lock;
  guard_type guard(lock, std::defer_lock);
  BOOST_CHECK_THROW(changed.wait(guard), std::system_error);
  BOOST_CHECK_THROW(changed.wait(guard, never), std::system_error);
  BOOST_CHECK_THROW(changed.wait_for(guard, 1h), std::system_error);
  // A lock may know for itself. Nobody is left behind in the condition then: its destructor would wait for that.
  BOOST_CHECK_THROW(changed.wait(lock), std::system_error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(C4_notify_needs_no_lock, C, precise) {
  waiters<C> all(1, 1);
  all.until(all.waiting, 1);
  all.changed.notify();
  all.until(all.woken, 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(C5_STD3_notify_wakes_as_many_as_it_says_and_only_those_who_wait, C, precise) {
  waiters<C> all(5, 2);
  all.until(all.waiting, 5);
  {
    const guard_type mine(all.lock);
    all.changed.notify(3);
    BOOST_TEST(all.woken.size() == 0U);
  }
  // Three have begun their second wait.
  all.until(all.waiting, 8);
  BOOST_TEST(all.all_woken() == 3U);
  all.changed.notify(5);
  all.until(all.waiting, 10);
  BOOST_TEST(all.all_woken() == 8U);
  all.changed.notify_all();
  all.until(all.woken, 10);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(C6_a_wait_that_nobody_notifies_times_out, C, precise) {
  held one;
  auto status = std::cv_status::no_timeout;
  BOOST_TEST(about(duration_of([&] { status = one.changed.wait_for(one.guard, 50ms); }), 50ms));
  BOOST_TEST((status == std::cv_status::timeout));
  BOOST_TEST(one.still());
  const auto when = std::chrono::system_clock::now() + 50ms;
  BOOST_TEST(about(duration_of([&] { one.changed.wait_until(one.guard, when); }), 50ms));
}

BOOST_AUTO_TEST_CASE(C7_wait_with_a_predicate_returns_when_it_is_true) {
  lock_type lock;
  condition changed;
  int state = 0;
  bool timed_result = false;
  crew waiter(1, [&](unsigned) {
    guard_type guard(lock);
    changed.wait(guard, [&] { return state == 4; });
    timed_result = changed.wait_for(guard, 1h, [&] { return state == 8; });
  });
  for (int step = 1; step <= 8; ++step) {
    waiter.until_blocked(0);
    const guard_type guard(lock);
    state = step;
    changed.notify();
  }
  waiter.wait();
  BOOST_TEST(timed_result);
}

BOOST_AUTO_TEST_CASE(C8_notifications_do_not_prolong_a_timed_wait) {
  lock_type lock;
  condition changed;
  std::atomic<bool> done = false;
  crew notifier(1, [&](unsigned) {
    for (; !done; std::this_thread::sleep_for(10ms)) changed.notify_all();
  });
  guard_type guard(lock);
  bool result = true;
  BOOST_TEST(about(duration_of([&] { result = changed.wait_for(guard, 100ms, never); }), 100ms));
  BOOST_TEST(!result);
  done = true;
  notifier.wait();
}

BOOST_AUTO_TEST_CASE(STD2_may_be_destroyed_as_soon_as_all_are_notified) {
  for (int round = 0; round < 100; ++round) {
    lock_type lock;
    auto changed = std::make_unique<condition>();
    std::latch entered(10);
    bool open = false;
    crew all(10, [&](unsigned) {
      guard_type guard(lock);
      entered.count_down();
      changed->wait(guard, [&] { return open; });
    });
    entered.wait();
    const guard_type guard(lock);
    open = true;
    changed->notify_all();
    changed.reset();
  }
}

BOOST_AUTO_TEST_CASE(STD5_X4_a_deadline_that_has_passed_ends_the_wait_at_once) {
  const auto each = [](auto wait) {
    held one;
    auto status = std::cv_status::no_timeout;
    BOOST_TEST((duration_of([&] { status = wait(one.changed, one.guard); }) < 1s));
    BOOST_TEST((status == std::cv_status::timeout));
    BOOST_TEST(one.still());
  };
  each([](auto& changed, auto& guard) { return changed.wait_for(guard, 0s); });
  each([](auto& changed, auto& guard) { return changed.wait_for(guard, std::chrono::hours::min()); });
  each([](auto& changed, auto& guard) { return changed.wait_for(guard, std::chrono::duration<double>(-0.5)); });
  const auto each_on = [&each]<class Clock>(Clock) {
    using moment = typename Clock::time_point;
    for (const moment when : {moment(), moment(-10s), moment::min(), Clock::now() - 1h})
      each([when](auto& changed, auto& guard) { return changed.wait_until(guard, when); });
  };
  each_on(std::chrono::steady_clock());
  each_on(std::chrono::system_clock());
}

/// Waits that don't end in our lifetime; computed carelessly, each of them overflows.
BOOST_AUTO_TEST_CASE(STD5_a_deadline_too_far_to_represent_is_no_limit) {
  const auto each = [](auto wait) {
    lock_type lock;
    bool opened = false;
    expect_waits(lock, [&](condition& changed, auto is_open) {
      guard_type guard(lock);
      opened = wait(changed, guard, is_open);
    });
    BOOST_TEST(opened);
  };
  each([](auto& c, auto& guard, auto& is_open) { return c.wait_for(guard, std::chrono::nanoseconds::max(), is_open); });
  each([](auto& c, auto& guard, auto& is_open) { return c.wait_for(guard, std::chrono::hours::max(), is_open); });
  const auto end_of_time = std::chrono::system_clock::time_point::max();
  each([&](auto& c, auto& guard, auto& is_open) { return c.wait_until(guard, end_of_time, is_open); });
}

BOOST_AUTO_TEST_CASE(STD6_a_timed_out_wait_returns_its_predicate) {
  held one;
  bool asked = false;
  // Becomes true without a notification, as another thread's change under the lock may.
  BOOST_TEST(one.changed.wait_for(one.guard, 1ms, [&] { return std::exchange(asked, true); }));
  BOOST_TEST(one.changed.wait_for(one.guard, -1s, [] { return true; }));
  BOOST_TEST(!one.changed.wait_for(one.guard, 1ms, never));
  BOOST_TEST(one.still());
}

BOOST_AUTO_TEST_CASE(STD6_X4_a_predicate_that_throws_leaves_the_lock_held) {
  held one;
  const auto throws = []() -> bool { throw std::domain_error("from the predicate"); };
  BOOST_CHECK_THROW(one.changed.wait(one.guard, throws), std::domain_error);
  BOOST_TEST(one.still());
  BOOST_CHECK_THROW(one.changed.wait_for(one.guard, 1h, throws), std::domain_error);
  BOOST_TEST(one.still());
}

BOOST_AUTO_TEST_CASE(STD6_a_lock_that_cannot_be_taken_again_terminates) {
  struct once_only {
    void lock() { throw std::runtime_error("not again"); }
    void unlock() {}
  };
  const pid_t child = fork();
  if (child == 0) {
    std::set_terminate([] { _exit(42); });
    try {
      once_only lock;
      condition().wait_for(lock, 1ms);
    } catch (...) {
      _exit(2);
    }
    _exit(1);
  }
  int status = 0;
  BOOST_TEST_REQUIRE(waitpid(child, &status, 0) == child);
  BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 42));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(X4_notify_counts_who_waits, C, precise) {
  waiters<C> all(3, 1);
  all.until(all.waiting, 3);
  all.changed.notify(0);
  BOOST_TEST(all.all_woken() == 0U);
  all.changed.notify(std::numeric_limits<std::size_t>::max());
  all.until(all.woken, 3);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(X4_a_notification_that_finds_nobody_is_gone, C, precise) {
  held one;
  one.changed.notify();
  one.changed.notify_all();
  BOOST_TEST((one.changed.wait_for(one.guard, 5ms) == std::cv_status::timeout));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(X4_waiters_are_notified_in_order, C, fifo) {
  waiters<C> all(6, 1);
  all.until(all.waiting, 6);
  for (unsigned i = 1; i <= 6; ++i) {
    all.changed.notify();
    all.until(all.woken, i);
  }
  BOOST_TEST(all.woken == all.waiting, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(X4_who_timed_out_is_no_longer_in_line, C, precise) {
  waiters<C> all(2, 1);
  for (const auto duration : {-1000ms, 0ms, 5ms}) {
    guard_type guard(all.lock);
    BOOST_TEST((all.changed.wait_for(guard, duration) == std::cv_status::timeout));
  }
  all.until(all.waiting, 2);
  all.changed.notify();
  all.until(all.woken, 1);
  all.changed.notify();
  all.until(all.woken, 2);
}

/// Waits until `open`, or until `token` asks to stop, as one does with a condition that knows nothing of stop tokens.
/// @return whether it is open
bool wait_for_stop(lock_type& lock, condition& changed, const std::stop_token& token, const bool& open) {
  // Runs at once if the stop came before. It takes the lock, lest it notify between a waiter's look and its sleep.
  const std::stop_callback wake(token, [&] {
    const std::lock_guard mine(lock);
    changed.notify_all();
  });
  guard_type guard(lock);
  changed.wait(guard, [&] { return open || token.stop_requested(); });
  if (!guard.owns_lock()) throw std::runtime_error("a wait returned without the lock");
  return open;
}

BOOST_AUTO_TEST_CASE(STD7_a_stop_that_came_before_ends_the_wait_at_once) {
  lock_type lock;
  condition changed;
  std::stop_source source;
  source.request_stop();
  BOOST_TEST(!wait_for_stop(lock, changed, source.get_token(), false));
  BOOST_TEST(wait_for_stop(lock, changed, source.get_token(), true));
}

BOOST_AUTO_TEST_CASE(STD7_a_stop_that_comes_later_ends_the_wait) {
  lock_type lock;
  condition changed;
  std::stop_source source;
  std::optional<bool> was_open;
  crew waiter(1, [&](unsigned) { was_open = wait_for_stop(lock, changed, source.get_token(), false); });
  waiter.until_blocked(0);
  source.request_stop();
  waiter.wait();
  BOOST_TEST((was_open == false));
}

BOOST_AUTO_TEST_CASE(STD7_a_stop_between_the_look_and_the_sleep_ends_the_wait) {
  held here;
  std::stop_source source;
  const std::stop_callback wake(source.get_token(), [&] {
    const std::lock_guard mine(here.lock);
    here.changed.notify_all();
  });
  std::optional<crew> stopper;
  here.changed.wait(here.guard, [&] {
    if (source.stop_requested()) return true;
    stopper.emplace(1, [&](unsigned) { source.request_stop(); });
    // The callback waits for the lock, which this thread gives up when it sleeps.
    stopper->until_blocked(0);
    return false;
  });
  BOOST_TEST(here.still());
  stopper->wait();
}

BOOST_AUTO_TEST_CASE(C1_X4_a_recursive_lock_is_released_and_restored_at_any_depth) {
  for (const unsigned depth : {1U, 2U, 5U}) {
    deep_lock lock;
    expect_waits(lock, [&](condition& changed, auto is_open) {
      std::unique_lock guard(lock);
      for (unsigned i = 1; i < depth; ++i) lock.lock();
      changed.wait(guard, is_open);
      changed.wait(lock, is_open);
      if (lock.depth != depth) throw std::runtime_error("the lock came back at another depth");
      for (unsigned i = 1; i < depth; ++i) lock.unlock();
    });
  }
}

}  // namespace
