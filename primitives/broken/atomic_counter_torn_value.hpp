#pragma once
/// atomic_counter in two words, as on a machine without 64-bit atomics: what is read may be half old, half new.
///
///     the counter is 0x00000000'ffffffff
///     A adds 1: the lower word is 0 now, and a carry on its way
///     B reads the upper word, still 0, and the lower one: 0. The counter went back.
///
/// Each word is right at the end. stress and relacy must catch it: as a value that went back, or by the history.

#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet {

class atomic_counter_torn_value {
 public:
  explicit atomic_counter_torn_value(std::int64_t initial = 0) noexcept
      : lower_(static_cast<std::uint32_t>(initial)), upper_(static_cast<std::uint32_t>(initial >> 32)) {}
  atomic_counter_torn_value(const atomic_counter_torn_value&) = delete;
  atomic_counter_torn_value& operator=(const atomic_counter_torn_value&) = delete;

  std::int64_t increment() noexcept { return add(1); }

  std::int64_t add(std::int64_t amount) noexcept {
    const auto by = static_cast<std::uint32_t>(amount);
    // acq_rel [count]: pairs with itself and with value()'s acquire of lower_; carries all before the call.
    const std::uint32_t lower = lower_.fetch_add(by, std::memory_order_acq_rel) + by;
    const std::uint32_t carried = static_cast<std::uint32_t>(amount >> 32) + (lower < by ? 1 : 0);
    // flaw: between the two additions the words don't belong together, and value() doesn't notice.
    // acq_rel [count]: pairs with itself and with value()'s acquire of upper_; carries all before the call.
    const std::uint32_t upper = upper_.fetch_add(carried, std::memory_order_acq_rel) + carried;
    return whole(upper, lower);
  }

  std::int64_t value() const noexcept {
    // acquire [count]: pairs with add()'s acq_rel of upper_; carries all before the calls that are counted.
    const std::uint32_t upper = upper_.load(std::memory_order_acquire);
    // acquire [count]: pairs with add()'s acq_rel of lower_; carries all before the calls that are counted.
    return whole(upper, lower_.load(std::memory_order_acquire));
  }

 private:
  static std::int64_t whole(std::uint32_t upper, std::uint32_t lower) noexcept {
    return static_cast<std::int64_t>(std::uint64_t{upper} << 32 | lower);
  }

  sync::atomic<std::uint32_t> lower_;
  sync::atomic<std::uint32_t> upper_;
};

}  // namespace gauntlet
