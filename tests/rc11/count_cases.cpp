/// How many executions some larger programs have: numbers that other checkers agree on.

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {
namespace {

explorer& here() {
  return *explorer::current();
}

std::uint32_t x;
std::uint32_t y;

std::uint32_t load(const std::uint32_t& from) {
  return static_cast<std::uint32_t>(here().load(&from, 4, order::acquire, {}));
}

void add_to(std::uint32_t& sum, const std::uint32_t& by) {
  for (unsigned round = 0; round < 5; ++round) {
    const auto before = load(sum);
    here().store(&sum, 4, before + load(by), order::release, {});
  }
}

std::uint32_t top;
std::uint32_t below[4];

bool replace_top(std::uint32_t from, std::uint32_t node) {
  bits seen = from;
  const std::uint32_t to = node | ((from >> 16U) + 1) << 16U;
  return here().compare_exchange(&top, 4, seen, to, order::release, order::relaxed, false, {});
}

/// Tries until `once` has done it.
template <class Once>
void retry(const Once& once) {
  here().await_begin({}, false);
  while (!once()) here().await_again({});
  here().await_end();
}

/// On a Treiber stack whose top counts how often it changed.
void push_and_pop(std::uint32_t node) {
  retry([&] {
    const auto found = load(top);
    here().store(&below[node], 4, found & 0xffffU, order::relaxed, {});
    return replace_top(found, node);
  });
  retry([&] {
    const auto found = load(top);
    const auto first = found & 0xffffU;
    if (first == 0) here().fail("assertion", "the stack lost a node", {});
    return replace_top(found, static_cast<std::uint32_t>(here().load(&below[first], 4, order::relaxed, {})));
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(executions)

// Three threads push and pop: 3,600 by GenMC.
BOOST_AUTO_TEST_CASE(of_a_treiber_stack) {
  explorer checker;
  const auto found = checker.explore(
      [] {
        here().create(&top, 4, 0, {});
        for (auto& each : below) here().create(&each, 4, 0, {});
        const unsigned threads[] = {here().thread_start([](void*) { push_and_pop(1); }, nullptr, {}),
                                    here().thread_start([](void*) { push_and_pop(2); }, nullptr, {}),
                                    here().thread_start([](void*) { push_and_pop(3); }, nullptr, {})};
        for (const unsigned each : threads) here().thread_join(each, {});
        if ((here().final_value(&top) & 0xffffU) != 0) here().fail("assertion", "a node is left", {});
      },
      {});
  BOOST_TEST(found.exhausted);
  BOOST_TEST(!found.broken);
  BOOST_TEST(found.complete == 3600U);
}

// SV-COMP's fib_bench: 525,630 by GenMC.
BOOST_AUTO_TEST_CASE(of_fib_bench) {
  explorer checker;
  const auto found = checker.explore(
      [] {
        here().create(&x, 4, 1, {});
        here().create(&y, 4, 1, {});
        const unsigned threads[] = {here().thread_start([](void*) { add_to(x, y); }, nullptr, {}),
                                    here().thread_start([](void*) { add_to(y, x); }, nullptr, {}),
                                    here().thread_start(
                                        [](void*) {
                                          const auto most = std::max(load(x), load(y));
                                          if (most > 144) here().fail("assertion", "more than the 12th number", {});
                                        },
                                        nullptr, {})};
        for (const unsigned each : threads) here().thread_join(each, {});
      },
      {});
  BOOST_TEST(found.exhausted);
  BOOST_TEST(!found.broken);
  BOOST_TEST(found.complete == 525630U);
}

// What follows from a thread's number may be something else for each.
BOOST_AUTO_TEST_CASE(of_threads_that_ask_who_they_are) {
  const auto add_and_ask = [](void*) {
    const bool first = here().modify(&x, 4, operation::add, 1, order::relaxed, {}) == 0;
    if (first) here().tell_apart();
  };
  const auto add = [](void*) { here().modify(&x, 4, operation::add, 1, order::relaxed, {}); };
  const auto found = [](void (*body)(void*)) {
    explorer checker;
    return checker.explore(
        [body] {
          here().create(&x, 4, 0, {});
          unsigned threads[3] = {};
          for (unsigned i = 0; i < 3; ++i)
            threads[i] = here().thread_start(body, nullptr, {}, i == 0 ? 0 : threads[i - 1]);
          for (const unsigned each : threads) here().thread_join(each, {});
        },
        {});
  };
  BOOST_TEST(found(add).complete == 1U);
  BOOST_TEST(found(add).twins == 3U);
  BOOST_TEST(found(add_and_ask).complete == 6U);
  BOOST_TEST(found(add_and_ask).twins == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gauntlet::rc11
