#pragma once
/// What ThreadSanitizer's own check of lock orders needs to be told. Included by seams that are compiled with
/// -fsanitize=thread.

#include <sanitizer/tsan_interface.h>

#include <algorithm>

#include "primitives/native.hpp"

namespace gauntlet::sync::tsan {

class lock_identity;

/// The locks that a thread has acquired and not released, each as often as it has. The tool's own table has 64 places,
/// and where it has no more, the process hangs over the report of that.
struct held_locks {
  static constexpr unsigned most = 48;
  const lock_identity* lock[most] = {};
  unsigned size = 0;
  /// Acquisitions for which there was no place, and which were not announced.
  unsigned more = 0;

  bool has(const lock_identity* one) const noexcept { return std::find(lock, lock + size, one) != lock + size; }
  void add(const lock_identity* one) noexcept {
    if (size < most)
      lock[size++] = one;
    else
      ++more;
  }
  /// @return whether it was there
  bool remove(const lock_identity* one) noexcept {
    const auto found = std::find(lock, lock + size, one);
    if (found == lock + size) return false;
    *found = lock[--size];
    return true;
  }
};

inline held_locks& held() noexcept {
  static constinit thread_local held_locks mine;
  return mine;
}

/// A shadow lock. ThreadSanitizer keeps the order of acquisition by its address, which must not be an atomic's: so it
/// has a byte of its own.
class lock_identity {
 public:
  lock_identity(released_by = released_by::holder) noexcept { __tsan_mutex_create(this, __tsan_mutex_not_static); }
  lock_identity(const lock_identity&) = delete;
  lock_identity& operator=(const lock_identity&) = delete;
  /// The tool would count a lock that is destroyed while held among those that are.
  ~lock_identity() {
    if (held().has(this)) forget();
    __tsan_mutex_destroy(this, __tsan_mutex_not_static);
  }

  /// The calling thread doesn't hold it any more, however that came.
  void forget() const noexcept {
    while (held().remove(this)) {
    }
    __tsan_mutex_pre_unlock(const_cast<lock_identity*>(this), __tsan_mutex_read_lock);
    __tsan_mutex_post_unlock(const_cast<lock_identity*>(this), __tsan_mutex_read_lock);
  }

 private:
  [[maybe_unused]] char shadow_ = 0;
};

/// For where the calling thread is known to hold nothing: what it seems to hold was released by another, or never.
inline void let_go_of_locks() noexcept {
  while (held().size > 0) held().lock[0]->forget();
  held().more = 0;
}

/// Announces every acquisition as one of a read lock, and turns the announcement's own meaning off around the lock's
/// operations ("divert"): a read lock adds no happens-before between holders, so a lock whose orders are too weak still
/// shows as a data race. Announced as what it is, the lock would be believed instead of tested. Of a recursive lock
/// only the outermost acquisition counts.
///
/// A lock that another thread releases cannot be announced: the tool would take its first holder to hold it for ever.
/// From the first such release on, all goes on without announcements.
/// @tparam Lending remembers that: `static bool lent()`, `static void lend()`
template <class Lending>
class lock_scope {
 public:
  lock_scope(lock_identity& lock, lock_action action) noexcept : lock_(&lock), action_(action) {
    recorded_ = !releases() && !Lending::lent();
    announced_ = releases() ? releases_own() : recorded_ && !held().has(lock_) && held().size < held_locks::most;
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
    if (announced_) {
      __tsan_mutex_post_divert(lock_, 0);
      if (releases())
        __tsan_mutex_post_unlock(lock_, __tsan_mutex_read_lock);
      else
        __tsan_mutex_post_lock(lock_, flags() | (acquired_ ? 0U : __tsan_mutex_try_lock_failed), 0);
    }
    if (recorded_ && acquired_) held().add(lock_);
  }

  void result(bool acquired) noexcept { acquired_ = acquired; }

 private:
  bool releases() const noexcept { return action_ == lock_action::release || action_ == lock_action::release_shared; }
  unsigned flags() const noexcept {
    const bool tries = action_ == lock_action::try_acquire || action_ == lock_action::try_acquire_shared;
    return __tsan_mutex_read_lock | (tries ? __tsan_mutex_try_lock : 0U);
  }

  /// Whether the outermost acquisition of a lock ends that was announced.
  bool releases_own() const noexcept {
    if (held().remove(lock_)) return !held().has(lock_);
    if (held().more > 0)
      --held().more;
    else
      Lending::lend();
    return false;
  }

  lock_identity* lock_;
  lock_action action_;
  bool acquired_ = true;
  bool recorded_ = false;
  bool announced_ = false;
};

}  // namespace gauntlet::sync::tsan
