/// What a shared mutex promises each of its callers, on real threads. A test's name begins with the behaviours that it
/// covers (L lock, X not tested by CPython, STD from the standard libraries' suites).
///
/// L13, L14 and L16 (unlock by others, or of a free lock) are the caller's errors here.

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <csignal>
#include <functional>
#include <latch>
#include <limits>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

#include "harness/behaviour.hpp"
#include "primitives/shared_mutex/contract.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using gauntlet::harness::only_if;
namespace contracts = gauntlet::contracts;

using lock_type = GAUNTLET_TYPE;
using writer_first = only_if<contracts::writer_first_mutex<lock_type>, lock_type>;
using attempt = std::function<bool(lock_type&)>;

/// "At once": far below the durations that the calls in question were given, far above what a loaded machine needs.
constexpr auto at_once = 2s;

/// What `call` returns on another thread.
template <std::invocable Call>
auto elsewhere(Call call) {
  std::invoke_result_t<Call> result{};
  crew(1, [&](unsigned) { result = call(); }).wait();
  return result;
}

/// Whether `tries` succeeds for another thread: one try may fail for no reason, one of a hundred must not.
bool succeeds(lock_type& lock, bool (lock_type::*tries)(), void (lock_type::*undo)()) {
  return elsewhere([&] {
    for (int i = 0; i < 100; ++i)
      if ((lock.*tries)()) return (lock.*undo)(), true;
    return false;
  });
}
bool is_free(lock_type& lock) {
  return succeeds(lock, &lock_type::try_lock, &lock_type::unlock);
}
bool admits_readers(lock_type& lock) {
  return succeeds(lock, &lock_type::try_lock_shared, &lock_type::unlock_shared);
}

/// A lock that the test's thread holds, alone or shared, while a crew wants it. Whatever ends the test, the lock is let
/// go before the crew is joined.
template <class Guard>
struct siege {
  siege(unsigned members, std::function<void(lock_type&, unsigned)> work) : held(lock) {
    others.emplace(members, [this, work](unsigned member) { work(lock, member); });
  }

  lock_type lock;
  std::optional<crew> others;
  Guard held;
};
using held_by_writer = siege<std::unique_lock<lock_type>>;
using held_by_reader = siege<std::shared_lock<lock_type>>;

/// A way to lock that gives up, for both sorts of callers.
struct form {
  std::string_view name;
  attempt write;
  attempt read;
};

form for_duration(auto duration) {
  return {"for", [=](lock_type& lock) { return lock.try_lock_for(duration); },
          [=](lock_type& lock) { return lock.try_lock_shared_for(duration); }};
}
form until(auto when) {
  return {"until", [=](lock_type& lock) { return lock.try_lock_until(when); },
          [=](lock_type& lock) { return lock.try_lock_shared_until(when); }};
}
const form plain_try = {"try", [](lock_type& lock) { return lock.try_lock(); },
                        [](lock_type& lock) { return lock.try_lock_shared(); }};

/// That `form` fails where the lock is held in a way that excludes it, and changes nothing.
/// @return how long the slowest attempt took, and the fastest
std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds> expect_failure(const form& tried) {
  std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds> times{0ns, std::chrono::nanoseconds::max()};
  lock_type lock;
  const auto fails = [&](const attempt& one) {
    bool taken = true;
    const auto time = duration_of([&] { taken = elsewhere([&] { return one(lock); }); });
    times = {std::max(times.first, time), std::min(times.second, time)};
    BOOST_TEST(!taken, tried.name);
  };
  lock.lock();
  fails(tried.write);
  fails(tried.read);
  lock.unlock();
  BOOST_TEST(is_free(lock));
  lock.lock_shared();
  fails(tried.write);
  BOOST_TEST(admits_readers(lock));
  lock.unlock_shared();
  BOOST_TEST(is_free(lock));
  return times;
}

/// That `form` takes a free lock, and as a reader one that a reader holds, at once.
void expect_success(const form& tried) {
  lock_type lock;
  const auto time = duration_of([&] {
    BOOST_TEST_REQUIRE(tried.write(lock), tried.name);
    lock.unlock();
    BOOST_TEST_REQUIRE(tried.read(lock), tried.name);
    BOOST_TEST(elsewhere([&] { return tried.read(lock) && (lock.unlock_shared(), true); }), tried.name);
    lock.unlock_shared();
  });
  BOOST_TEST((time < at_once));
  BOOST_TEST(is_free(lock));
}

void expect_one_try(const form& tried) {
  expect_success(tried);
  BOOST_TEST((expect_failure(tried).first < at_once));
}

/// That `form`, with 50 ms to wait, waits so long and no longer.
void expect_patience(const form& tried) {
  const auto [slowest, fastest] = expect_failure(tried);
  BOOST_TEST(about(slowest, 50ms));
  BOOST_TEST(about(fastest, 50ms));
}

BOOST_AUTO_TEST_CASE(L1_L3_is_constructed_free_locked_and_unlocked_often_and_destroyed) {
  static_assert(!std::is_copy_constructible_v<lock_type> && !std::is_copy_assignable_v<lock_type>);
  for (int i = 0; i < 100; ++i) {
    lock_type lock;
    for (int use = 0; use < 100; ++use) {
      lock.lock();
      lock.unlock();
      lock.lock_shared();
      lock.unlock_shared();
    }
  }
}

BOOST_AUTO_TEST_CASE(L4_L5_tries_take_a_free_lock_and_leave_a_held_one_at_once) {
  expect_one_try(plain_try);
}

BOOST_AUTO_TEST_CASE(L6_nobody_gets_in_beside_a_writer_and_everybody_after_one_unlock) {
  std::atomic<unsigned> entered = 0;
  held_by_writer besieged(6, [&](lock_type& lock, unsigned member) {
    if (member % 2 == 0) {
      const std::unique_lock guard(lock);
      ++entered;
    } else {
      const std::shared_lock guard(lock);
      ++entered;
    }
  });
  besieged.others->until_all_blocked();
  BOOST_TEST(entered == 0U);
  besieged.held.unlock();
  besieged.others->wait();
  BOOST_TEST(entered == 6U);
}

BOOST_AUTO_TEST_CASE(L7_guards_unlock_on_return_and_on_exceptions) {
  lock_type lock;
  const auto section = [&lock]<class Guard>(std::in_place_type_t<Guard>, bool fails) {
    const Guard guard(lock);
    if (fails) throw std::runtime_error("from inside");
  };
  section(std::in_place_type<std::unique_lock<lock_type>>, false);
  BOOST_TEST(is_free(lock));
  BOOST_CHECK_THROW(section(std::in_place_type<std::unique_lock<lock_type>>, true), std::runtime_error);
  BOOST_TEST(is_free(lock));
  BOOST_CHECK_THROW(section(std::in_place_type<std::shared_lock<lock_type>>, true), std::runtime_error);
  BOOST_TEST(is_free(lock));
}

/// No duration is an error in C++: what isn't above zero is one try, what can't be represented is no limit.
BOOST_AUTO_TEST_CASE(L9_a_duration_of_zero_or_less_is_one_try) {
  for (const auto& tried : {for_duration(0s), for_duration(-1ns), for_duration(-1h),
                            for_duration(std::chrono::nanoseconds::min()), for_duration(std::chrono::hours::min()),
                            for_duration(std::chrono::duration<double>(-std::numeric_limits<double>::infinity())),
                            for_duration(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()))})
    expect_one_try(tried);
}

BOOST_AUTO_TEST_CASE(L9_a_duration_too_long_to_represent_is_no_limit) {
  for (const auto& tried : {for_duration(std::chrono::nanoseconds::max()), for_duration(std::chrono::hours::max()),
                            for_duration(std::chrono::duration<double>(std::numeric_limits<double>::infinity()))}) {
    std::atomic<unsigned> taken = 0;
    held_by_writer besieged(2, [&](lock_type& lock, unsigned member) {
      if (member == 0 && tried.write(lock)) ++taken, lock.unlock();
      if (member == 1 && tried.read(lock)) ++taken, lock.unlock_shared();
    });
    besieged.others->until_all_blocked();
    besieged.held.unlock();
    besieged.others->wait();
    BOOST_TEST(taken == 2U);
  }
}

BOOST_AUTO_TEST_CASE(L10_timed_tries_take_a_free_lock_at_once) {
  expect_success(for_duration(5s));
  expect_success(until(std::chrono::steady_clock::now() + 5s));
}

BOOST_AUTO_TEST_CASE(L11_L15_timed_tries_on_a_held_lock_give_up_in_time_and_leave_it_as_it_was) {
  expect_patience(for_duration(50ms));
}

/// Signals go on for longer than `about` accepts, so that a wait that each of them restarts is seen.
BOOST_AUTO_TEST_CASE(L20_L21_signals_neither_end_a_wait_nor_stretch_a_timed_one) {
  struct sigaction quiet{};
  quiet.sa_handler = [](int) {};
  sigaction(SIGUSR1, &quiet, nullptr);
  std::atomic<pthread_t> waiters[2]{};
  std::atomic<unsigned> begun = 0;
  std::chrono::nanoseconds times[2]{};
  bool taken[2] = {true, true};
  std::atomic<unsigned> entered = 0;
  held_by_writer besieged(2, [&](lock_type& lock, unsigned member) {
    waiters[member] = pthread_self();
    ++begun;
    times[member] =
        duration_of([&] { taken[member] = member == 0 ? lock.try_lock_for(50ms) : lock.try_lock_shared_for(50ms); });
    member == 0 ? lock.lock() : lock.lock_shared();
    ++entered;
    member == 0 ? lock.unlock() : lock.unlock_shared();
  });
  for (const auto start = std::chrono::steady_clock::now(); std::chrono::steady_clock::now() - start < 600ms;) {
    if (begun == 2)
      for (const auto& waiter : waiters) pthread_kill(waiter, SIGUSR1);
    std::this_thread::sleep_for(5ms);
  }
  besieged.others->until_all_blocked();
  BOOST_TEST(entered == 0U);
  besieged.held.unlock();
  besieged.others->wait();
  BOOST_TEST(entered == 2U);
  for (const unsigned member : {0U, 1U}) {
    BOOST_TEST(!taken[member]);
    BOOST_TEST(about(times[member], 50ms));
  }
}

BOOST_AUTO_TEST_CASE(STD4_readers_get_in_when_the_writer_before_them_gives_up) {
  bool written = true;
  held_by_reader besieged(1, [&](lock_type& lock, unsigned) {
    written = lock.try_lock_for(300ms);
    if (written) lock.unlock();
  });
  besieged.others->until_blocked(0);
  BOOST_TEST(elsewhere([&] {
    const bool read = besieged.lock.try_lock_shared_for(5s);
    if (read) besieged.lock.unlock_shared();
    return read;
  }));
  besieged.others->wait();
  BOOST_TEST(!written);
  BOOST_TEST(admits_readers(besieged.lock));
  besieged.held.unlock();
  BOOST_TEST(is_free(besieged.lock));
}

BOOST_AUTO_TEST_CASE(STD5_a_deadline_that_has_passed_is_one_try) {
  const auto each_on = []<class Clock>(Clock) {
    expect_one_try(until(typename Clock::time_point{}));
    expect_one_try(until(Clock::time_point::min()));
    expect_one_try(until(typename Clock::time_point(typename Clock::duration(-1))));
    expect_one_try(until(Clock::now() - 1h));
  };
  each_on(std::chrono::steady_clock{});
  each_on(std::chrono::system_clock{});
}

BOOST_AUTO_TEST_CASE(STD5_a_deadline_to_come_is_kept_on_every_clock) {
  const auto each_on = []<class Clock>(Clock) {
    expect_patience({"until", [](lock_type& lock) { return lock.try_lock_until(Clock::now() + 50ms); },
                     [](lock_type& lock) { return lock.try_lock_shared_until(Clock::now() + 50ms); }});
  };
  each_on(std::chrono::steady_clock{});
  each_on(std::chrono::system_clock{});
}

BOOST_AUTO_TEST_CASE(L8_STD12_STD13_writers_are_alone_and_readers_are_not) {
  lock_type lock;
  std::atomic<unsigned> readers = 0;
  std::atomic<unsigned> writers = 0;
  std::atomic<bool> broken = false;
  std::latch start(4);
  unsigned written = 0;
  crew(4, [&](unsigned member) {
    start.arrive_and_wait();
    for (unsigned i = 0; i < 500; ++i) {
      const bool writes = (i + member) % 4 == 0;
      writes ? lock.lock() : lock.lock_shared();
      if (writes ? ++writers != 1 || readers != 0 : (++readers, writers != 0)) broken = true;
      if (writes) ++written;
      // Lets the others run while this one is inside: on few processors they would not come.
      std::this_thread::yield();
      --(writes ? writers : readers);
      writes ? lock.unlock() : lock.unlock_shared();
    }
  }).wait();
  BOOST_TEST(!broken);
  BOOST_TEST(written == 500U);
}

BOOST_AUTO_TEST_CASE(STD13_readers_are_inside_all_at_once) {
  lock_type lock;
  std::latch inside(5);
  crew(5, [&](unsigned) {
    const std::shared_lock guard(lock);
    inside.arrive_and_wait();
  }).wait();
  BOOST_TEST(is_free(lock));
}

BOOST_AUTO_TEST_CASE(STD13_a_writer_waits_for_the_last_reader) {
  std::atomic<bool> entered = false;
  held_by_reader besieged(1, [&](lock_type& lock, unsigned) {
    const std::unique_lock guard(lock);
    entered = true;
  });
  besieged.others->until_blocked(0);
  BOOST_TEST(!entered);
  besieged.held.unlock();
  besieged.others->wait();
  BOOST_TEST(entered);
}

BOOST_AUTO_TEST_CASE(STD13_a_reader_is_not_upgraded) {
  lock_type lock;
  const std::shared_lock guard(lock);
  BOOST_TEST(!lock.try_lock());
  BOOST_TEST(admits_readers(lock));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(X7_a_writer_that_waits_goes_before_readers_that_come, L, writer_first) {
  std::atomic<bool> written = false;
  held_by_reader besieged(1, [&](L& lock, unsigned) {
    const std::unique_lock guard(lock);
    written = true;
  });
  besieged.others->until_blocked(0);
  BOOST_TEST(!admits_readers(besieged.lock));
  BOOST_TEST(!elsewhere([&] { return besieged.lock.try_lock_shared_for(20ms); }));
  BOOST_TEST(!written);
  besieged.held.unlock();
  besieged.others->wait();
  BOOST_TEST(written);
  BOOST_TEST(admits_readers(besieged.lock));
}

}  // namespace
