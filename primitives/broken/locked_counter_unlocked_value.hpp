#pragma once
/// locked_counter whose value() doesn't take the lock, since "it is only a read".
///
/// The sums are right, and on x86 so is every value. But the read races with the holder's write, and what the counted
/// threads did before is not ordered with it. tsan and relacy must catch it, as a data race.

#include <cstdint>
#include <mutex>

#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class locked_counter_unlocked_value {
 public:
  explicit locked_counter_unlocked_value(std::int64_t initial = 0) noexcept : value_(initial) {}
  locked_counter_unlocked_value(const locked_counter_unlocked_value&) = delete;
  locked_counter_unlocked_value& operator=(const locked_counter_unlocked_value&) = delete;

  std::int64_t increment() { return add(1); }

  std::int64_t add(std::int64_t amount) {
    const std::lock_guard guard(lock_);
    const auto sum = static_cast<std::uint64_t>(value_.get()) + static_cast<std::uint64_t>(amount);
    value_.set(static_cast<std::int64_t>(sum));
    return static_cast<std::int64_t>(sum);
  }

  // flaw: a plain read beside writes under the lock.
  std::int64_t value() const { return value_.get(); }

 private:
  mutex lock_;
  sync::var<std::int64_t> value_;
};

}  // namespace gauntlet
