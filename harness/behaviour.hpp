#pragma once
/// What the kinds' behaviour.cpp have in common: a crew of threads, waiting until one of them is blocked, and how long
/// a wait took. No test here sleeps in the hope that another thread gets far enough.

#include <sys/types.h>

#include <atomic>
#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

namespace gauntlet::harness {

/// Threads that run one function each, with its index. Boost.Test's assertions belong on the test's own thread: a
/// member throws, or leaves what it saw in memory that is read after wait().
///
///     crew waiters(3, [&](unsigned i) { entered[i] = lock.try_lock(); });
///     waiters.wait();
class crew {
 public:
  /// @param members at least 1
  crew(unsigned members, std::function<void(unsigned)> work);
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;
  /// Joins. What a member threw and nobody waited for is a failed assertion of the running test.
  ~crew();

  /// Returns when all have finished, and throws the first exception that one of them threw.
  void wait();

  bool finished(unsigned member) const noexcept;

  /// Returns when `member` cannot go on by itself: it sleeps in the kernel's futex, or it spins, which shows as
  /// processor time used since this call (5 ms) without finishing.
  /// @throws std::runtime_error if it finishes instead, or if neither is so within 20 s
  void until_blocked(unsigned member) const;
  void until_all_blocked() const;

 private:
  struct state {
    std::thread thread;
    std::atomic<pid_t> id{0};
    std::atomic<bool> finished{false};
    std::exception_ptr thrown;
  };

  void join() noexcept;
  std::exception_ptr take_thrown() noexcept;

  std::function<void(unsigned)> work_;
  std::vector<std::unique_ptr<state>> members_;
};

/// Whether a thread of this process sleeps in a futex system call, as /proc/self/task tells it. Where the kernel
/// doesn't show the call, whether it sleeps at all.
bool sleeps_in_futex(pid_t thread);

/// How long a call took, on the steady clock.
template <std::invocable Function>
std::chrono::nanoseconds duration_of(Function&& function) {
  const auto start = std::chrono::steady_clock::now();
  std::forward<Function>(function)();
  return std::chrono::steady_clock::now() - start;
}

/// For BOOST_TEST: a wait that should give up after `wanted` took from 0.6 to 10 times that (the bounds of CPython's
/// lock_tests.py, which hold on loaded machines).
boost::test_tools::assertion_result about(std::chrono::nanoseconds taken, std::chrono::nanoseconds wanted);

/// The types of a BOOST_AUTO_TEST_CASE_TEMPLATE that exists only for primitives with an ability (Boost.Test 1.74 takes
/// no empty std::tuple): `using timed = only_if<requires(P& p) { p.try_lock_for(1ms); }, P>;`
template <bool condition, class T>
using only_if = std::conditional_t<condition, boost::mpl::list<T>, boost::mpl::list<>>;

}  // namespace gauntlet::harness
