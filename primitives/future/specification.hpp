#pragma once
/// A future in sequence, with its promise.

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string_view>

#include "harness/specification.hpp"
#include "primitives/future/errand.hpp"
#include "primitives/future/future_state.hpp"

namespace gauntlet::contracts {

/// The state is the phase, and the result once there is one.
template <template <class> class F>
struct future_specification {
  static constexpr std::string_view operations[] = {"set_running", "set_result", "cancel", "done",
                                                    "running",     "result_now", "result"};
  enum : unsigned { set_running, set_result, cancel, done, running, result_now, result };
  // What a call gives that throws.
  enum : harness::outcome { refused = -1, late = -2, gone = -3 };
  using object = errand<F>;

  static std::unique_ptr<object> create() { return std::make_unique<object>(); }
  static harness::model_state initial() { return {static_cast<std::int64_t>(future_phase::pending), 0}; }
  static std::int64_t argument(unsigned operation, unsigned nth) { return operation == set_result ? nth : 0; }

  static bool blocks(unsigned operation) { return operation == result; }
  static bool enabled(const harness::model_state& state, const harness::recorded&) {
    return static_cast<future_phase>(state[0]) >= future_phase::cancelled;
  }
  static harness::recorded rescue(const harness::recorded&) { return {.operation = set_result}; }

  static harness::outcome apply(object& on, unsigned operation, std::int64_t argument) {
    try {
      if (operation == set_running) return on.promised.set_running() ? 1 : 0;
      if (operation == set_result) on.promised.set_result(static_cast<int>(argument));
      if (operation == cancel) return on.outcome.cancel() ? 1 : 0;
      if (operation == done) return on.outcome.done() ? 1 : 0;
      if (operation == running) return on.outcome.running() ? 1 : 0;
      if (operation == result_now) return on.outcome.result_for(std::chrono::seconds(0));
      if (operation == result) return on.outcome.result();
    } catch (const std::future_error&) {
      return refused;
    } catch (const timeout_error&) {
      return late;
    } catch (const cancelled_error&) {
      return gone;
    }
    return 1;
  }

  static bool step(harness::model_state& state, const harness::recorded& now) {
    const auto phase = static_cast<future_phase>(state[0]);
    const bool is_done = enabled(state, now);
    if (blocks(now.operation) && !is_done) return false;
    const auto move = [&](bool moves, future_phase to) {
      if (moves) state[0] = static_cast<std::int64_t>(to);
    };
    constexpr harness::outcome no = refused;
    harness::outcome expected = 1;
    if (now.operation == set_running) {
      expected = phase == future_phase::pending ? 1 : phase == future_phase::cancelled ? 0 : no;
      move(expected == 1, future_phase::running);
    } else if (now.operation == set_result) {
      expected = is_done ? no : 1;
      if (!is_done) state[1] = now.argument;
      move(!is_done, future_phase::finished);
    } else if (now.operation == cancel) {
      expected = phase == future_phase::pending || phase == future_phase::cancelled ? 1 : 0;
      move(expected == 1, future_phase::cancelled);
    } else if (now.operation == done) {
      expected = is_done ? 1 : 0;
    } else if (now.operation == running) {
      expected = phase == future_phase::running ? 1 : 0;
    } else {
      expected = phase == future_phase::finished ? state[1] : phase == future_phase::cancelled ? gone : late;
    }
    return now.result == expected;
  }
};

}  // namespace gauntlet::contracts
