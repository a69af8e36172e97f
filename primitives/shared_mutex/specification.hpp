#pragma once
/// A shared mutex in sequence.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/specification.hpp"

namespace gauntlet::contracts {

/// The state is how many writers hold the lock, and how many readers. A failed try says nothing: it may fail on a free
/// lock.
template <class L>
struct shared_mutex_specification {
  static constexpr std::string_view operations[] = {
      "lock",        "try_lock",        "try_lock_for",        "unlock",
      "lock_shared", "try_lock_shared", "try_lock_shared_for", "unlock_shared"};
  enum : unsigned {
    lock,
    try_lock,
    try_lock_for,
    unlock,
    lock_shared,
    try_lock_shared,
    try_lock_shared_for,
    unlock_shared
  };

  static std::unique_ptr<L> create() { return std::make_unique<L>(); }
  static harness::model_state initial() { return {0, 0}; }
  static std::int64_t argument(unsigned) { return 0; }

  static bool may(unsigned, const std::vector<harness::recorded>& mine, unsigned operation) {
    const auto told = std::ranges::find_if(mine.rbegin(), mine.rend(), [](auto& one) { return one.result == 1; });
    const bool holds = told != mine.rend() && !lets_go(told->operation);
    return holds ? operation == (told->operation < lock_shared ? unlock : unlock_shared) : !lets_go(operation);
  }
  static bool due(unsigned operation) { return lets_go(operation); }
  static bool blocks(unsigned operation) { return operation == lock || operation == lock_shared; }
  static bool enabled(const harness::model_state& state, const harness::recorded& waiting) {
    return state[0] == 0 && (state[1] == 0 || waiting.operation == lock_shared);
  }

  static harness::outcome apply(L& on, unsigned operation, std::int64_t) {
    constexpr std::chrono::microseconds moment(20);
    if (operation == try_lock) return on.try_lock() ? 1 : 0;
    if (operation == try_lock_for) return on.try_lock_for(moment) ? 1 : 0;
    if (operation == try_lock_shared) return on.try_lock_shared() ? 1 : 0;
    if (operation == try_lock_shared_for) return on.try_lock_shared_for(moment) ? 1 : 0;
    if (operation == lock) on.lock();
    if (operation == unlock) on.unlock();
    if (operation == lock_shared) on.lock_shared();
    if (operation == unlock_shared) on.unlock_shared();
    return 1;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.result == 0) return true;
    if (lets_go(done.operation)) return --state[done.operation == unlock ? 0 : 1] >= 0;
    const bool reads = done.operation >= lock_shared;
    if (state[0] != 0 || (!reads && state[1] != 0)) return false;
    ++state[reads ? 1 : 0];
    return true;
  }

 private:
  static bool lets_go(unsigned operation) { return operation == unlock || operation == unlock_shared; }
};

}  // namespace gauntlet::contracts
