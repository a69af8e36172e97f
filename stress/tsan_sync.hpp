#pragma once
/// The seam under ThreadSanitizer: as under stress, with two things that the tool doesn't see by itself: which locks
/// are taken in which order, and fences.

#include <sanitizer/tsan_interface.h>

#include "stress/operations.hpp"

namespace gauntlet::sync::engine {

using namespace stress;

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
class lock_scope {
 public:
  lock_scope(lock_identity& lock, lock_action action) noexcept : lock_(&lock), action_(action) {
    if (releases())
      __tsan_mutex_pre_unlock(lock_, __tsan_mutex_read_lock);
    else
      __tsan_mutex_pre_lock(lock_, flags());
    __tsan_mutex_pre_divert(lock_, 0);
  }
  lock_scope(const lock_scope&) = delete;
  lock_scope& operator=(const lock_scope&) = delete;
  ~lock_scope() {
    __tsan_mutex_post_divert(lock_, 0);
    if (releases())
      __tsan_mutex_post_unlock(lock_, __tsan_mutex_read_lock);
    else
      __tsan_mutex_post_lock(lock_, flags() | (acquired_ ? 0U : __tsan_mutex_try_lock_failed), 0);
  }

  void result(bool acquired) noexcept { acquired_ = acquired; }

 private:
  bool releases() const noexcept { return action_ == lock_action::release || action_ == lock_action::release_shared; }
  unsigned flags() const noexcept {
    const bool tries = action_ == lock_action::try_acquire || action_ == lock_action::try_acquire_shared;
    return __tsan_mutex_read_lock | (tries ? __tsan_mutex_try_lock : 0U);
  }

  lock_identity* lock_;
  lock_action action_;
  bool acquired_ = true;
};

}  // namespace gauntlet::sync::engine
