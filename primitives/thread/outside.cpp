/// What a thread shows outside of its program: how the program ends, and what it prints. Part of behaviour.cpp.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <latch>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "harness/behaviour.hpp"
#include "primitives/thread/contract.hpp"
#include GAUNTLET_HEADER

namespace {

using namespace std::chrono_literals;
namespace contracts = gauntlet::contracts;

using thread = GAUNTLET_TYPE;
using grouped = gauntlet::harness::only_if<contracts::grouped_thread<thread>, thread>;
using joining = gauntlet::harness::only_if<contracts::joining_thread<thread>, thread>;

/// Runs `work` in a child process.
/// @return its exit status, or less than 0 if a signal ended it, as SIGKILL does after 20 s: the signal's number,
/// negated
int status_of_child(const std::function<void()>& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  const auto end = std::chrono::steady_clock::now() + 20s;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= end) ::kill(child, SIGKILL);
    std::this_thread::sleep_for(1ms);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// What `work` writes to stderr.
std::string stderr_of(const std::function<void()>& work) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  std::fflush(stderr);
  const int before = ::dup(2);
  ::dup2(::fileno(file.get()), 2);
  work();
  ::dup2(before, 2);
  ::close(before);
  char text[1000];
  std::rewind(file.get());
  return {text, std::fread(text, 1, sizeof text, file.get())};
}

std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error.what();
  }
}

template <class T>
void run(T& tested) {
  tested.start();
  tested.join();
}

/// The kernel refuses a new thread's stack once the process may have no more memory.
BOOST_AUTO_TEST_CASE_TEMPLATE(T9_a_start_that_fails_leaves_no_trace, T, grouped) {
  const int status = status_of_child([] {
    auto& group = *new typename T::group;
    auto& hold = *new std::latch(1);
    auto& crowd = *new std::list<T>;
    for (int i = 0; i < 1'000; ++i) crowd.emplace_back(group, [&hold] { hold.wait(); });
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t used = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
    rlimit before{};
    ::getrlimit(RLIMIT_AS, &before);
    const rlimit tight{used + (rlim_t{64} << 20U), before.rlim_max};
    ::setrlimit(RLIMIT_AS, &tight);
    std::size_t started = 0;
    T* refused = nullptr;
    bool was_refused = false;
    try {
      for (auto& each : crowd) {
        refused = &each;
        each.start();
        ++started;
      }
    } catch (const std::system_error&) {
      was_refused = true;
    }
    if (!was_refused) ::_exit(1);
    ::setrlimit(RLIMIT_AS, &before);
    if (group.active_count() != started) ::_exit(2);
    if (refused->is_alive() || refused->ident() != 0) ::_exit(3);
    refused->start();
    if (group.active_count() != started + 1) ::_exit(4);
    hold.count_down();
    refused->join();
    ::_exit(0);
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T14_a_daemon_does_not_keep_the_program, T, grouped) {
  const int status = status_of_child([] {
    {
      T daemon([] { std::this_thread::sleep_for(1h); }, {.daemon = true});
      daemon.start();
    }
    std::exit(7);
  });
  BOOST_TEST(status == 7);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T14_others_are_joined_at_exit_also_one_that_a_thread_started, T, joining) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const int status = status_of_child([&ends] {
    static T inner([&ends] {
      std::this_thread::sleep_for(20ms);
      if (::write(ends[1], "i", 1) != 1) ::_exit(1);
    });
    static T outer([&ends] {
      inner.start();
      if (::write(ends[1], "o", 1) != 1) ::_exit(1);
    });
    outer.start();
    std::exit(7);
  });
  ::close(ends[1]);
  char said[3] = {};
  BOOST_TEST(::read(ends[0], said, 1) == 1);
  BOOST_TEST(::read(ends[0], said + 1, 1) == 1);
  ::close(ends[0]);
  BOOST_TEST(said == std::string("oi"));
  BOOST_TEST(status == 7);
}

/// The callbacks run in the reverse order of their registration; the last one tells what came of them.
BOOST_AUTO_TEST_CASE(T15_T23_a_thread_runs_that_is_started_at_exit_and_what_is_registered_runs_once) {
  static int runs = 0;
  const int status = status_of_child([] {
    std::atexit([] { ::_exit(10 + runs); });
    std::atexit([] {
      thread late([] { ++runs; });
      late.start();
      late.join();
    });
    thread early([] { std::atexit([] { ++runs; }); });
    early.start();
    early.join();
    std::exit(1);
  });
  BOOST_TEST(status == 12);
}

/// Never returns before the stack is used up. @return what the compiler can't know
[[gnu::noinline]] int descend(volatile char* above) {
  volatile char here[1000];
  here[0] = static_cast<char>(above[0] + 1);
  return above[0] == here[0] ? 0 : descend(here) + here[0];
}

BOOST_AUTO_TEST_CASE(T19_a_stack_that_overflows_ends_the_program_at_its_guard) {
  const int status = status_of_child([] {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    // Boost.Test's own handler would want some of the stack, too.
    std::signal(SIGSEGV, SIG_DFL);
    thread deep([] {
      volatile char top[1] = {0};
      descend(top);
    });
    deep.start();
    deep.join();
  });
  BOOST_TEST(status == -SIGSEGV);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T22_an_uncaught_exception_is_printed_with_the_name, T, grouped) {
  const auto printed = [](auto target) {
    T tested(target, {.name = "unlucky"});
    return stderr_of([&] { run(tested); });
  };
  const std::string text = printed([] { throw std::runtime_error("no such file"); });
  BOOST_TEST(text.find("Exception in thread unlucky") == 0U);
  BOOST_TEST(text.find("no such file") != std::string::npos);
  BOOST_TEST(printed([] { throw 42; }).find("Exception in thread unlucky") == 0U);
  BOOST_TEST(printed([] { throw typename T::exit(); }).empty());
  BOOST_TEST(printed([] {}).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T22_a_hook_hears_what_was_thrown_and_where, T, grouped) {
  typename T::group group;
  std::string heard;
  gauntlet::sync::thread_id ident = 0;
  const auto before = group.set_excepthook([&](const typename T::failure& what) {
    heard = what.name + ": " + text_of(what.exception);
    ident = what.ident;
  });
  BOOST_TEST(!before);
  T tested(group, [] { throw std::domain_error("out of range"); }, {.name = "unlucky"});
  BOOST_TEST(stderr_of([&] { run(tested); }).empty());
  BOOST_TEST(heard == "unlucky: out of range");
  BOOST_TEST(ident == tested.ident());
  BOOST_TEST(static_cast<bool>(group.set_excepthook(before)));
  T next(group, [] { throw std::domain_error("again"); });
  BOOST_TEST(stderr_of([&] { run(next); }).find("again") != std::string::npos);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(T22_a_hook_that_fails_is_printed_with_what_it_was_told, T, grouped) {
  typename T::group group;
  group.set_excepthook([](const auto&) { throw std::runtime_error("the hook"); });
  T tested(group, [] { throw std::runtime_error("the target"); });
  const std::string text = stderr_of([&] { run(tested); });
  BOOST_TEST(text.find("the target") < text.find("the hook"));
  BOOST_TEST(text.find("the hook") != std::string::npos);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_subclass_that_goes_unjoined_ends_the_program, T, grouped) {
  struct careless : T {
    careless() : T(gauntlet::thread_options{}) {}
    void run() override {}
  };
  const int status = status_of_child([] {
    std::set_terminate([] { ::_exit(9); });
    careless tested;
    tested.start();
  });
  BOOST_TEST(status == 9);
}

}  // namespace
