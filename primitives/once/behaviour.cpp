/// What a once promises each of its callers, on real threads: STD11, the standard libraries' suites for call_once.

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <type_traits>
#include <utility>

#include "harness/behaviour.hpp"
#include "primitives/once/contract.hpp"
#include GAUNTLET_HEADER

namespace {

using gauntlet::harness::crew;
using once = GAUNTLET_TYPE;

BOOST_AUTO_TEST_CASE(STD11_the_first_function_runs_and_no_other) {
  static_assert(!std::is_copy_constructible_v<once> && !std::is_copy_assignable_v<once>);
  once tested;
  int ran = 0;
  tested.call([&] { ran = 1; });
  tested.call([&] { ran = 2; });
  BOOST_TEST(ran == 1);
}

BOOST_AUTO_TEST_CASE(STD11_a_function_is_called_where_it_lies) {
  struct counting {
    counting() = default;
    counting(const counting& other) : copies(other.copies + 1) {}
    counting(counting&& other) noexcept : copies(other.copies + 1) {}
    void operator()() { ++calls; }
    int copies = 0;
    int calls = 0;
  };
  counting lvalue;
  once first;
  first.call(lvalue);
  BOOST_TEST(lvalue.calls == 1);
  int seen = 0;
  once second;
  second.call([only = std::make_unique<int>(7), &seen] { seen = *only; });
  BOOST_TEST(seen == 7);
}

BOOST_AUTO_TEST_CASE(STD11_calls_wait_until_the_function_has_run) {
  once tested;
  std::latch begun(1);
  std::latch end(1);
  bool made = false;
  crew runner(1, [&](unsigned) {
    tested.call([&] {
      begun.count_down();
      end.wait();
      made = true;
    });
  });
  begun.wait();
  std::atomic<unsigned> early = 0;
  std::atomic<unsigned> returned = 0;
  crew others(4, [&](unsigned) {
    tested.call([&] { ++early; });
    if (!made) ++early;
    ++returned;
  });
  others.until_all_blocked();
  BOOST_TEST(returned == 0U);
  end.count_down();
  others.wait();
  BOOST_TEST(early == 0U);
  BOOST_TEST(returned == 4U);
}

BOOST_AUTO_TEST_CASE(STD11_an_exception_reaches_its_caller_and_the_next_call_runs) {
  once tested;
  int ran = 0;
  for (int i = 0; i < 3; ++i)
    BOOST_CHECK_THROW(tested.call([&] {
      ++ran;
      throw std::domain_error("from the function");
    }),
                      std::domain_error);
  BOOST_TEST(ran == 3);
  tested.call([&] { ran = 10; });
  tested.call([&] { ran = 20; });
  BOOST_TEST(ran == 10);
}

BOOST_AUTO_TEST_CASE(STD11_a_waiting_call_runs_when_the_function_throws) {
  once tested;
  std::latch begun(1);
  std::latch end(1);
  std::atomic<unsigned> runs = 0;
  bool threw = false;
  crew runner(1, [&](unsigned) {
    try {
      tested.call([&] {
        begun.count_down();
        end.wait();
        throw std::domain_error("from the function");
      });
    } catch (const std::domain_error&) {
      threw = true;
    }
  });
  begun.wait();
  crew others(4, [&](unsigned) { tested.call([&] { ++runs; }); });
  others.until_all_blocked();
  BOOST_TEST(runs == 0U);
  end.count_down();
  others.wait();
  runner.wait();
  BOOST_TEST(threw);
  BOOST_TEST(runs == 1U);
}

BOOST_AUTO_TEST_CASE(STD11_many_threads_throw_at_once) {
  for (int round = 0; round < 50; ++round) {
    once tested;
    std::latch start(5);
    std::atomic<unsigned> thrown = 0;
    crew(5, [&](unsigned) {
      start.arrive_and_wait();
      try {
        tested.call([] { throw std::domain_error("from the function"); });
      } catch (const std::domain_error&) {
        ++thrown;
      }
    }).wait();
    BOOST_TEST(thrown == 5U);
    bool ran = false;
    tested.call([&] { ran = true; });
    BOOST_TEST(ran);
  }
}

template <class O>
concept refuses_recursion = O::recursion_is_checked;
using checked = gauntlet::harness::only_if<refuses_recursion<once>, once>;

BOOST_AUTO_TEST_CASE_TEMPLATE(STD11_a_call_from_its_own_function_is_an_error_and_changes_nothing, O, checked) {
  const auto deadlocked = [](const std::system_error& error) {
    return error.code() == std::errc::resource_deadlock_would_occur;
  };
  O tested;
  bool ran = false;
  tested.call([&] {
    BOOST_CHECK_EXCEPTION(tested.call([] {}), std::system_error, deadlocked);
    ran = true;
  });
  BOOST_TEST(ran);
  tested.call([&] { ran = false; });
  BOOST_TEST(ran);

  // What its caller doesn't catch ends the function, and the next call runs its own, also on the same thread.
  O nested;
  BOOST_CHECK_EXCEPTION(nested.call([&] { nested.call([] {}); }), std::system_error, deadlocked);
  int runs = 0;
  nested.call([&] { ++runs; });
  BOOST_TEST(runs == 1);
}

BOOST_AUTO_TEST_CASE(STD11_a_function_may_call_another_once) {
  once outer;
  once inner;
  int ran = 0;
  crew(4, [&](unsigned) { outer.call([&] { inner.call([&] { ++ran; }); }); }).wait();
  BOOST_TEST(ran == 1);
}

}  // namespace
