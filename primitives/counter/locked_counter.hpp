#pragma once
/// A counter behind a lock (the Counter of the threading guide that examples/ follows).
///
/// Promises
///   safety    every call takes effect at one point between its call and its return: no update is lost, and no value is
///             seen that the counter never had.
///   progress  blocking: a call waits for the one before it.
///   fairness  that of gauntlet::mutex: none.
///   overflow  wraps, in two's complement.
///   lifetime  may be destroyed by the thread whose add() took it to its last value, while the call of another that
///             took effect before is still on its way out.
///
/// Memory ordering: what a thread did before a call is visible to whoever makes a later one.

#include <cstdint>
#include <mutex>

#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class locked_counter {
 public:
  explicit locked_counter(std::int64_t initial = 0) noexcept : value_(initial) {}
  locked_counter(const locked_counter&) = delete;
  locked_counter& operator=(const locked_counter&) = delete;

  /// @return the value after it
  std::int64_t increment() { return add(1); }

  /// @param amount any, negative included
  /// @return the value after it
  std::int64_t add(std::int64_t amount) {
    const std::lock_guard guard(lock_);
    // Unsigned, where overflow is defined.
    const auto sum = static_cast<std::uint64_t>(value_.get()) + static_cast<std::uint64_t>(amount);
    value_.set(static_cast<std::int64_t>(sum));
    return static_cast<std::int64_t>(sum);
  }

  std::int64_t value() const {
    const std::lock_guard guard(lock_);
    return value_.get();
  }

 private:
  mutable mutex lock_;
  /// Guarded by lock_.
  sync::var<std::int64_t> value_;
};

}  // namespace gauntlet
