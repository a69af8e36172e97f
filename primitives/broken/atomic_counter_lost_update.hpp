#pragma once
/// atomic_counter that adds in two steps, as `value = value + amount` does on an atomic.
///
///     A loads 0
///     B loads 0, stores 1
///     A stores 1                         B's increment is lost
///
/// Every operation is atomic and ordered, so no race is to be seen: stress and relacy must catch the wrong sum.

#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class atomic_counter_lost_update {
 public:
  explicit atomic_counter_lost_update(std::int64_t initial = 0) noexcept : value_(initial) {}
  atomic_counter_lost_update(const atomic_counter_lost_update&) = delete;
  atomic_counter_lost_update& operator=(const atomic_counter_lost_update&) = delete;

  std::int64_t increment() noexcept { return add(1); }

  std::int64_t add(std::int64_t amount) noexcept {
    const auto sum =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(value()) + static_cast<std::uint64_t>(amount));
    // flaw: what others have added since value() is overwritten.
    // release [count]: pairs with value()'s acquire of value_; carries all before the call.
    value_.store(sum, std::memory_order_release);
    return sum;
  }

  std::int64_t value() const noexcept {
    // acquire [count]: pairs with add()'s release of value_; carries all before the calls that are counted.
    return value_.load(std::memory_order_acquire);
  }

 private:
  sync::atomic<std::int64_t> value_;
};

}  // namespace gauntlet
