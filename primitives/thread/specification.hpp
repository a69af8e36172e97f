#pragma once
/// A thread in sequence.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "harness/specification.hpp"
#include "primitives/thread/workshop.hpp"

namespace gauntlet::contracts {

/// The state is whether the thread was started, and whether it has ended; nobody is told when it does, so it has by the
/// time that somebody sees it. A start keeps others from starting, and then has started.
template <class T>
struct thread_specification {
  static constexpr std::string_view operations[] = {"start", "started", "is_alive", "join_for", "join"};
  enum : unsigned { start, started, is_alive, join_for, join };
  enum : std::int64_t { unstarted, starting, alive, ended };
  static constexpr harness::outcome refused = -1;
  struct object {
    workshop<T> shop;
    T runner = shop.make([] {});
  };

  static std::unique_ptr<object> create() { return std::make_unique<object>(); }
  static harness::model_state initial() { return {unstarted}; }
  static std::int64_t argument(unsigned) { return 0; }

  static std::optional<unsigned> second(unsigned operation) {
    return operation == start ? std::optional<unsigned>(started) : std::nullopt;
  }

  /// Each role joins at the end: so nobody leaves it running.
  static bool may(unsigned, const std::vector<harness::recorded>& mine, unsigned operation) {
    return operation != join || mine.empty() || mine.back().operation != join;
  }
  static bool due(unsigned operation) { return operation == join; }

  static harness::outcome apply(object& on, unsigned operation, std::int64_t) {
    try {
      if (operation == is_alive) return on.runner.is_alive() ? 1 : 0;
      if (operation == join_for) return on.runner.join_for(std::chrono::microseconds(20)) ? 1 : 0;
      if (operation == start) on.runner.start();
      if (operation == join) on.runner.join();
    } catch (const std::logic_error&) {
      return refused;
    }
    return 1;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.operation == start) {
      const bool starts = state[0] == unstarted;
      if (starts) state[0] = starting;
      return done.result == (starts ? 1 : refused);
    }
    if (done.operation == started) {
      if (done.result == 1) state[0] = alive;
      return state[0] != unstarted;
    }
    if (state[0] < alive) return done.result == (done.operation == is_alive ? 0 : refused);
    const bool sees_end = done.result == (done.operation == is_alive ? 0 : 1);
    if (sees_end) state[0] = ended;
    return sees_end || (state[0] == alive && done.result != refused);
  }
};

}  // namespace gauntlet::contracts
