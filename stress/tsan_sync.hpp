#pragma once
/// The seam under ThreadSanitizer: as under stress, with two things that the tool doesn't see by itself: which locks
/// are taken in which order, and fences.

#include <sanitizer/tsan_interface.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "stress/operations.hpp"

namespace gauntlet::sync::engine {

using namespace stress;

/// An atomic whose relaxed operations remember what a fence needs. ThreadSanitizer ignores fences, so a release fence
/// makes the relaxed stores after it releases, and an acquire fence acquires from what the relaxed loads before it read
/// ([atomics.fences]). That publishes more than the fence does: also what lies between it and the store. So a race may
/// go unseen. The order that seq_cst fences have among themselves is not modelled.
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

/// A shadow lock. ThreadSanitizer keeps the order of acquisition by its address, which must not be an atomic's: so it
/// has a byte of its own.
class lock_identity {
 public:
  lock_identity() noexcept { __tsan_mutex_create(this, __tsan_mutex_not_static); }
  lock_identity(const lock_identity&) = delete;
  lock_identity& operator=(const lock_identity&) = delete;
  ~lock_identity() { __tsan_mutex_destroy(this, __tsan_mutex_not_static); }

 private:
  [[maybe_unused]] char shadow_ = 0;
};

/// Announces every acquisition as one of a read lock, and turns the announcement's own meaning off around the lock's
/// operations ("divert"): a read lock adds no happens-before between holders, so a lock whose orders are too weak still
/// shows as a data race. Announced as what it is, the lock would be believed instead of tested.
///
/// A lock that another thread releases cannot be announced: the tool would take its first holder to hold it for ever.
/// From the first such release on, the check goes on without announcements.
class lock_scope {
 public:
  lock_scope(lock_identity& lock, lock_action action) noexcept : lock_(&lock), action_(action) {
    if (releases()) {
      announced_ = forget_held();
      if (!announced_) lend();
    } else {
      announced_ = !lent() && slot_of(nullptr) != nullptr;
    }
    if (!announced_) return;
    if (releases())
      __tsan_mutex_pre_unlock(lock_, __tsan_mutex_read_lock);
    else
      __tsan_mutex_pre_lock(lock_, flags());
    __tsan_mutex_pre_divert(lock_, 0);
  }
  lock_scope(const lock_scope&) = delete;
  lock_scope& operator=(const lock_scope&) = delete;
  ~lock_scope() {
    if (!announced_) return;
    __tsan_mutex_post_divert(lock_, 0);
    if (releases()) {
      __tsan_mutex_post_unlock(lock_, __tsan_mutex_read_lock);
    } else {
      __tsan_mutex_post_lock(lock_, flags() | (acquired_ ? 0U : __tsan_mutex_try_lock_failed), 0);
      if (acquired_) *slot_of(nullptr) = lock_;
    }
  }

  void result(bool acquired) noexcept { acquired_ = acquired; }

 private:
  bool releases() const noexcept { return action_ == lock_action::release || action_ == lock_action::release_shared; }
  unsigned flags() const noexcept {
    const bool tries = action_ == lock_action::try_acquire || action_ == lock_action::try_acquire_shared;
    return __tsan_mutex_read_lock | (tries ? __tsan_mutex_try_lock : 0U);
  }

  /// Where the calling thread's record of what it holds has this lock; of nullptr: has room.
  static const lock_identity** slot_of(const lock_identity* lock) noexcept {
    static constinit thread_local const lock_identity* held[32] = {};
    const auto found = std::find(std::begin(held), std::end(held), lock);
    return found == std::end(held) ? nullptr : found;
  }
  bool forget_held() const noexcept {
    const auto slot = slot_of(lock_);
    if (slot == nullptr) return false;
    *slot = nullptr;
    return true;
  }

  lock_identity* lock_;
  lock_action action_;
  bool acquired_ = true;
  bool announced_ = false;
};

}  // namespace gauntlet::sync::engine
