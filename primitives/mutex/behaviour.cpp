/// What a mutex promises each of its callers, on real threads. A test's name begins with the behaviours that it covers
/// (L lock, X not tested by CPython, STD from the standard libraries' suites).

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <concepts>
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
#include "primitives/mutex/contract.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using gauntlet::harness::only_if;
namespace contracts = gauntlet::contracts;

using lock_type = GAUNTLET_TYPE;
using timed = only_if<contracts::timed_mutex<lock_type>, lock_type>;
using fifo = only_if<contracts::fifo_mutex<lock_type>, lock_type>;
using freely_unlocked = only_if<contracts::freely_unlocked_mutex<lock_type>, lock_type>;
template <class L>
concept tells_whether_it_is_locked = requires(const L& lock) { lock.is_locked(); };
using observable = only_if<tells_whether_it_is_locked<lock_type>, lock_type>;
using checked = only_if<contracts::checked_mutex<lock_type>, lock_type>;

/// "At once": far below the durations that the calls in question were given, far above what a loaded machine needs.
constexpr auto at_once = 2s;

/// Whether `attempt` succeeds on a free lock: one try may fail for no reason, one of a hundred must not.
template <std::predicate Attempt>
bool succeeds(Attempt attempt) {
  for (int tries = 0; tries < 100; ++tries)
    if (attempt()) return true;
  return false;
}

template <class L>
bool is_free(L& lock) {
  if (!succeeds([&] { return lock.try_lock(); })) return false;
  lock.unlock();
  return true;
}

/// The test's thread holds a lock while a crew wants it. Whatever ends the test, the lock is let go before the crew is
/// joined.
template <class L>
struct siege {
  /// Each member locks once, and is counted.
  explicit siege(unsigned members)
      : siege(members, [this](L&, unsigned) {
          const std::lock_guard guard(lock);
          ++entered;
        }) {}
  siege(unsigned members, std::function<void(L&, unsigned)> work) : held(lock) {
    others.emplace(members, [this, work](unsigned member) { work(lock, member); });
  }

  L lock;
  /// Guarded by the lock.
  unsigned entered = 0;
  std::optional<crew> others;
  std::unique_lock<L> held;
};

/// What `attempt` returns on another thread while this one holds the lock.
template <class L>
bool attempt_while_held(std::function<bool(L&)> attempt) {
  bool result = false;
  siege<L> besieged(1, [&](L& lock, unsigned) {
    result = attempt(lock);
    if (result) lock.unlock();
  });
  besieged.others->wait();
  return result;
}

/// That `attempt`, which has no time to wait, takes a free lock and leaves a held one at once.
template <class L>
void expect_one_try(std::function<bool(L&)> attempt) {
  L lock;
  BOOST_TEST_REQUIRE(succeeds([&] { return attempt(lock); }));
  lock.unlock();
  bool taken = true;
  const auto time = duration_of([&] { taken = attempt_while_held<L>(attempt); });
  BOOST_TEST(!taken);
  BOOST_TEST((time < at_once));
}

/// A clock of the user's own: an hour ahead of the steady one, in ticks of 10 ms.
struct village_clock {
  using rep = long;
  using period = std::centi;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<village_clock>;
  [[maybe_unused]] static constexpr bool is_steady = false;
  static time_point now() noexcept {
    return time_point(std::chrono::ceil<duration>(std::chrono::steady_clock::now().time_since_epoch()) + 1h);
  }
};

/// How often SIGUSR1 was handled.
std::atomic<int> handled{0};

/// From here on SIGUSR1 interrupts system calls, is counted, and does nothing else.
void let_sigusr1_interrupt() {
  struct sigaction quiet{};
  quiet.sa_handler = [](int) { ++handled; };
  sigaction(SIGUSR1, &quiet, nullptr);
}

BOOST_AUTO_TEST_CASE(L1_L3_is_constructed_free_locked_and_unlocked_often_and_destroyed) {
  static_assert(!std::is_copy_constructible_v<lock_type> && !std::is_copy_assignable_v<lock_type>);
  for (int i = 0; i < 100; ++i) {
    lock_type lock;
    BOOST_TEST(is_free(lock));
    for (int use = 0; use < 100; ++use) {
      lock.lock();
      lock.unlock();
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L2_is_locked_tells_whoever_asks, L, observable) {
  siege<L> besieged(2);
  BOOST_TEST(besieged.lock.is_locked());
  besieged.others->until_all_blocked();
  BOOST_TEST(besieged.lock.is_locked());
  besieged.held.unlock();
  besieged.others->wait();
  BOOST_TEST(!besieged.lock.is_locked());
  BOOST_TEST(besieged.lock.try_lock());
  bool seen = false;
  crew(1, [&](unsigned) { seen = besieged.lock.is_locked(); }).wait();
  BOOST_TEST(seen);
  besieged.lock.unlock();
  BOOST_TEST(!L().is_locked());
}

BOOST_AUTO_TEST_CASE(L4_L5_try_lock_takes_a_free_lock_and_leaves_a_held_one_at_once) {
  expect_one_try<lock_type>([](lock_type& lock) { return lock.try_lock(); });
}

BOOST_AUTO_TEST_CASE(L6_nobody_gets_in_while_it_is_held_and_everybody_after_one_unlock) {
  siege<lock_type> besieged(5);
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
  const auto another_may_lock = [&lock] {
    bool result = false;
    crew(1, [&](unsigned) { result = is_free(lock); }).wait();
    return result;
  };
  section(false);
  BOOST_TEST(another_may_lock());
  BOOST_CHECK_THROW(section(true), std::runtime_error);
  BOOST_TEST(another_may_lock());
}

BOOST_AUTO_TEST_CASE(L7_scoped_lock_takes_two_locks_in_either_order) {
  lock_type left;
  lock_type right;
  std::latch start(2);
  unsigned entered = 0;
  crew(2, [&](unsigned member) {
    start.arrive_and_wait();
    for (int i = 0; i < 1000; ++i) {
      const std::scoped_lock guard(member == 0 ? left : right, member == 0 ? right : left);
      ++entered;
    }
  }).wait();
  BOOST_TEST(entered == 2000U);
  BOOST_TEST(is_free(left));
  BOOST_TEST(is_free(right));
}

BOOST_AUTO_TEST_CASE(L8_any_thread_may_use_it) {
  lock_type lock;
  std::latch start(15);
  unsigned entered = 0;
  crew(15, [&](unsigned) {
    start.arrive_and_wait();
    for (int i = 0; i < 100; ++i) {
      const std::lock_guard guard(lock);
      ++entered;
    }
  }).wait();
  BOOST_TEST(entered == 1500U);
}

/// No duration is an error in C++: what isn't above zero is one try, what can't be represented is no limit.
BOOST_AUTO_TEST_CASE_TEMPLATE(L9_a_duration_of_zero_or_less_is_one_try, L, timed) {
  const auto each = [](auto duration) {
    expect_one_try<L>([duration](L& lock) { return lock.try_lock_for(duration); });
  };
  each(0s);
  each(-1ns);
  each(-1h);
  each(std::chrono::nanoseconds::min());
  each(std::chrono::hours::min());
  each(std::chrono::duration<double>(-std::numeric_limits<double>::infinity()));
  each(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L9_a_duration_too_long_to_represent_is_no_limit, L, timed) {
  const auto each = [](auto duration) {
    bool taken = false;
    siege<L> besieged(1, [&](L& lock, unsigned) {
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

BOOST_AUTO_TEST_CASE_TEMPLATE(L10_a_timed_try_takes_a_free_lock_at_once, L, timed) {
  L lock;
  bool taken = false;
  BOOST_TEST((duration_of([&] { taken = lock.try_lock_for(5s); }) < at_once));
  BOOST_TEST_REQUIRE(taken);
  lock.unlock();
  BOOST_TEST((duration_of([&] { taken = lock.try_lock_until(std::chrono::steady_clock::now() + 5s); }) < at_once));
  BOOST_TEST_REQUIRE(taken);
  lock.unlock();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L11_a_timed_try_on_a_held_lock_gives_up_in_time, L, timed) {
  std::chrono::nanoseconds time{};
  BOOST_TEST(!attempt_while_held<L>([&](L& lock) {
    bool taken = true;
    time = duration_of([&] { taken = lock.try_lock_for(50ms); });
    return taken;
  }));
  BOOST_TEST(about(time, 50ms));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L13_L14_locking_again_waits_until_another_thread_unlocks, L, freely_unlocked) {
  L lock;
  crew twice(1, [&](unsigned) {
    lock.lock();
    lock.lock();
    lock.unlock();
  });
  twice.until_blocked(0);
  lock.unlock();
  twice.wait();
  BOOST_TEST(is_free(lock));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L15_a_timeout_leaves_the_lock_as_it_was, L, timed) {
  bool taken = true;
  siege<L> besieged(1, [&](L& lock, unsigned) { taken = lock.try_lock_for(5ms); });
  besieged.others->wait();
  BOOST_TEST(!taken);
  besieged.held.unlock();
  BOOST_TEST(is_free(besieged.lock));
  bool free_again = false;
  crew(1, [&](unsigned) { free_again = is_free(besieged.lock); }).wait();
  BOOST_TEST(free_again);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L16_unlocking_a_free_lock_throws_and_leaves_it_free, L, checked) {
  L lock;
  const auto refused = [](const std::system_error& error) {
    return error.code() == std::errc::operation_not_permitted;
  };
  BOOST_CHECK_EXCEPTION(lock.unlock(), std::system_error, refused);
  lock.lock();
  lock.unlock();
  BOOST_CHECK_EXCEPTION(lock.unlock(), std::system_error, refused);
  BOOST_TEST(is_free(lock));
}

BOOST_AUTO_TEST_CASE(L19_L20_a_signal_is_handled_during_a_wait_and_does_not_end_it) {
  let_sigusr1_interrupt();
  const int before = handled;
  std::atomic<pthread_t> waiter{};
  unsigned entered = 0;
  siege<lock_type> besieged(1, [&](lock_type& lock, unsigned) {
    waiter = pthread_self();
    const std::lock_guard guard(lock);
    ++entered;
  });
  for (int i = 0; i < 10; ++i) {
    besieged.others->until_blocked(0);
    pthread_kill(waiter, SIGUSR1);
    // The lock is held all the while.
    const auto start = std::chrono::steady_clock::now();
    while (handled == before + i && std::chrono::steady_clock::now() - start < 20s) std::this_thread::sleep_for(200us);
    BOOST_TEST(handled == before + i + 1);
  }
  besieged.others->until_blocked(0);
  BOOST_TEST(entered == 0U);
  besieged.held.unlock();
  besieged.others->wait();
  BOOST_TEST(entered == 1U);
}

/// Signals go on for longer than `about` accepts, so that a wait that each of them restarts is seen.
BOOST_AUTO_TEST_CASE_TEMPLATE(L21_signals_do_not_change_how_long_a_timed_try_takes, L, timed) {
  let_sigusr1_interrupt();
  std::atomic<pthread_t> waiter{};
  std::atomic<bool> begun = false;
  std::chrono::nanoseconds time{};
  bool taken = true;
  siege<L> besieged(1, [&](L& lock, unsigned) {
    waiter = pthread_self();
    begun = true;
    time = duration_of([&] { taken = lock.try_lock_for(50ms); });
  });
  const auto start = std::chrono::steady_clock::now();
  while (!besieged.others->finished(0) && std::chrono::steady_clock::now() - start < 1s) {
    if (begun) pthread_kill(waiter, SIGUSR1);
    std::this_thread::sleep_for(5ms);
  }
  besieged.others->wait();
  BOOST_TEST(!taken);
  BOOST_TEST(about(time, 50ms));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD5_a_deadline_that_has_passed_is_one_try, L, timed) {
  const auto each = [](auto when) { expect_one_try<L>([when](L& lock) { return lock.try_lock_until(when); }); };
  const auto each_on = [&each]<class Clock>(Clock) {
    each(typename Clock::time_point{});
    each(Clock::time_point::min());
    each(typename Clock::time_point(typename Clock::duration(-1)));
    each(Clock::now());
    each(Clock::now() - 1h);
  };
  each_on(std::chrono::steady_clock{});
  each_on(std::chrono::system_clock{});
  each_on(village_clock{});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(STD5_a_deadline_to_come_is_kept_on_every_clock, L, timed) {
  const auto each_on = []<class Clock>(Clock) {
    std::chrono::nanoseconds time{};
    const bool taken = attempt_while_held<L>([&](L& lock) {
      bool result = true;
      time = duration_of([&] { result = lock.try_lock_until(Clock::now() + 50ms); });
      return result;
    });
    BOOST_TEST(!taken);
    BOOST_TEST(about(time, 50ms));

    L lock;
    BOOST_TEST_REQUIRE(lock.try_lock_until(Clock::time_point::max()));
    lock.unlock();
  };
  each_on(std::chrono::steady_clock{});
  each_on(std::chrono::system_clock{});
  each_on(village_clock{});
}

BOOST_AUTO_TEST_CASE(STD12_one_thread_is_inside_at_a_time) {
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

BOOST_AUTO_TEST_CASE_TEMPLATE(X7_a_waiter_goes_before_the_thread_that_just_unlocked, L, fifo) {
  siege<L> besieged(1);
  besieged.others->until_blocked(0);
  besieged.held.unlock();
  besieged.held.lock();
  BOOST_TEST(besieged.entered == 1U);
}

}  // namespace
