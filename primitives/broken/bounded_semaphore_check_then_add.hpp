#pragma once
/// A bounded semaphore that compares with its limit in one step and adds the permits in another, as
/// `if (sem_getvalue(…) < limit) sem_post(…)` does.
///
///     releaser A                releaser B            limit 1
///     1 permit fits: go on
///                               1 permit fits: go on
///     0 -> 1 permits
///                               1 -> 2 permits, and no error
///
/// stress and the models must catch it. One thread sees nothing of it, and the sanitizers neither: there is no race and
/// no bad access.

#include <cstdint>
#include <stdexcept>

#include "primitives/semaphore/semaphore.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class bounded_semaphore_check_then_add : private semaphore {
 public:
  using semaphore::acquire;
  using semaphore::try_acquire;
  using semaphore::try_acquire_for;
  using semaphore::try_acquire_until;

  explicit bounded_semaphore_check_then_add(std::uint32_t limit = 1) : bounded_semaphore_check_then_add(limit, limit) {}
  bounded_semaphore_check_then_add(std::uint32_t initial, std::uint32_t limit) : semaphore(initial), limit_(limit) {}

  void release(std::uint32_t n = 1) {
    // flaw: others may release between the look and the addition.
    if (n > limit_ - available()) throw std::overflow_error("released more often than acquired");
    semaphore::release(n);
  }

 private:
  const std::uint32_t limit_;
};

}  // namespace gauntlet
