/// The native engine: how well its threads collide, and how long its monitors take for long histories.
///
/// store_buffering: outcomes that only a store buffer explains, by the second, where two threads meet at moments; where
/// they meet at a barrier instead, in the same run; `times` is how many times as many; and with each run recorded,
/// `recorded` of those without. Two processors that do nothing else are what it is measured on.
///
/// Each monitor judges a legal history of a million random operations, of which some six overlap at any time.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <iterator>
#include <map>
#include <random>
#include <type_traits>
#include <vector>

#include "harness/specification.hpp"
#include "models/litmus/by_hand.hpp"
#include "tests/engines/monitored.hpp"

namespace gauntlet {
namespace {

void collide(benchmark::State& state) {
  if (!stress::may_meet_at_moments(2)) {
    state.SkipWithError("there is one processor only, or their counters differ");
    return;
  }
  double weak = 0, by_barriers = 0, recorded = 0, samples = 0, by_processor = 0;
  for ([[maybe_unused]] const auto again : state) {
    const auto with = litmus::store_buffering_seen({.seconds = 0.3});
    by_barriers += litmus::store_buffering_seen({.seconds = 0.3, .barriers = true}).weak;
    recorded += litmus::store_buffering_seen({.seconds = 0.3, .recorded = true}).weak;
    weak += with.weak;
    samples += with.samples;
    by_processor += with.samples_by_processor;
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["samples/s"] = samples / runs;
  state.counters["samples/processor-s"] = by_processor / runs;
  state.counters["weak/s"] = weak / runs;
  state.counters["times"] = weak / by_barriers;
  state.counters["recorded"] = recorded / weak;
}
BENCHMARK(collide)->Name("stress/store_buffering")->Unit(benchmark::kMillisecond)->Iterations(5);

/// No try fails: monitor/semaphore would leave that to the search.
template <class Object>
std::vector<harness::recorded> legal_history(std::size_t size) {
  std::mt19937 random(1);
  std::vector<harness::recorded> made;
  made.reserve(size);
  std::map<std::int64_t, harness::model_state> by_key;
  for (std::size_t i = 0; i < size; ++i) {
    harness::recorded one{.thread = static_cast<unsigned>(i % 4), .argument = static_cast<std::int64_t>(i)};
    std::int64_t key = 0;
    if constexpr (requires { Object::key(one); }) key = Object::key(one);
    auto& state = by_key.try_emplace(key, Object::initial()).first->second;
    one.operation = random() % std::size(Object::operations);
    if (std::is_same_v<Object, harness::monitored::semaphore> && state[0] == 0) one.operation = 1;
    one.result = Object::perform(state, one.operation, one.argument);
    const std::uint64_t moment = 100 + 10 * i;
    one.called = moment - random() % 30;
    one.returned = moment + random() % 30;
    made.push_back(one);
  }
  return made;
}

template <class Object>
void judge(benchmark::State& state) {
  const harness::meaning what = harness::meaning_of<harness::monitored::specification<Object>>();
  const auto history = legal_history<Object>(1'000'000);
  for ([[maybe_unused]] const auto again : state)
    if (harness::judge(what, history) != harness::verdict::ok) {
      state.SkipWithError("a legal history isn't judged to be one");
      return;
    }
}
namespace objects = harness::monitored;
BENCHMARK(judge<objects::queue>)->Name("monitor/fifo")->Unit(benchmark::kMillisecond);
BENCHMARK(judge<objects::stack>)->Name("monitor/lifo")->Unit(benchmark::kMillisecond);
BENCHMARK(judge<objects::cell>)->Name("monitor/register")->Unit(benchmark::kMillisecond);
BENCHMARK(judge<objects::counter>)->Name("monitor/counter")->Unit(benchmark::kMillisecond);
BENCHMARK(judge<objects::semaphore>)->Name("monitor/semaphore")->Unit(benchmark::kMillisecond);
BENCHMARK(judge<objects::mutex>)->Name("monitor/mutex")->Unit(benchmark::kMillisecond);
BENCHMARK(judge<objects::set>)->Name("monitor/set")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gauntlet

BENCHMARK_MAIN();
