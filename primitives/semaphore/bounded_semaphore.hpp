#pragma once
/// A semaphore that is never given more permits than it was made for, after Python's threading.BoundedSemaphore: a
/// permit that is released twice is an error where it happens, not a resource that is used by too many later.
///
/// Promises, beside those of semaphore, which it is made of
///   Safety    At most limit() permits are free. A release that would make it more throws, adds none and wakes nobody.
///
/// Invariants
///   I4  release() compares with the limit in the step that adds the permits: of two that have room for one only, one
///       throws.
/// Limit: it counts permits, not owners. A release too many while others hold permits goes unnoticed until they
/// release theirs.

#include <cstdint>
#include <stdexcept>
#include <string>

#include "primitives/semaphore/semaphore.hpp"

namespace gauntlet {

class bounded_semaphore : private semaphore {
 public:
  using semaphore::acquire;
  using semaphore::available;
  using semaphore::max;
  using semaphore::try_acquire;
  using semaphore::try_acquire_for;
  using semaphore::try_acquire_until;

  /// All permits are free. @param limit permits, 0 to max()
  /// @throws std::invalid_argument if there can't be as many
  explicit bounded_semaphore(std::uint32_t limit = 1) : bounded_semaphore(limit, limit) {}

  /// @param initial permits that are free, 0 to limit @param limit permits that there are, 0 to max()
  /// @throws std::invalid_argument if there can't be as many
  bounded_semaphore(std::uint32_t initial, std::uint32_t limit) : semaphore(initial), limit_(limit) {
    if (limit > max())
      throw std::invalid_argument("bounded_semaphore: limit is " + std::to_string(limit) + ", expected at most " +
                                  std::to_string(max()));
    if (initial > limit)
      throw std::invalid_argument("bounded_semaphore: initial is " + std::to_string(initial) +
                                  ", expected at most the limit, " + std::to_string(limit));
  }

  /// Gives `n` permits back and wakes as many waiters.
  /// @param n 1 to limit()
  /// @throws std::invalid_argument if n is 0
  /// @throws std::overflow_error if more than limit() permits would be free; none is added
  void release(std::uint32_t n = 1) { add(n, limit_, "bounded_semaphore"); }

  std::uint32_t limit() const noexcept { return limit_; }

 private:
  const std::uint32_t limit_;
};

}  // namespace gauntlet
