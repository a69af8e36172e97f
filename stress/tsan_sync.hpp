#pragma once
/// The seam under ThreadSanitizer: as under stress, with two things that the tool doesn't see by itself: which locks
/// are taken in which order, and fences.

#include <sanitizer/tsan_interface.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "lock_order/tsan_locks.hpp"
#include "stress/operations.hpp"

namespace gauntlet::sync::engine {

using namespace stress;

/// An atomic whose relaxed operations remember what a fence needs. ThreadSanitizer ignores fences, so a release fence
/// makes the relaxed stores after it releases, and an acquire fence acquires from what the relaxed loads before it read
/// ([atomics.fences]). That publishes more than the fence does: also what lies between it and the store. So a race may
/// go unseen. That seq_cst fences have an order among themselves needs no model: it adds no happens-before, only
/// forbids stale values, and the tool shows none.
template <class T>
class cell : public stress::cell<T> {
  using base = stress::cell<T>;

 public:
  using base::base;

  T load(std::memory_order order, site where) const noexcept {
    const T value = base::load(order, where);
    note_load(order);
    return value;
  }

  void store(T value, std::memory_order order, site where) noexcept { base::store(value, after_fence(order), where); }

  template <bool weak>
  bool compare_exchange(T& expected, T desired, std::memory_order success, std::memory_order failure,
                        site where) noexcept {
    const bool done = base::template compare_exchange<weak>(expected, desired, after_fence(success), failure, where);
    note_load(done ? success : failure);
    return done;
  }

  template <rmw operation, class Operand>
  T fetch(Operand operand, std::memory_order order, site where) noexcept {
    const T old = base::template fetch<operation>(operand, after_fence(order), where);
    note_load(order);
    return old;
  }

 private:
  void note_load(std::memory_order order) const noexcept {
    if (mine == nullptr || (order != std::memory_order_relaxed && order != std::memory_order_release)) return;
    void* const here = const_cast<cell*>(this)->address();
    auto& noted = mine->relaxed_load;
    if (std::find(std::begin(noted), std::end(noted), here) != std::end(noted)) return;
    // With more than sixteen atomics before a fence the oldest is forgotten, and what it carried shows as a race.
    noted[mine->relaxed_loads++ % std::size(noted)] = here;
  }

  static std::memory_order after_fence(std::memory_order order) noexcept {
    if (mine == nullptr || !mine->released) return order;
    if (order == std::memory_order_relaxed) return std::memory_order_release;
    return order == std::memory_order_acquire ? std::memory_order_acq_rel : order;
  }
};

inline void fence(std::memory_order order, site where) noexcept {
  stress::fence(order, where);
  if (mine == nullptr) return;
  if (order != std::memory_order_release)
    for (void*& noted : mine->relaxed_load)
      if (void* const from = std::exchange(noted, nullptr)) __tsan_acquire(from);
  if (order != std::memory_order_acquire) mine->released = true;
}

struct lock_identity : tsan::lock_identity, watched_lock {
  lock_identity(released_by who = released_by::holder) noexcept : watched_lock(who) {}
};

/// Until the round's end.
struct lending {
  static bool lent() noexcept { return stress::lent(); }
  static void lend() noexcept { stress::lend(); }
};

/// Keeps where the calling thread took a lock. Walks the frames itself, which the flavour is compiled to have: the
/// unwinder would take locks.
[[gnu::noinline, clang::no_sanitize("thread")]] inline void note_acquisition(const void* lock) noexcept {
  if (mine == nullptr) return;
  const unsigned nth = mine->acquisitions.load(std::memory_order_relaxed);
  mine->acquisitions.store(nth + 1, std::memory_order_relaxed);
  acquisition& here = mine->taken[nth % std::size(mine->taken)];
  here.lock.store(nullptr, std::memory_order_relaxed);
  struct link {
    const link* caller;
    void* address;
  };
  const auto* at = static_cast<const link*>(__builtin_frame_address(0));
  for (auto& frame : here.frame) {
    frame.store(at != nullptr ? at->address : nullptr, std::memory_order_relaxed);
    constexpr std::ptrdiff_t longest = 1 << 16;
    // Above code that has no such frames the chain ends in anything.
    if (at != nullptr &&
        (at->caller <= at || reinterpret_cast<const char*>(at->caller) - reinterpret_cast<const char*>(at) > longest))
      at = nullptr;
    else if (at != nullptr)
      at = at->caller;
  }
  here.lock.store(lock, std::memory_order_relaxed);
}

class lock_scope {
 public:
  lock_scope(lock_identity& lock, lock_action action) noexcept
      : lock_(&lock), action_(action), watch_(lock, action), told_(lock, action) {}
  lock_scope(const lock_scope&) = delete;
  lock_scope& operator=(const lock_scope&) = delete;
  ~lock_scope() {
    if (acquired_ && action_ != lock_action::release && action_ != lock_action::release_shared)
      note_acquisition(static_cast<tsan::lock_identity*>(lock_));
  }

  void result(bool acquired) noexcept {
    acquired_ = acquired;
    watch_.result(acquired);
    told_.result(acquired);
  }

 private:
  lock_identity* lock_;
  lock_action action_;
  bool acquired_ = true;
  lock_watch watch_;
  tsan::lock_scope<lending> told_;
};

/// For the end of a role.
inline void let_go_of_locks() noexcept {
  tsan::let_go_of_locks();
}

}  // namespace gauntlet::sync::engine
