#pragma once
/// What ThreadSanitizer's own check of lock orders needs to be told. Included by seams that are compiled with
/// -fsanitize=thread.

#include <sanitizer/tsan_interface.h>

#include <algorithm>
#include <iterator>

#include "primitives/native.hpp"

namespace gauntlet::sync::tsan {

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
/// From the first such release on, all goes on without announcements.
/// @tparam Lending remembers that: `static bool lent()`, `static void lend()`
template <class Lending>
class lock_scope {
 public:
  lock_scope(lock_identity& lock, lock_action action) noexcept : lock_(&lock), action_(action) {
    if (releases()) {
      announced_ = forget_held();
      if (!announced_) Lending::lend();
    } else {
      announced_ = !Lending::lent() && slot_of(nullptr) != nullptr;
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

}  // namespace gauntlet::sync::tsan
