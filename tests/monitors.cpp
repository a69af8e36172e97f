#define BOOST_TEST_MODULE monitors
/// Each monitor against the search, which tries all orders: on random histories of up to nine operations, some legal by
/// construction, some with a result or a time changed. HISTORIES=n asks for n of each.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <random>

#include "harness/specification.hpp"
#include "tests/engines/monitored.hpp"

namespace gauntlet::harness {
namespace {

using namespace monitored;

class histories {
 public:
  explicit histories(unsigned seed) : random_(seed) {}

  template <class S>
  std::vector<recorded> make(std::size_t size) {
    std::vector<recorded> made;
    model_state state = S::initial();
    const unsigned reach = 1 + below(30);
    for (std::uint64_t i = 0; i < size; ++i) {
      recorded one{.thread = static_cast<unsigned>(i)};
      one.operation = below(std::size(S::operations));
      one.argument = static_cast<std::int64_t>(i);
      one.result = S::perform(state, one.operation, one.argument);
      const std::uint64_t moment = 100 + 10 * i;
      one.called = moment - below(reach);
      one.returned = moment + below(reach);
      made.push_back(one);
    }
    for (unsigned times = size == 0 ? 0 : below(5); times > 0; --times) spoil(made);
    if (size > 0 && below(8) == 0) made[below(size)].returned = never;
    return made;
  }

  unsigned below(std::size_t bound) { return static_cast<unsigned>(random_() % bound); }

 private:
  void spoil(std::vector<recorded>& made) {
    recorded& one = made[below(made.size())];
    recorded& other = made[below(made.size())];
    switch (below(4)) {
      case 0:
        one.called += below(40);
        one.returned = one.called + below(40);
        break;
      case 1:
        if (one.operation == other.operation) std::swap(one.result, other.result);
        break;
      case 2:
        if (one.operation == other.operation) one.result = other.result;
        break;
      case 3:
        for (recorded& each : made)
          if (each.operation == other.operation) each.result = std::max(each.result, other.result);
        break;
    }
  }

  std::mt19937 random_;
};

unsigned asked_for() {
  const char* const text = std::getenv("HISTORIES");
  return text == nullptr ? 20000 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

using objects = std::tuple<queue, stack, cell, counter, semaphore, mutex>;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(agrees_with_the_search, object, objects) {
  using tested = specification<object>;
  const meaning what = meaning_of<tested>();
  histories some(20240607);
  const unsigned count = asked_for();
  unsigned ok = 0, violated = 0;
  for (unsigned i = 0; i < count; ++i) {
    const auto history = some.make<tested>(some.below(10));
    const verdict fast = what.monitor(history, what.initial);
    if (fast == verdict::unknown) continue;
    const verdict exact = search(what, history).said;
    if (fast != exact) BOOST_TEST_MESSAGE(explain(what, history));
    BOOST_REQUIRE_MESSAGE(fast == exact, "history " << i << " of seed 20240607: the monitor says "
                                                    << (fast == verdict::ok ? "ok" : "violated"));
    ++(fast == verdict::ok ? ok : violated);
  }
  BOOST_TEST_MESSAGE(count << " histories: " << ok << " ok, " << violated << " violated, " << count - ok - violated
                           << " unknown to the monitor");
  // The comparison says something only if both answers are common.
  BOOST_TEST(ok > count / 10);
  BOOST_TEST(violated > count / 50);
}

/// One wrong result among many legal operations is found, and told in a few lines.
BOOST_AUTO_TEST_CASE(a_violation_in_a_long_history_is_told_in_a_few_lines) {
  using tested = specification<queue>;
  const meaning what = meaning_of<tested>();
  std::vector<recorded> history;
  for (std::uint64_t i = 0; i < 1000; ++i)
    history.push_back({0, 0, static_cast<std::int64_t>(i), 0, 10 * i, 10 * i + 12});
  for (std::uint64_t i = 0; i < 1000; ++i)
    history.push_back({1, 1, 0, static_cast<std::int64_t>(i), 20000 + 10 * i, 20000 + 10 * i + 12});
  BOOST_TEST((judge(what, history) == verdict::ok));
  std::swap(history[1500].result, history[1510].result);
  BOOST_TEST((judge(what, history) == verdict::violated));
  const std::string told = explain(what, history);
  BOOST_TEST(std::count(told.begin(), told.end(), '\n') <= 4, told);
}

}  // namespace gauntlet::harness
