#pragma once
/// A set of locks in sequence.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/specification.hpp"
#include "primitives/mutex/mutex.hpp"

namespace gauntlet::contracts {

/// The state is which of the two locks are free. A set takes both at once, others take one of them by itself. A failed
/// try says nothing: it may fail on free locks.
template <class S>
struct lock_set_specification {
  static constexpr std::string_view operations[] = {"lock",        "try_lock",       "unlock",      "lock_left",
                                                    "unlock_left", "try_lock_right", "unlock_right"};
  enum : unsigned { lock, try_lock, unlock, lock_left, unlock_left, try_lock_right, unlock_right };
  struct object {
    mutex left;
    mutex right;
    S both{right, left};
  };

  static std::unique_ptr<object> create() { return std::make_unique<object>(); }
  static harness::model_state initial() { return {1, 1}; }
  static std::int64_t argument(unsigned) { return 0; }

  static bool may(unsigned, const std::vector<harness::recorded>& mine, unsigned operation) {
    const auto told = std::ranges::find_if(mine.rbegin(), mine.rend(), [](auto& one) { return one.result == 1; });
    const bool holds = told != mine.rend() && !lets_go(told->operation);
    return holds ? operation == undone_by(told->operation) : !lets_go(operation);
  }
  static bool due(unsigned operation) { return lets_go(operation); }
  static bool blocks(unsigned operation) { return operation == lock || operation == lock_left; }
  static bool enabled(const harness::model_state& state, const harness::recorded& waiting) {
    return state[0] == 1 && (state[1] == 1 || waiting.operation == lock_left);
  }

  static harness::outcome apply(object& on, unsigned operation, std::int64_t) {
    if (operation == try_lock) return on.both.try_lock() ? 1 : 0;
    if (operation == try_lock_right) return on.right.try_lock() ? 1 : 0;
    if (operation == lock) on.both.lock();
    if (operation == unlock) on.both.unlock();
    if (operation == lock_left) on.left.lock();
    if (operation == unlock_left) on.left.unlock();
    if (operation == unlock_right) on.right.unlock();
    return 1;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.result == 0) return true;
    const int by = lets_go(done.operation) ? 1 : -1;
    if (done.operation < try_lock_right) state[0] += by;
    if (done.operation < lock_left || done.operation >= try_lock_right) state[1] += by;
    return state[0] >= 0 && state[1] >= 0;
  }

 private:
  static bool lets_go(unsigned operation) {
    return operation == unlock || operation == unlock_left || operation == unlock_right;
  }
  static unsigned undone_by(unsigned operation) {
    return operation == lock_left ? unlock_left : operation == try_lock_right ? unlock_right : unlock;
  }
};

}  // namespace gauntlet::contracts
