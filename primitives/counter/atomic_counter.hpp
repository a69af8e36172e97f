#pragma once
/// A counter that is one atomic word.
///
/// Promises
///   safety    every call takes effect at one point between its call and its return: no update is lost, and no value is
///             seen that the counter never had.
///   progress  wait-free where the processor has a fetch-and-add; lock-free elsewhere.
///   overflow  wraps, in two's complement.
///   lifetime  may be destroyed by the thread whose add() took it to its last value: no call looks back.
///
/// Memory ordering: what a thread did before increment() or add() is visible to whoever sees it counted, in the result
/// of a later call. So a counter may count references, or arrivals. value() publishes nothing.

#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class atomic_counter {
 public:
  /// A claim: the contract's scenario `lock_freedom` checks it.
  static constexpr bool lock_free = true;

  explicit atomic_counter(std::int64_t initial = 0) noexcept : value_(initial) {}
  atomic_counter(const atomic_counter&) = delete;
  atomic_counter& operator=(const atomic_counter&) = delete;

  /// @return the value after it
  std::int64_t increment() noexcept { return add(1); }

  /// @param amount any, negative included
  /// @return the value after it
  std::int64_t add(std::int64_t amount) noexcept {
    // acq_rel [count]: pairs with itself and with value()'s acquire of value_; carries all before the call.
    const auto before = value_.fetch_add(amount, std::memory_order_acq_rel);
    // Unsigned, where overflow is defined.
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(before) + static_cast<std::uint64_t>(amount));
  }

  std::int64_t value() const noexcept {
    // acquire [count]: pairs with add()'s acq_rel of value_; carries all before the calls that are counted.
    return value_.load(std::memory_order_acquire);
  }

 private:
  sync::atomic<std::int64_t> value_;
};

}  // namespace gauntlet
