/// An executor's API on real threads. A test's name begins with the ids of the behaviours that it covers.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <latch>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "harness/behaviour.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
using gauntlet::broken_executor;
using gauntlet::executor_is_shut_down;
using gauntlet::future;
using gauntlet::timeout_error;
using gauntlet::harness::crew;
using gauntlet::harness::duration_of;
using executor = GAUNTLET_TYPE;

/// Holds tasks until it is opened.
class gate {
 public:
  void pass() { latch_.wait(); }
  void open() { latch_.count_down(); }

 private:
  std::latch latch_{1};
};

/// The names of the threads of a group.
std::vector<std::string> names(const executor::group& of) {
  std::vector<std::string> all;
  for (const auto& each : of.enumerate()) all.push_back(each.name);
  return all;
}

BOOST_AUTO_TEST_CASE(neither_copied_nor_moved) {
  BOOST_TEST(!std::is_copy_constructible_v<executor>);
  BOOST_TEST(!std::is_move_constructible_v<executor>);
}

struct adder {
  int sum = 0;
  int add(int more) { return sum += more; }
};

BOOST_AUTO_TEST_CASE(P1_submit_calls_whatever_can_be_called) {
  executor tested(2);
  BOOST_TEST(tested.submit([] { return 42; }).result() == 42);
  BOOST_TEST(tested.submit([](int a, int b) { return a * b; }, 6, 7).result() == 42);
  adder self{.sum = 40};
  BOOST_TEST(tested.submit(&adder::add, &self, 2).result() == 42);
  BOOST_TEST(tested.submit(&adder::add, std::ref(self), 0).result() == 42);
  int written = 0;
  tested.submit([](int& to) { to = 42; }, std::ref(written)).result();
  BOOST_TEST(written == 42);
  auto owned = std::make_unique<int>(42);
  BOOST_TEST(*tested.submit([](std::unique_ptr<int> p) { return p; }, std::move(owned)).result() == 42);
  BOOST_CHECK_THROW(tested.submit([] { throw std::domain_error("from the task"); }).result(), std::domain_error);
}

template <class E>
concept takes_nothing = requires(E& tested) { tested.submit(); };
template <class E>
concept takes_wrong_arguments = requires(E& tested) { tested.submit([](int) {}, std::string()); };

BOOST_AUTO_TEST_CASE(P1_submit_without_a_function_or_with_wrong_arguments_does_not_compile) {
  BOOST_TEST(!takes_nothing<executor>);
  BOOST_TEST(!takes_wrong_arguments<executor>);
}

BOOST_AUTO_TEST_CASE(P2_map_keeps_the_order) {
  executor tested(4);
  const std::vector numbers{1, 2, 3, 4, 5};
  std::vector<int> squares;
  for (const int each : tested.map([](int n) { return n * n; }, numbers)) squares.push_back(each);
  BOOST_TEST(squares == (std::vector{1, 4, 9, 16, 25}), boost::test_tools::per_element());
  const auto products = tested.map(std::multiplies<>(), numbers, std::list{10, 20, 30}).all();
  BOOST_TEST(products == (std::vector{10, 40, 90}), boost::test_tools::per_element());
  BOOST_TEST(tested.map([](int n) { return n; }, std::vector<int>()).empty());
}

BOOST_AUTO_TEST_CASE(P2_map_of_void_runs_all) {
  executor tested(2);
  std::atomic<int> sum{0};
  tested.map([&](int n) { sum += n; }, std::vector{1, 2, 3}).all();
  BOOST_TEST(sum == 6);
}

BOOST_AUTO_TEST_CASE(P2_map_throws_at_the_place_of_the_error) {
  executor tested(2);
  auto quotients = tested.map(
      [](int n) {
        if (n == 0) throw std::domain_error("division by zero");
        return 12 / n;
      },
      std::vector{1, 2, 0, 3});
  BOOST_TEST(quotients.next() == 12);
  BOOST_TEST(quotients.next() == 6);
  BOOST_CHECK_THROW(quotients.next(), std::domain_error);
  BOOST_TEST(quotients.empty());
}

BOOST_AUTO_TEST_CASE(P2_map_is_submitted_at_once_and_runs_though_nobody_looks) {
  std::atomic<int> sum{0};
  {
    executor tested(2);
    tested.map([&](int n) { sum += n; }, std::vector{1, 2, 3});
  }
  BOOST_TEST(sum == 6);
}

BOOST_AUTO_TEST_CASE(P2_map_that_times_out_cancels_what_is_queued) {
  gate opened;
  std::atomic<int> runs{0};
  {
    executor tested(1);
    auto results = tested.map_for(
        50ms,
        [&](int n) {
          ++runs;
          if (n > 0) opened.pass();
          return n;
        },
        std::vector{0, 1, 2, 3, 4});
    BOOST_TEST(results.next() == 0);
    BOOST_CHECK_THROW(results.next(), timeout_error);
    BOOST_TEST(results.empty());
    opened.open();
  }
  BOOST_TEST(runs == 2);
}

BOOST_AUTO_TEST_CASE(P2_map_that_is_left_half_way_cancels_what_is_queued) {
  gate opened;
  std::atomic<int> runs{0};
  {
    executor tested(1);
    {
      auto results = tested.map(
          [&](int n) {
            ++runs;
            if (n > 0) opened.pass();
            return n;
          },
          std::vector{0, 1, 2, 3, 4});
      BOOST_TEST(results.next() == 0);
      while (runs < 2) std::this_thread::yield();
    }
    opened.open();
  }
  BOOST_TEST(runs == 2);
}

BOOST_AUTO_TEST_CASE(P3_max_workers) {
  BOOST_CHECK_EXCEPTION(executor(0), std::invalid_argument, [](const std::invalid_argument& thrown) {
    return std::string(thrown.what()) == "thread_pool_executor: max_workers is 0, but must be from 1 to 65535";
  });
  BOOST_CHECK_THROW(executor(-1), std::invalid_argument);
  BOOST_CHECK_THROW(executor(65536), std::invalid_argument);
  const auto processors = static_cast<int>(std::thread::hardware_concurrency());
  BOOST_TEST(executor::default_workers() == std::min(32, processors + 4));
}

BOOST_AUTO_TEST_CASE(P4_as_many_threads_as_asked_for_when_all_are_busy) {
  executor::group members;
  gate opened;
  executor tested(members, 4);
  std::vector<future<void>> all;
  for (int i = 0; i < 60; ++i) all.push_back(tested.submit([&] { opened.pass(); }));
  BOOST_TEST(members.active_count() == 4U);
  opened.open();
  for (const auto& each : all) each.result();
  BOOST_TEST(members.active_count() == 4U);
}

BOOST_AUTO_TEST_CASE(P4_all_workers_work_at_a_time) {
  executor tested(4);
  for (int round = 0; round < 100; ++round) {
    std::latch all_there(4);
    std::vector<future<void>> all;
    for (int i = 0; i < 4; ++i) all.push_back(tested.submit([&] { all_there.arrive_and_wait(); }));
    for (const auto& each : all) each.result();
  }
}

BOOST_AUTO_TEST_CASE(P4_an_idle_thread_is_used_again) {
  executor::group members;
  executor tested(members, 100);
  for (int i = 0; i < 50; ++i) {
    tested.submit([] {}).result();
    if (i % 10 == 0) std::this_thread::sleep_for(1ms);
  }
  BOOST_TEST(members.active_count() == 1U);
  gate opened;
  const auto first = tested.submit([&] { opened.pass(); });
  const auto second = tested.submit([&] { opened.pass(); });
  BOOST_TEST(members.active_count() == 2U);
  opened.open();
}

BOOST_AUTO_TEST_CASE(P5_submit_after_shutdown_is_an_error) {
  executor tested(1);
  tested.submit([] {}).result();
  tested.shutdown();
  BOOST_CHECK_THROW(tested.submit([] {}), executor_is_shut_down);
  BOOST_CHECK_THROW(tested.submit([] {}), std::runtime_error);
  tested.shutdown();
  executor unused(1);
  unused.shutdown(false);
  BOOST_CHECK_THROW(unused.submit([] {}), executor_is_shut_down);
}

BOOST_AUTO_TEST_CASE(P5_shutdown_waits_for_all) {
  executor::group members;
  executor tested(members, 2);
  std::atomic<int> runs{0};
  for (int i = 0; i < 100; ++i) tested.submit([&] { ++runs; });
  tested.shutdown(true);
  BOOST_TEST(runs == 100);
  BOOST_TEST(members.active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(P5_shutdown_without_waiting_lets_all_finish) {
  gate opened;
  std::atomic<int> runs{0};
  executor tested(2);
  std::vector<future<void>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(tested.submit([&] {
      opened.pass();
      ++runs;
    }));
  tested.shutdown(false);
  BOOST_TEST(runs == 0);
  opened.open();
  for (const auto& each : all) each.result();
  BOOST_TEST(runs == 20);
}

BOOST_AUTO_TEST_CASE(P5_the_destructor_shuts_down_and_waits) {
  std::atomic<int> runs{0};
  future<void> last;
  {
    executor tested(2);
    for (int i = 0; i < 20; ++i) last = tested.submit([&] { ++runs; });
  }
  BOOST_TEST(runs == 20);
  BOOST_TEST(last.done());
}

BOOST_AUTO_TEST_CASE(P5_shutdown_cancels_what_is_queued_if_asked_to) {
  for (const bool wait : {true, false}) {
    gate opened;
    std::atomic<int> runs{0};
    executor tested(3);
    std::vector<future<void>> all;
    for (int i = 0; i < 50; ++i)
      all.push_back(tested.submit([&] {
        ++runs;
        opened.pass();
      }));
    while (runs < 3) std::this_thread::yield();
    crew opener(1, [&](unsigned) {
      while (!all.back().cancelled()) std::this_thread::yield();
      opened.open();
    });
    tested.shutdown(wait, true);
    opener.wait();
    int cancelled = 0;
    for (const auto& each : all) {
      each.wait();
      cancelled += each.cancelled() ? 1 : 0;
      if (!each.cancelled()) BOOST_TEST((each.exception() == nullptr));
    }
    BOOST_TEST(cancelled == 47);
    BOOST_TEST(runs == 3);
  }
}

BOOST_AUTO_TEST_CASE(P5_shutdown_can_cancel_later_on) {
  gate opened;
  executor tested(1);
  const auto first = tested.submit([&] { opened.pass(); });
  while (!first.running()) std::this_thread::yield();
  const auto second = tested.submit([] {});
  tested.shutdown(false);
  BOOST_TEST(!second.done());
  tested.shutdown(false, true);
  BOOST_TEST(second.cancelled());
  opened.open();
  first.result();
}

BOOST_AUTO_TEST_CASE(P5_a_task_that_shuts_down_and_waits_is_told) {
  executor tested(1);
  BOOST_CHECK_THROW(tested.submit([&] { tested.shutdown(true); }).result(), std::system_error);
  executor other(1);
  other.submit([&] { other.shutdown(false); }).result();
  BOOST_CHECK_THROW(other.submit([] {}), executor_is_shut_down);
}

/// python/cpython bpo-12364: a result of a queued task, asked for after the shutdown.
BOOST_AUTO_TEST_CASE(P6_results_after_shutdown) {
  for (int round = 0; round < 20; ++round) {
    executor tested(1 + round % 4);
    std::vector<future<int>> all;
    for (int i = 0; i < 50; ++i) all.push_back(tested.submit([i] { return i; }));
    tested.shutdown(false);
    for (int i = 0; i < 50; ++i) BOOST_TEST(all[static_cast<std::size_t>(i)].result() == i);
  }
}

/// python/cpython gh-83386: a running task when the executor goes after shutdown(false).
BOOST_AUTO_TEST_CASE(P6_a_running_task_when_the_executor_goes) {
  future<int> outcome;
  gate opened;
  std::optional<crew> opener;
  {
    executor tested(2);
    outcome = tested.submit([&] {
      opened.pass();
      return 42;
    });
    tested.shutdown(false);
    opener.emplace(1, [&](unsigned) { opened.open(); });
  }
  BOOST_TEST(outcome.result_for(0s) == 42);
}

/// python/cpython gh-94440: submit, cancel, and a shutdown that waits.
BOOST_AUTO_TEST_CASE(P6_cancel_then_shutdown) {
  for (int round = 0; round < 100; ++round) {
    executor tested(1);
    auto outcome = tested.submit([] {});
    outcome.cancel();
    BOOST_TEST((duration_of([&] { tested.shutdown(true); }) < 5s));
    BOOST_TEST(outcome.done());
  }
}

/// python/cpython bpo-12456: submits from several threads while it is shut down; what was taken runs.
BOOST_AUTO_TEST_CASE(P6_submits_race_with_shutdown) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> runs{0};
    std::atomic<int> taken{0};
    std::atomic<int> refused{0};
    executor tested(2);
    crew submitting(2, [&](unsigned) {
      try {
        for (;;) {
          tested.submit([&] { ++runs; });
          ++taken;
        }
      } catch (const executor_is_shut_down&) {
        ++refused;
      }
    });
    while (runs < 10) std::this_thread::yield();
    tested.shutdown(true);
    submitting.wait();
    BOOST_TEST(refused == 2);
    BOOST_TEST(runs == taken);
  }
}

BOOST_AUTO_TEST_CASE(P6_tasks_submit_tasks) {
  executor tested(2);
  const std::function<int(int)> count = [&](int depth) {
    if (depth == 0) return 0;
    tested.submit(count, depth - 1);
    return depth;
  };
  BOOST_TEST(tested.submit(count, 100).result() == 100);
  auto outer = tested.submit([&] {
    auto inner = tested.submit([] { return 42; });
    return inner.result();
  });
  BOOST_TEST(outer.result() == 42);
}

/// A worker that calls back is busy: what it waits for there runs on another.
BOOST_AUTO_TEST_CASE(P6_a_callback_waits_for_a_task) {
  for (int round = 0; round < 20; ++round) {
    executor tested(2);
    gate opened;
    gate called;
    int seen = 0;
    tested.submit([&] { opened.pass(); }).add_done_callback([&](const future<void>&) {
      seen = tested.submit([] { return 42; }).result();
      called.open();
    });
    opened.open();
    called.pass();
    BOOST_TEST(seen == 42);
  }
}

/// The program's end destroys a static executor, which waits; whoever submits then is told.
BOOST_AUTO_TEST_CASE(P7_the_program_s_end_waits_for_what_is_queued) {
  int ends[2];
  BOOST_TEST_REQUIRE(pipe(ends) == 0);
  std::fflush(nullptr);
  std::cout.flush();
  const pid_t child = fork();
  if (child == 0) {
    static executor tested(2);
    static int out;
    out = ends[1];
    const auto say = [](const char* what) { static_cast<void>(write(out, what, 1)); };
    std::atexit([] {
      // Registered after the executor was made, so called before it goes.
      tested.shutdown(false);
      try {
        tested.submit([] {});
      } catch (const executor_is_shut_down&) {
        static_cast<void>(write(out, "r", 1));
      }
    });
    for (int i = 0; i < 3; ++i)
      tested.submit([say] {
        std::this_thread::sleep_for(20ms);
        say("t");
      });
    std::exit(0);
  }
  close(ends[1]);
  std::string said;
  for (char each = 0; read(ends[0], &each, 1) == 1;) said += each;
  close(ends[0]);
  int status = 1;
  waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
  std::sort(said.begin(), said.end());
  BOOST_TEST(said == "rttt");
}

BOOST_AUTO_TEST_CASE(P8_initializer_runs_in_each_worker_first) {
  static thread_local int initialized = 0;
  std::atomic<int> calls{0};
  executor tested(3, {.initializer = [&] {
                    ++calls;
                    ++initialized;
                  }});
  std::latch all_there(3);
  std::vector<future<int>> all;
  for (int i = 0; i < 3; ++i)
    all.push_back(tested.submit([&] {
      all_there.arrive_and_wait();
      return initialized;
    }));
  for (const auto& each : all) BOOST_TEST(each.result() == 1);
  BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_CASE(P8_failing_initializer_breaks_the_executor) {
  gate opened;
  executor tested(2, {.initializer = [&] {
                    opened.pass();
                    throw std::domain_error("no licence");
                  }});
  std::atomic<int> runs{0};
  std::vector<future<void>> pending;
  for (int i = 0; i < 10; ++i) pending.push_back(tested.submit([&] { ++runs; }));
  opened.open();
  for (const auto& each : pending) BOOST_CHECK_THROW(each.result(), broken_executor);
  const auto until_broken = [&] {
    for (;;) tested.submit([&] { ++runs; });
  };
  BOOST_CHECK_THROW(until_broken(), broken_executor);
  BOOST_CHECK_THROW(tested.submit([] {}), broken_executor);
  tested.shutdown();
  BOOST_TEST(runs == 0);
}

BOOST_AUTO_TEST_CASE(P9_threads_have_names) {
  executor::group members;
  gate opened;
  executor tested(members, 5, {.thread_name_prefix = "io"});
  for (int i = 0; i < 5; ++i) tested.submit([&] { opened.pass(); });
  BOOST_TEST(names(members) == (std::vector<std::string>{"io_0", "io_1", "io_2", "io_3", "io_4"}),
             boost::test_tools::per_element());
  opened.open();
  tested.shutdown();
  executor nameless(members, 1);
  nameless.submit([] {}).result();
  BOOST_TEST(names(members) == (std::vector<std::string>{"thread-1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(P10_what_a_task_holds_is_gone_when_it_is_done) {
  executor tested(1);
  const auto held = std::make_shared<int>(0);
  for (int round = 0; round < 100; ++round) {
    const auto outcome = tested.submit([held] {});
    outcome.result();
    BOOST_TEST(held.use_count() == 1);
  }
  const auto thrown = tested.submit([held] { throw std::domain_error("from the task"); });
  thrown.wait();
  BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(P10_what_a_cancelled_task_holds_is_gone_at_once) {
  executor tested(1);
  gate opened;
  const auto busy = tested.submit([&] { opened.pass(); });
  const auto held = std::make_shared<int>(0);
  auto queued = tested.submit([held] {});
  BOOST_TEST(held.use_count() == 2);
  BOOST_TEST(queued.cancel());
  BOOST_TEST(held.use_count() == 1);
  opened.open();
}

BOOST_AUTO_TEST_CASE(P10_a_result_is_gone_with_its_last_future) {
  executor tested(1);
  auto held = std::make_shared<int>(0);
  {
    const auto outcome = tested.submit([&held] { return held; });
    outcome.wait();
    BOOST_TEST(held.use_count() == 2);
    // The worker has let go of the task when it has begun with another.
    tested.submit([] {}).result();
  }
  BOOST_TEST(held.use_count() == 1);
}

/// In a process of its own, which has memory for a few more stacks only. What was submitted before still runs.
BOOST_AUTO_TEST_CASE(STD10_a_worker_that_cannot_be_started_is_an_error) {
  std::fflush(nullptr);
  std::cout.flush();
  const pid_t child = fork();
  if (child == 0) {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const auto most = static_cast<rlim_t>(pages) * static_cast<rlim_t>(getpagesize()) + (100U << 20U);
    const rlimit limit{most, most};
    setrlimit(RLIMIT_AS, &limit);
    executor tested(1000);
    gate opened;
    std::atomic<int> runs{0};
    int submitted = 0;
    try {
      for (; submitted < 1000; ++submitted)
        tested.submit([&] {
          opened.pass();
          ++runs;
        });
    } catch (const std::system_error&) {
      opened.open();
      tested.shutdown();
    }
    std::_Exit(submitted > 0 && submitted < 1000 && runs == submitted ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(STD10_dropping_a_future_does_not_wait) {
  executor tested(1);
  gate opened;
  BOOST_TEST((duration_of([&] { tested.submit([&] { opened.pass(); }); }) < 5s));
  opened.open();
}

BOOST_AUTO_TEST_CASE(tasks_begin_in_the_order_in_which_they_were_submitted) {
  executor tested(1);
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i) tested.submit([&order, i] { order.push_back(i); });
  tested.shutdown();
  for (int i = 0; i < 1000; ++i) BOOST_TEST_REQUIRE(order[static_cast<std::size_t>(i)] == i);
}

}  // namespace
