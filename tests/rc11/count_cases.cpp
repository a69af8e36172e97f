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

}  // namespace

BOOST_AUTO_TEST_SUITE(executions)

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gauntlet::rc11
