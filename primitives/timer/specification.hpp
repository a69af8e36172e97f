#pragma once
/// A timer in sequence.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/specification.hpp"
#include "primitives/sync.hpp"
#include "primitives/timer/clockwork.hpp"

namespace gauntlet::contracts {

/// The state is what is decided of the function. Nobody is told when that is, so it is by the time that somebody sees
/// it: who can't cancel knows that it will run, if nobody else has cancelled; who looks sees that it ran.
template <class T>
struct timer_specification {
  static constexpr std::string_view operations[] = {"start", "cancel", "look", "join"};
  enum : unsigned { start, cancel, look, join };
  enum : std::int64_t { idle, started, cancelled, fired, ran };
  struct object {
    clockwork<T> works;
    sync::atomic<int> runs{0};
    // relaxed: a statistic.
    T tested = works.make(std::chrono::microseconds(20), [this] { runs.fetch_add(1, std::memory_order_relaxed); });
  };

  static std::unique_ptr<object> create() { return std::make_unique<object>(); }
  static harness::model_state initial() { return {idle}; }
  static std::int64_t argument(unsigned) { return 0; }

  /// Starting twice and joining before the start are errors: role 0 starts, once, and joins.
  static bool may(unsigned role, const std::vector<harness::recorded>& mine, unsigned operation) {
    const bool begun = std::ranges::find(mine, unsigned{start}, &harness::recorded::operation) != mine.end();
    if (operation == start) return role == 0 && !begun;
    return operation != join || (role == 0 && begun && mine.back().operation != join);
  }
  static bool due(unsigned operation) { return operation == start || operation == join; }

  static harness::outcome apply(object& on, unsigned operation, std::int64_t) {
    if (operation == cancel) return on.tested.cancel() ? 1 : 0;
    // relaxed: a statistic.
    if (operation == look) return on.runs.load(std::memory_order_relaxed);
    if (operation == start) on.tested.start();
    if (operation == join) on.tested.join();
    return 0;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    const auto before = state[0];
    const bool may_run = before == started || before == fired;
    if (done.operation == start && before == idle) state[0] = started;
    if (done.operation == join && may_run) state[0] = ran;
    if (done.operation == cancel && done.result == 1) {
      state[0] = cancelled;
      return before == idle || before == started;
    }
    if (done.operation == cancel) {
      if (before == started) state[0] = fired;
      return before != idle;
    }
    if (done.operation == look && done.result == 1 && may_run) state[0] = ran;
    return done.operation != look || done.result == (state[0] == ran ? 1 : 0);
  }
};

}  // namespace gauntlet::contracts
