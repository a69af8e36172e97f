#pragma once
/// A barrier in sequence.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "harness/specification.hpp"
#include "primitives/barrier/broken_barrier.hpp"

namespace gauntlet::contracts {

/// A wait is an arrival and a passing. The state is whether the barrier is broken; then, for each that has arrived and
/// has not left, which call it is and what became of it.
template <class B>
struct barrier_specification {
  static constexpr std::string_view operations[] = {"arrive", "pass",  "arrive_for", "pass_in_time",
                                                    "abort",  "reset", "broken"};
  enum : unsigned { arrive, pass, arrive_for, pass_in_time, abort, reset, broken };
  enum : std::int64_t { waits, passes, fails };
  static constexpr unsigned parties = 2;
  static constexpr harness::outcome refused = -1;

  static std::unique_ptr<B> create() { return std::make_unique<B>(parties); }
  static harness::model_state initial() { return {0}; }
  static std::int64_t argument(unsigned, unsigned nth) { return nth; }

  static std::optional<unsigned> second(unsigned operation) {
    if (operation != arrive && operation != arrive_for) return std::nullopt;
    return operation == arrive ? pass : pass_in_time;
  }
  static bool blocks(unsigned operation) { return operation == arrive; }
  static bool enabled(const harness::model_state& state, const harness::recorded& waiting) {
    return state[place_of(state, waiting.argument) + 1] != waits;
  }
  static harness::recorded rescue(const harness::recorded&) { return {.operation = abort}; }

  static harness::outcome apply(B& on, unsigned operation, std::int64_t) {
    try {
      if (operation == arrive) return on.arrive_and_wait();
      if (operation == arrive_for) return on.arrive_and_wait_for(std::chrono::microseconds(20));
    } catch (const broken_barrier&) {
      return refused;
    }
    if (operation == abort) on.abort();
    if (operation == reset) on.reset();
    return operation == broken && on.broken() ? 1 : 0;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.operation == broken) return done.result == state[0];
    if (done.operation == arrive || done.operation == arrive_for) {
      state.insert(state.end(), {done.argument, state[0] == 1 ? fails : waits});
      if (waiting(state) == parties) end_trip(state, passes);
      return true;
    }
    if (done.operation == abort || done.operation == reset) {
      end_trip(state, fails);
      state[0] = done.operation == abort ? 1 : 0;
      return true;
    }
    const auto place = place_of(state, done.argument);
    if (place >= state.size()) return false;
    // Its time is up before all have arrived.
    if (done.operation == pass_in_time && done.result == refused && state[place + 1] == waits) {
      end_trip(state, fails);
      state[0] = 1;
    }
    const auto fate = state[place + 1];
    const auto from = state.begin() + static_cast<std::ptrdiff_t>(place);
    state.erase(from, from + 2);
    return fate == (done.result == refused ? fails : passes) && done.result < parties;
  }

 private:
  static std::size_t place_of(const harness::model_state& state, std::int64_t call) {
    std::size_t place = 1;
    while (place < state.size() && state[place] != call) place += 2;
    return place;
  }
  static unsigned waiting(const harness::model_state& state) {
    unsigned all = 0;
    for (std::size_t i = 1; i < state.size(); i += 2) all += state[i + 1] == waits ? 1 : 0;
    return all;
  }
  static void end_trip(harness::model_state& state, std::int64_t fate) {
    for (std::size_t i = 1; i < state.size(); i += 2)
      if (state[i + 1] == waits) state[i + 1] = fate;
  }
};

}  // namespace gauntlet::contracts
