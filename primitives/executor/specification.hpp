#pragma once
/// An executor in sequence.

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "harness/specification.hpp"
#include "primitives/executor/premises.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// The state is how many tasks were taken, and whether no more are. Who shuts down, and waits, tells how many have run.
template <class E>
struct executor_specification {
  static constexpr std::string_view operations[] = {"submit", "shutdown"};
  enum : unsigned { submit, shutdown };
  struct object {
    sync::atomic<int> runs{0};
    premises<E> place{1};
  };

  static std::unique_ptr<object> create() { return std::make_unique<object>(); }
  static harness::model_state initial() { return {0, 0}; }
  static std::int64_t argument(unsigned) { return 0; }

  /// Each role shuts down at the end: so the workers go.
  static bool may(unsigned, const std::vector<harness::recorded>& mine, unsigned operation) {
    return operation != shutdown || mine.empty() || mine.back().operation != shutdown;
  }
  static bool due(unsigned operation) { return operation == shutdown; }

  static harness::outcome apply(object& on, unsigned operation, std::int64_t) {
    if (operation == shutdown) {
      on.place.executor.shutdown(true, false);
      // relaxed: carries nothing; the executor under test orders it.
      return on.runs.load(std::memory_order_relaxed);
    }
    try {
      // relaxed: carries nothing; the executor under test orders it.
      on.place.executor.submit([&on] { on.runs.fetch_add(1, std::memory_order_relaxed); });
    } catch (const std::runtime_error&) {
      return 0;
    }
    return 1;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.operation == shutdown) {
      state[1] = 1;
      return done.result == state[0];
    }
    if (state[1] == 0) ++state[0];
    return done.result == 1 - state[1];
  }
};

}  // namespace gauntlet::contracts
