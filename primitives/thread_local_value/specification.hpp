#pragma once
/// A thread-local value in sequence.

#include <cstdint>
#include <memory>
#include <string_view>

#include "harness/specification.hpp"

namespace gauntlet::contracts {

/// The state is whether the thread has a value, and which: each thread by itself.
template <template <class...> class V>
struct thread_local_value_specification {
  static constexpr std::string_view operations[] = {"get", "set", "has_value", "reset"};
  enum : unsigned { get, set, has_value, reset };
  static constexpr int made = 1000;
  using object = V<int>;

  static std::unique_ptr<object> create() {
    return std::make_unique<object>([] { return made; });
  }
  static harness::model_state initial() { return {0, 0}; }
  static std::int64_t argument(unsigned operation, unsigned nth) { return operation == set ? nth : 0; }
  static std::int64_t key(const harness::recorded& one) { return one.thread; }

  static harness::outcome apply(object& on, unsigned operation, std::int64_t argument) {
    if (operation == get) return on.get();
    if (operation == has_value) return on.has_value() ? 1 : 0;
    if (operation == set) on.set(static_cast<int>(argument));
    if (operation == reset) on.reset();
    return 0;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.operation == has_value) return done.result == state[0];
    if (done.operation == reset) state = {0, 0};
    if (done.operation == set) state = {1, done.argument};
    if (done.operation == get && state[0] == 0) state = {1, made};
    return done.operation != get || done.result == state[1];
  }
};

}  // namespace gauntlet::contracts
