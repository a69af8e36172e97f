/// A timer's API on real threads. A test's name begins with the behaviours that it covers (X not tested by CPython).

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>

#include "harness/behaviour.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::harness::about;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using timer = GAUNTLET_TYPE;

/// Far below the intervals in question, far above what a loaded machine needs.
constexpr auto at_once = 2s;
constexpr auto long_after = 6s;

BOOST_AUTO_TEST_CASE(neither_copied_nor_moved) {
  BOOST_TEST(!std::is_copy_constructible_v<timer>);
  BOOST_TEST(!std::is_copy_assignable_v<timer>);
  BOOST_TEST(!std::is_move_constructible_v<timer>);
}

BOOST_AUTO_TEST_CASE(X1_fires_when_the_interval_since_its_start_has_passed) {
  std::chrono::steady_clock::time_point fired;
  timer tested(50ms, [&] { fired = std::chrono::steady_clock::now(); });
  std::this_thread::sleep_for(100ms);
  const auto start = std::chrono::steady_clock::now();
  tested.start();
  BOOST_TEST(tested.is_alive());
  tested.join();
  BOOST_TEST(about(fired - start, 50ms));
  BOOST_TEST(!tested.is_alive());
  BOOST_TEST(!tested.cancel());
}

BOOST_AUTO_TEST_CASE(X1_an_interval_of_zero_or_less_is_at_once) {
  const auto each = [](auto interval) {
    int runs = 0;
    timer tested(interval, [&] { ++runs; });
    BOOST_TEST((duration_of([&] {
                  tested.start();
                  tested.join();
                }) < at_once));
    BOOST_TEST(runs == 1);
  };
  each(0s);
  each(-1ns);
  each(std::chrono::hours::min());
  each(std::chrono::duration<double>(-1e300));
}

BOOST_AUTO_TEST_CASE(X1_an_interval_too_long_to_represent_never_ends) {
  const auto each = [](auto interval) {
    int runs = 0;
    timer tested(interval, [&] { ++runs; });
    tested.start();
    BOOST_TEST(!tested.join_for(10ms));
    BOOST_TEST(tested.cancel());
    tested.join();
    BOOST_TEST(runs == 0);
  };
  each(std::chrono::hours::max());
  each(std::chrono::nanoseconds::max());
  each(std::chrono::duration<double>(1e300));
}

BOOST_AUTO_TEST_CASE(X1_cancelled_before_its_start_it_ends_at_once) {
  int runs = 0;
  timer tested(long_after, [&] { ++runs; });
  BOOST_TEST(tested.cancel());
  BOOST_TEST(!tested.cancel());
  BOOST_TEST((duration_of([&] {
                tested.start();
                tested.join();
              }) < at_once));
  BOOST_TEST(runs == 0);
}

BOOST_AUTO_TEST_CASE(X1_cancelled_while_it_waits_it_ends_at_once) {
  int runs = 0;
  timer tested(long_after, [&] { ++runs; });
  tested.start();
  crew joiner(1, [&](unsigned) { tested.join(); });
  joiner.until_blocked(0);
  BOOST_TEST(tested.cancel());
  BOOST_TEST((duration_of([&] { joiner.wait(); }) < at_once));
  BOOST_TEST(!tested.is_alive());
  BOOST_TEST(!tested.cancel());
  BOOST_TEST(runs == 0);
}

BOOST_AUTO_TEST_CASE(X1_cancelled_from_its_function_it_is_too_late) {
  bool cancelled = true;
  timer* self = nullptr;
  timer tested(0s, [&] { cancelled = self->cancel(); });
  self = &tested;
  tested.start();
  tested.join();
  BOOST_TEST(!cancelled);
}

BOOST_AUTO_TEST_CASE(X1_cancelled_while_its_function_runs_it_is_too_late) {
  std::atomic<bool> runs{false};
  std::atomic<bool> goes_on{false};
  timer tested(0s, [&] {
    runs = true;
    while (!goes_on) std::this_thread::yield();
  });
  tested.start();
  while (!runs) std::this_thread::yield();
  BOOST_TEST(!tested.cancel());
  BOOST_TEST(tested.is_alive());
  BOOST_TEST(!tested.join_for(1ms));
  goes_on = true;
  tested.join();
}

BOOST_AUTO_TEST_CASE(X1_its_destruction_cancels_it) {
  const auto held = std::make_shared<int>(0);
  BOOST_TEST((duration_of([&] {
                timer tested(long_after, [held] { ++*held; });
                tested.start();
              }) < at_once));
  {
    const timer unstarted(0s, [held] { ++*held; });
  }
  BOOST_TEST(*held == 0);
  BOOST_TEST(held.use_count() == 1);
}

/// A signal to the process alone may always be another thread's.
void signal_every_thread(int number) {
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task"))
    ::syscall(SYS_tgkill, ::getpid(), std::stoi(thread.path().filename()), number);
}

/// Every thread of the process is signalled, the timer's among them: its wait is interrupted, and must go on.
BOOST_AUTO_TEST_CASE(X1_a_signal_does_not_fire_it) {
  struct sigaction quiet{};
  quiet.sa_handler = [](int) {};
  sigaction(SIGUSR1, &quiet, nullptr);
  // The timer's thread inherits what its starter blocks; this one takes no signal itself.
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGUSR1);
  std::atomic<bool> fired{false};
  timer tested(300ms, [&] { fired = true; });
  tested.start();
  pthread_sigmask(SIG_BLOCK, &only, nullptr);
  const auto time = duration_of([&] {
    for (int i = 0; i < 20; ++i) {
      signal_every_thread(SIGUSR1);
      std::this_thread::sleep_for(5ms);
    }
    tested.join();
  });
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  BOOST_TEST(fired);
  BOOST_TEST(about(time, 300ms));
}

BOOST_AUTO_TEST_CASE(X1_misuse_is_an_error) {
  timer tested(0s, [] {});
  BOOST_CHECK_THROW(tested.join(), std::logic_error);
  tested.start();
  BOOST_CHECK_THROW(tested.start(), std::logic_error);
  tested.join();
  BOOST_CHECK_THROW(tested.start(), std::logic_error);
}

/// CPython's one test: what one timer was given is not another's.
BOOST_AUTO_TEST_CASE(timers_are_apart) {
  int left = 0;
  int right = 0;
  timer first(1ms, [&] { left += 1; });
  timer second(1ms, [&] { right += 10; });
  first.start();
  second.start();
  first.join();
  second.join();
  BOOST_TEST(left == 1);
  BOOST_TEST(right == 10);
}

BOOST_AUTO_TEST_CASE(X1_of_many_that_cancel_one_succeeds_or_it_fires) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> outcomes{0};
    timer tested(20us * (round % 8), [&] { ++outcomes; });
    tested.start();
    crew(3, [&](unsigned) { outcomes += tested.cancel() ? 1 : 0; }).wait();
    tested.join();
    BOOST_TEST(outcomes == 1);
  }
}

}  // namespace
