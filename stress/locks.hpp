#pragma once
/// What locks announce natively: who waits for which lock, and who holds it. The watchdog reads that, and a lock that
/// is used in a way that no lock allows is told at once. All by relaxed operations, which order nothing, so that the
/// lock's own atomics stay under test.
///
/// A release is noted just before the lock's own operations, an acquisition just after: so of a lock that keeps its
/// promise, nobody is ever seen to hold it beside another.

#include <atomic>
#include <exception>

#include "primitives/native.hpp"
#include "stress/activity.hpp"

namespace gauntlet::stress {

/// Ends the check: the calling thread used a lock in a way that it doesn't allow.
/// @param how as in "releases a lock that nobody holds" @param holder who holds it, named at the end, or null
[[noreturn]] void misused(const char* how, const activity* holder) noexcept;

/// What a lock shows of itself.
class watched_lock {
 public:
  constexpr watched_lock(sync::released_by who = sync::released_by::holder) noexcept : released_by_(who) {}
  watched_lock(const watched_lock&) = delete;
  watched_lock& operator=(const watched_lock&) = delete;
  ~watched_lock() {
    if (mine == nullptr) return;
    if (const activity* const held_by = holder()) misused("destroys a lock that is held, by ", held_by);
    if (readers_.load(std::memory_order_relaxed) != 0) misused("destroys a lock that a reader holds", nullptr);
  }

  /// Who holds it exclusively, or null.
  const activity* holder() const noexcept { return holder_.load(std::memory_order_relaxed); }

 private:
  friend class lock_watch;

  const sync::released_by released_by_;
  std::atomic<const activity*> holder_{nullptr};
  /// How often the holder has acquired it.
  std::atomic<unsigned> depth_{0};
  std::atomic<unsigned> readers_{0};
};

/// One action on a lock, from just before to just after it.
class lock_watch {
 public:
  lock_watch(watched_lock& lock, sync::lock_action action) noexcept
      : lock_(&lock), action_(action), exceptions_(std::uncaught_exceptions()) {
    if (action_ == sync::lock_action::release)
      release();
    else if (action_ == sync::lock_action::release_shared)
      release_shared();
    else if (waits() && mine != nullptr)
      mine->wanted.store(lock_, std::memory_order_relaxed);
  }
  lock_watch(const lock_watch&) = delete;
  lock_watch& operator=(const lock_watch&) = delete;
  /// After a release the lock may be gone, unless that threw.
  ~lock_watch() {
    const bool thrown = std::uncaught_exceptions() != exceptions_;
    if (action_ == sync::lock_action::release || action_ == sync::lock_action::release_shared) {
      if (thrown)
        take_back();
      else if (wrong_ != nullptr && mine != nullptr)
        misused(wrong_, before_);
      return;
    }
    if (waits() && mine != nullptr) mine->wanted.store(nullptr, std::memory_order_relaxed);
    if (acquired_ && !thrown) acquire();
  }

  void result(bool acquired) noexcept { acquired_ = acquired; }

 private:
  /// Who acquires locks outside of a round.
  static const activity* me() noexcept {
    static constinit activity outsider;
    return mine == nullptr ? &outsider : mine;
  }
  bool waits() const noexcept {
    return action_ == sync::lock_action::acquire || action_ == sync::lock_action::acquire_shared;
  }
  bool shared() const noexcept {
    return action_ == sync::lock_action::acquire_shared || action_ == sync::lock_action::try_acquire_shared;
  }
  void hold(const activity* holder, unsigned depth) noexcept {
    lock_->holder_.store(holder, std::memory_order_relaxed);
    lock_->depth_.store(depth, std::memory_order_relaxed);
  }

  void acquire() noexcept {
    const activity* const before = lock_->holder();
    if (before != nullptr && before != me() && mine != nullptr) misused("got a lock that is held, by ", before);
    if (shared()) {
      lock_->readers_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    if (lock_->readers_.load(std::memory_order_relaxed) != 0 && mine != nullptr)
      misused("got a lock that a reader holds", nullptr);
    hold(me(), before == me() ? lock_->depth_.load(std::memory_order_relaxed) + 1 : 1);
  }

  void release() noexcept {
    before_ = lock_->holder();
    depth_ = lock_->depth_.load(std::memory_order_relaxed);
    const bool own = before_ == me();
    if (before_ == nullptr)
      wrong_ = "releases a lock that nobody holds exclusively";
    else if (!own && lock_->released_by_ == sync::released_by::holder)
      wrong_ = "releases a lock that another thread holds, ";
    else if (own && depth_ > 1)
      hold(before_, depth_ - 1);
    else
      hold(nullptr, 0);
  }

  void release_shared() noexcept {
    if (lock_->readers_.load(std::memory_order_relaxed) == 0) {
      wrong_ = "releases as a reader a lock that no reader holds";
      return;
    }
    lock_->readers_.fetch_sub(1, std::memory_order_relaxed);
  }

  void take_back() noexcept {
    if (wrong_ != nullptr) return;
    if (action_ == sync::lock_action::release)
      hold(before_, depth_);
    else
      lock_->readers_.fetch_add(1, std::memory_order_relaxed);
  }

  watched_lock* lock_;
  sync::lock_action action_;
  const int exceptions_;
  bool acquired_ = true;
  /// Of a release: who held the lock, how often, and what is wrong.
  const activity* before_ = nullptr;
  unsigned depth_ = 0;
  const char* wrong_ = nullptr;
};

}  // namespace gauntlet::stress
