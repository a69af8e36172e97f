#pragma once
/// A mutex in sequence.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/specification.hpp"

namespace gauntlet::contracts {

/// The state is how many may get in: one, or none. A failed try says nothing: it may fail on a free lock.
template <class L>
struct mutex_specification {
  static constexpr std::string_view operations[] = {"lock", "try_lock", "unlock", "try_lock_for"};
  enum : unsigned { lock, try_lock, unlock, try_lock_for };

  static std::unique_ptr<L> create() { return std::make_unique<L>(); }
  static harness::model_state initial() { return {1}; }
  static std::int64_t argument(unsigned) { return 0; }

  /// Whether a thread that has called `mine` holds the lock.
  static bool may(unsigned, const std::vector<harness::recorded>& mine, unsigned operation) {
    const auto told = std::ranges::find_if(mine.rbegin(), mine.rend(), [](auto& one) { return one.result == 1; });
    const bool holds = told != mine.rend() && told->operation != unlock;
    if (operation == try_lock_for && !requires(L& of) { of.try_lock_for(std::chrono::microseconds(20)); }) return false;
    return holds == (operation == unlock);
  }
  static bool due(unsigned operation) { return operation == unlock; }
  static bool blocks(unsigned operation) { return operation == lock; }
  static bool enabled(const harness::model_state& state, const harness::recorded&) { return state[0] == 1; }

  static harness::outcome apply(L& on, unsigned operation, std::int64_t) {
    if (operation == try_lock) return on.try_lock() ? 1 : 0;
    if constexpr (requires { on.try_lock_for(std::chrono::microseconds(20)); })
      if (operation == try_lock_for) return on.try_lock_for(std::chrono::microseconds(20)) ? 1 : 0;
    if (operation == lock) on.lock();
    if (operation == unlock) on.unlock();
    return 1;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.result == 0) return true;
    state[0] += done.operation == unlock ? 1 : -1;
    return state[0] >= 0;
  }

  static harness::permits monitored(const harness::recorded& done) {
    if (done.operation == unlock) return {harness::permits::released};
    if (done.result == 0) return {harness::permits::released, 0};
    return {harness::permits::acquired};
  }
};

}  // namespace gauntlet::contracts
