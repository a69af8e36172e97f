#pragma once
/// A snapshot of two components in sequence.

#include <cstdint>
#include <memory>
#include <string_view>

#include "harness/specification.hpp"

namespace gauntlet::contracts {

/// The state is the components' values.
template <class S>
struct snapshot_specification {
  static constexpr std::string_view operations[] = {"write", "read"};
  enum : unsigned { write, read };

  static std::unique_ptr<S> create() { return std::make_unique<S>(2); }
  static harness::model_state initial() { return {0, 0}; }

  /// Of a write: the component, and above it the value, which no other write has.
  static std::int64_t argument(unsigned operation, unsigned nth) {
    return operation == write ? 2 * (nth + 1) + harness::choose(2) : 0;
  }

  static harness::outcome apply(S& on, unsigned operation, std::int64_t argument) {
    if (operation == write) {
      on.write(static_cast<std::size_t>(argument % 2), static_cast<std::uint32_t>(argument / 2));
      return 0;
    }
    const auto seen = on.read();
    return both(seen.at(0), seen.at(1));
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.operation == read) return done.result == both(state[0], state[1]);
    state[static_cast<std::size_t>(done.argument % 2)] = done.argument / 2;
    return true;
  }

 private:
  static harness::outcome both(std::int64_t first, std::int64_t second) { return first << 32 | second; }
};

}  // namespace gauntlet::contracts
