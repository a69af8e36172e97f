#pragma once
/// A recursive mutex in sequence.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include "harness/specification.hpp"

namespace gauntlet::contracts {

/// The state is who holds the lock, 0 for nobody or the thread's number + 1, and how often.
template <class L>
struct recursive_mutex_specification {
  static constexpr std::string_view operations[] = {"lock", "try_lock", "unlock", "try_lock_for", "release_all"};
  enum : unsigned { lock, try_lock, unlock, try_lock_for, release_all };
  static constexpr harness::outcome refused = -1;

  static std::unique_ptr<L> create() { return std::make_unique<L>(); }
  static harness::model_state initial() { return {0, 0}; }
  static std::int64_t argument(unsigned) { return 0; }

  /// Unlocking without holding the lock is an error, which changes nothing; but it would never end to be due.
  static bool may(unsigned, const std::vector<harness::recorded>& mine, unsigned operation) {
    return operation != release_all || depth_after(mine) > 0;
  }
  static bool due(unsigned operation) { return operation == release_all; }
  static bool blocks(unsigned operation) { return operation == lock; }
  static bool enabled(const harness::model_state& state, const harness::recorded&) { return state[0] == 0; }

  static harness::outcome apply(L& on, unsigned operation, std::int64_t) {
    if (operation == try_lock) return on.try_lock() ? 1 : 0;
    if (operation == try_lock_for) return on.try_lock_for(std::chrono::microseconds(20)) ? 1 : 0;
    if (operation == release_all) return on.release_all();
    try {
      if (operation == lock) on.lock();
      if (operation == unlock) on.unlock();
    } catch (const std::system_error&) {
      return refused;
    }
    return 1;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    const bool mine = state[0] == done.thread + 1;
    const bool lets_go = done.operation == unlock || done.operation == release_all;
    if (lets_go && !mine) return done.result == refused;
    if (lets_go) {
      state[1] -= done.operation == unlock ? 1 : done.result;
      if (state[1] == 0) state[0] = 0;
      return done.result > 0 && (done.operation == unlock || state[1] == 0);
    }
    if (!mine && state[0] != 0) return done.operation != lock && done.result == 0;
    state = {done.thread + 1, state[1] + 1};
    return done.result == 1;
  }

 private:
  static harness::outcome depth_after(const std::vector<harness::recorded>& mine) {
    harness::outcome depth = 0;
    for (const auto& one : mine) {
      if (one.result == refused) continue;
      if (one.operation == release_all)
        depth = 0;
      else
        depth += one.operation == unlock ? -1 : one.result;
    }
    return depth;
  }
};

}  // namespace gauntlet::contracts
