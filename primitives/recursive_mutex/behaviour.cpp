/// What a recursive mutex promises each of its callers, on real threads. A test's name begins with the behaviours that
/// it covers (L lock, R recursive lock, X not tested by CPython, STD from the standard libraries' suites).
///
/// L13, L14 and L16 are of locks that know no owner.

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <latch>
#include <limits>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <type_traits>

#include "harness/behaviour.hpp"
#include "primitives/recursive_mutex/contract.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
namespace contracts = gauntlet::contracts;

using lock_type = GAUNTLET_TYPE;

/// "At once": far below the durations that the calls in question were given, far above what a loaded machine needs.
constexpr auto at_once = 2s;

/// What `call` returns on another thread.
template <std::invocable Call>
auto elsewhere(Call call) {
  std::invoke_result_t<Call> result{};
  crew(1, [&](unsigned) { result = call(); }).wait();
  return result;
}

/// Whether another thread gets the lock without waiting.
bool is_free(lock_type& lock) {
  return elsewhere([&lock] {
    if (!lock.try_lock()) return false;
    lock.unlock();
    return true;
  });
}

/// For BOOST_CHECK_EXCEPTION: a std::system_error of that condition.
auto error_is(std::errc expected) {
  return [expected](const std::system_error& error) { return error.code() == expected; };
}
const auto not_permitted = error_is(std::errc::operation_not_permitted);

/// The test's thread holds a lock while a crew wants it. Whatever ends the test, the lock is let go before the crew is
/// joined.
struct siege {
  /// Each member locks once, and is counted.
  explicit siege(unsigned members)
      : siege(members, [this](lock_type&, unsigned) {
          const std::lock_guard guard(lock);
          ++entered;
        }) {}
  siege(unsigned members, std::function<void(lock_type&, unsigned)> work) : held(lock) {
    others.emplace(members, [this, work](unsigned member) { work(lock, member); });
  }

  lock_type lock;
  /// Guarded by the lock.
  unsigned entered = 0;
  std::optional<crew> others;
  std::unique_lock<lock_type> held;
};

/// What `attempt` returns on another thread while this one holds the lock.
bool attempt_while_held(std::function<bool(lock_type&)> attempt) {
  bool result = false;
  siege besieged(1, [&](lock_type& lock, unsigned) {
    result = attempt(lock);
    if (result) lock.unlock();
  });
  besieged.others->wait();
  return result;
}

/// That `attempt`, which has no time to wait, takes a free lock, and the caller's, and leaves another's at once.
void expect_one_try(std::function<bool(lock_type&)> attempt) {
  lock_type lock;
  BOOST_TEST_REQUIRE(attempt(lock));
  BOOST_TEST_REQUIRE(attempt(lock));
  BOOST_TEST(lock.depth() == 2U);
  lock.unlock();
  lock.unlock();
  bool taken = true;
  const auto time = duration_of([&] { taken = attempt_while_held(attempt); });
  BOOST_TEST(!taken);
  BOOST_TEST((time < at_once));
}

/// From here on SIGUSR1 interrupts system calls, and does nothing else.
void let_sigusr1_interrupt() {
  struct sigaction quiet{};
  quiet.sa_handler = [](int) {};
  sigaction(SIGUSR1, &quiet, nullptr);
}

BOOST_AUTO_TEST_CASE(L1_L3_is_constructed_free_locked_and_unlocked_often_and_destroyed) {
  static_assert(!std::is_copy_constructible_v<lock_type> && !std::is_copy_assignable_v<lock_type>);
  for (int i = 0; i < 100; ++i) {
    lock_type lock;
    for (int use = 0; use < 100; ++use) {
      lock.lock();
      lock.unlock();
    }
  }
  lock_type destroyed_while_held;
  destroyed_while_held.lock();
}

BOOST_AUTO_TEST_CASE(L4_L5_try_lock_takes_a_free_lock_and_leaves_a_held_one_at_once) {
  expect_one_try([](lock_type& lock) { return lock.try_lock(); });
}

BOOST_AUTO_TEST_CASE(L6_nobody_gets_in_while_it_is_held_and_everybody_after_one_unlock) {
  siege besieged(5);
  besieged.others->until_all_blocked();
  BOOST_TEST(besieged.entered == 0U);
  besieged.held.unlock();
  besieged.others->wait();
  BOOST_TEST(besieged.entered == 5U);
}

BOOST_AUTO_TEST_CASE(L7_guards_unlock_on_return_and_on_exceptions) {
  lock_type lock;
  const auto section = [&lock](bool fails) {
    const std::scoped_lock guard(lock);
    if (fails) throw std::runtime_error("from inside");
  };
  section(false);
  BOOST_TEST(is_free(lock));
  BOOST_CHECK_THROW(section(true), std::runtime_error);
  BOOST_TEST(is_free(lock));
}

/// No duration is an error in C++: what isn't above zero is one try, what can't be represented is no limit.
BOOST_AUTO_TEST_CASE(L9_a_duration_of_zero_or_less_is_one_try) {
  const auto each = [](auto duration) {
    expect_one_try([duration](lock_type& lock) { return lock.try_lock_for(duration); });
  };
  each(0s);
  each(-1ns);
  each(-1h);
  each(std::chrono::nanoseconds::min());
  each(std::chrono::hours::min());
  each(std::chrono::duration<double>(-std::numeric_limits<double>::infinity()));
  each(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()));
}

BOOST_AUTO_TEST_CASE(L9_a_duration_too_long_to_represent_is_no_limit) {
  const auto each = [](auto duration) {
    bool taken = false;
    siege besieged(1, [&](lock_type& lock, unsigned) {
      taken = lock.try_lock_for(duration);
      if (taken) lock.unlock();
    });
    besieged.others->until_blocked(0);
    besieged.held.unlock();
    besieged.others->wait();
    BOOST_TEST(taken);
  };
  each(std::chrono::nanoseconds::max());
  each(std::chrono::hours::max());
  each(std::chrono::duration<double>(std::numeric_limits<double>::infinity()));
  each(std::chrono::duration<float, std::ratio<86400 * 365>>(1e30F));
}

BOOST_AUTO_TEST_CASE(L10_L11_a_timed_try_takes_a_free_lock_at_once_and_gives_a_held_one_up_in_time) {
  lock_type lock;
  bool taken = false;
  BOOST_TEST((duration_of([&] { taken = lock.try_lock_for(5s); }) < at_once));
  BOOST_TEST(taken);
  const auto give_up = [&lock] { return duration_of([&lock] { return lock.try_lock_for(50ms); }); };
  BOOST_TEST(about(elsewhere(give_up), 50ms));
  BOOST_TEST(!elsewhere([&lock] { return lock.try_lock_for(5ms); }));
  lock.unlock();
}

BOOST_AUTO_TEST_CASE(L15_a_timeout_leaves_the_lock_as_it_was) {
  lock_type lock;
  lock.lock();
  BOOST_TEST(!elsewhere([&lock] { return lock.try_lock_for(5ms) || lock.is_owner(); }));
  BOOST_TEST(lock.depth() == 1U);
  lock.unlock();
  BOOST_TEST(is_free(lock));
}

BOOST_AUTO_TEST_CASE(R1_each_form_of_lock_goes_deeper_and_is_undone_by_one_unlock) {
  lock_type lock;
  lock.lock();
  BOOST_TEST(lock.try_lock());
  BOOST_TEST(lock.try_lock_for(0s));
  BOOST_TEST(lock.try_lock_for(5s));
  BOOST_TEST(lock.try_lock_until(std::chrono::steady_clock::time_point::min()));
  BOOST_TEST(lock.depth() == 5U);
  for (unsigned left = 5; left > 0; --left) {
    BOOST_TEST(lock.depth() == left);
    BOOST_TEST(!is_free(lock));
    lock.unlock();
  }
  BOOST_TEST(is_free(lock));
}

BOOST_AUTO_TEST_CASE(R2_unlocking_a_free_lock_throws_and_leaves_it_free) {
  lock_type lock;
  BOOST_CHECK_EXCEPTION(lock.unlock(), std::system_error, not_permitted);
  lock.lock();
  lock.lock();
  lock.unlock();
  lock.unlock();
  BOOST_CHECK_EXCEPTION(lock.unlock(), std::system_error, not_permitted);
  BOOST_TEST(lock.depth() == 0U);
  BOOST_TEST(is_free(lock));
}

BOOST_AUTO_TEST_CASE(R3_unlocking_by_a_foreign_thread_throws_and_changes_nothing) {
  lock_type lock;
  const auto refused_elsewhere = [&lock] {
    return elsewhere([&lock] { return contracts::not_permitted([&lock] { lock.unlock(); }); });
  };
  lock.lock();
  BOOST_TEST(refused_elsewhere());
  BOOST_TEST(lock.depth() == 1U);
  lock.lock();
  BOOST_TEST(refused_elsewhere());
  BOOST_TEST(lock.depth() == 2U);
  BOOST_TEST(!is_free(lock));
  lock.unlock();
  lock.unlock();
  BOOST_TEST(is_free(lock));
}

BOOST_AUTO_TEST_CASE(R4_releasing_all_of_a_lock_that_is_not_held_throws) {
  lock_type lock;
  BOOST_CHECK_EXCEPTION(lock.release_all(), std::system_error, not_permitted);
  lock.lock();
  BOOST_TEST(elsewhere([&lock] { return contracts::not_permitted([&lock] { lock.release_all(); }); }));
  BOOST_TEST(lock.depth() == 1U);
  lock.unlock();
  BOOST_CHECK_EXCEPTION(lock.release_all(), std::system_error, not_permitted);
  BOOST_TEST(is_free(lock));
}

BOOST_AUTO_TEST_CASE(R4_release_all_frees_the_lock_and_restore_brings_its_depth_back) {
  lock_type lock;
  for (int i = 0; i < 3; ++i) lock.lock();
  const unsigned depth = lock.release_all();
  BOOST_TEST(depth == 3U);
  BOOST_TEST(!lock.is_owner());
  BOOST_TEST(is_free(lock));
  BOOST_CHECK_EXCEPTION(lock.restore(0), std::system_error, error_is(std::errc::invalid_argument));
  BOOST_TEST(is_free(lock));
  lock.restore(depth);
  BOOST_CHECK_EXCEPTION(lock.restore(1), std::system_error, error_is(std::errc::resource_deadlock_would_occur));
  BOOST_TEST(lock.depth() == 3U);
  BOOST_TEST(!is_free(lock));
  for (int i = 0; i < 3; ++i) lock.unlock();
  BOOST_TEST(is_free(lock));
}

BOOST_AUTO_TEST_CASE(R5_R6_STD13_depth_and_is_owner_tell_of_the_calling_thread) {
  lock_type lock;
  const auto expect = [&lock](unsigned depth) {
    BOOST_TEST(lock.depth() == depth);
    BOOST_TEST(lock.is_owner() == (depth > 0));
    BOOST_TEST(elsewhere([&lock] { return lock.depth(); }) == 0U);
    BOOST_TEST(!elsewhere([&lock] { return lock.is_owner(); }));
  };
  expect(0);
  for (unsigned depth = 1; depth <= 3; ++depth) {
    lock.lock();
    expect(depth);
  }
  for (unsigned depth = 3; depth > 0; --depth) {
    expect(depth);
    lock.unlock();
  }
  expect(0);
}

/// Signals go on for longer than `about` accepts, so that a wait that each of them restarts is seen.
BOOST_AUTO_TEST_CASE(R7_L20_L21_signals_neither_end_a_wait_nor_stretch_a_timed_one) {
  let_sigusr1_interrupt();
  std::atomic<pthread_t> waiter{};
  std::atomic<bool> begun = false;
  std::chrono::nanoseconds time{};
  bool taken = true;
  unsigned depth = 0;
  siege besieged(1, [&](lock_type& lock, unsigned) {
    waiter = pthread_self();
    begun = true;
    time = duration_of([&] { taken = lock.try_lock_for(50ms); });
    const std::lock_guard guard(lock);
    depth = lock.depth();
  });
  for (const auto start = std::chrono::steady_clock::now(); std::chrono::steady_clock::now() - start < 600ms;) {
    if (begun) pthread_kill(waiter, SIGUSR1);
    std::this_thread::sleep_for(5ms);
  }
  besieged.others->until_blocked(0);
  BOOST_TEST(!taken);
  BOOST_TEST(about(time, 50ms));
  BOOST_TEST(depth == 0U);
  besieged.held.unlock();
  besieged.others->wait();
  BOOST_TEST(depth == 1U);
}

BOOST_AUTO_TEST_CASE(STD5_a_deadline_that_has_passed_is_one_try) {
  const auto each = [](auto when) { expect_one_try([when](lock_type& lock) { return lock.try_lock_until(when); }); };
  const auto each_on = [&each]<class Clock>(Clock) {
    each(typename Clock::time_point{});
    each(Clock::time_point::min());
    each(typename Clock::time_point(typename Clock::duration(-1)));
    each(Clock::now());
    each(Clock::now() - 1h);
  };
  each_on(std::chrono::steady_clock{});
  each_on(std::chrono::system_clock{});
}

BOOST_AUTO_TEST_CASE(STD5_a_deadline_to_come_is_kept_on_every_clock) {
  const auto each_on = []<class Clock>(Clock) {
    std::chrono::nanoseconds time{};
    const bool taken = attempt_while_held([&](lock_type& lock) {
      bool result = true;
      time = duration_of([&] { result = lock.try_lock_until(Clock::now() + 50ms); });
      return result;
    });
    BOOST_TEST(!taken);
    BOOST_TEST(about(time, 50ms));
  };
  each_on(std::chrono::steady_clock{});
  each_on(std::chrono::system_clock{});
}

BOOST_AUTO_TEST_CASE(L8_STD12_one_thread_is_inside_at_a_time) {
  lock_type lock;
  std::atomic<unsigned> inside = 0;
  std::atomic<bool> shared = false;
  std::latch start(4);
  unsigned entered = 0;
  crew(4, [&](unsigned) {
    start.arrive_and_wait();
    for (int i = 0; i < 500; ++i) {
      if (i % 2 == 0 || !lock.try_lock()) lock.lock();
      if (++inside != 1) shared = true;
      ++entered;
      // Lets the others run while this one is inside: on few processors they would not come.
      std::this_thread::yield();
      if (--inside != 0) shared = true;
      lock.unlock();
    }
  }).wait();
  BOOST_TEST(!shared);
  BOOST_TEST(entered == 2000U);
}

BOOST_AUTO_TEST_CASE(X6_one_lock_too_many_is_an_error_and_changes_nothing) {
  lock_type lock;
  lock.restore(lock_type::max_depth - 1);
  lock.lock();
  BOOST_CHECK_EXCEPTION(lock.lock(), std::system_error, error_is(std::errc::resource_unavailable_try_again));
  BOOST_TEST(!lock.try_lock());
  BOOST_TEST(!lock.try_lock_for(5s));
  BOOST_TEST(lock.depth() == lock_type::max_depth);
  lock.unlock();
  BOOST_TEST(lock.try_lock());
  BOOST_TEST(lock.release_all() == lock_type::max_depth);
  BOOST_TEST(is_free(lock));
}

BOOST_AUTO_TEST_CASE(X6_locks_are_released_in_any_order) {
  lock_type first;
  lock_type second;
  for (lock_type* const one : {&first, &second, &first}) one->lock();
  for (lock_type* const one : {&first, &second}) one->unlock();
  BOOST_TEST(!is_free(first));
  BOOST_TEST(is_free(second));
  first.unlock();
  BOOST_TEST(is_free(first));
}

}  // namespace
