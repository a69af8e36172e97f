#pragma once
/// The seam's meaning in a debug build that checks the order in which locks are taken: as native, with each lock's
/// announcements going to lock_order/checker.hpp. For a whole program or not at all, as locks have another size:
///
///     c++ -DGAUNTLET_SYNC='"lock_order/sync.hpp"' … gauntlet/lock_order/*.cpp -ldw
///
/// With -g; by clang without optimisation: of what clang inlines elfutils 0.188 can't tell the caller, and the report
/// then names a function further out. What is found is the same.
///
/// Without it locks are as large as natively and announce nothing; native.hpp asserts that.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <type_traits>

#include "primitives/native.hpp"

namespace gauntlet::lock_order {

/// 0 is no lock; no number is used twice in a process.
using lock_number = std::uint64_t;

class identity;

lock_number made(const identity& lock) noexcept;
void destroyed(const identity& lock, lock_number number) noexcept;
/// A lock is about to be waited for: the moment in which a circle closes, whether or not it comes to a deadlock.
void waits(lock_number number) noexcept;
void acquired(lock_number number, std::uint32_t lent) noexcept;
/// @return false if the calling thread had not acquired it
bool released(lock_number number) noexcept;
/// From here on what a thread recorded of holding the lock is void. @param lent above all before
void lend(lock_number number, std::uint32_t lent) noexcept;
void name(const void* lock, std::size_t size, const char* text);

/// What the checker knows a lock by: a number of its own, so that a lock in a dead one's place inherits nothing.
class identity {
 public:
  /// Constant where the lock is, so that a `constinit` lock stays one; it is numbered when it is first taken.
  constexpr identity(sync::released_by = sync::released_by::holder) noexcept {
    if (!std::is_constant_evaluated()) number_.store(made(*this), std::memory_order_relaxed);
  }
  identity(const identity&) = delete;
  identity& operator=(const identity&) = delete;
  ~identity() { destroyed(*this, number_.load(std::memory_order_relaxed)); }

  lock_number number() noexcept {
    lock_number now = number_.load(std::memory_order_relaxed);
    if (now != 0) return now;
    const lock_number fresh = made(*this);
    if (number_.compare_exchange_strong(now, fresh, std::memory_order_relaxed)) return fresh;
    destroyed(*this, fresh);
    return now;
  }

  /// How often the lock was released by a thread that had not acquired it. Read by a holder, so ordered by the lock.
  std::uint32_t lent() const noexcept { return lent_.load(std::memory_order_relaxed); }
  void released_by_another() noexcept { lend(number(), lent_.fetch_add(1, std::memory_order_relaxed) + 1); }

  /// What sync::name_lock() finds.
  static void name_lock(const void* lock, std::size_t size, const char* text) { name(lock, size, text); }

 private:
  std::atomic<lock_number> number_{0};
  std::atomic<std::uint32_t> lent_{0};
};

/// Waiting is announced before it begins. A try doesn't wait, or not for ever: it is announced once it succeeded.
class scope {
 public:
  scope(identity& lock, sync::lock_action action) noexcept
      : lock_(lock), action_(action), exceptions_(std::uncaught_exceptions()) {
    if (action == sync::lock_action::acquire || action == sync::lock_action::acquire_shared)
      waits(lock.number());
    else if (releases() && !released(lock.number()))
      lock.released_by_another();
  }
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;
  ~scope() {
    if (!releases() && acquired_ && std::uncaught_exceptions() == exceptions_) acquired(lock_.number(), lock_.lent());
  }

  void result(bool acquired) noexcept { acquired_ = acquired; }

 private:
  bool releases() const noexcept {
    return action_ == sync::lock_action::release || action_ == sync::lock_action::release_shared;
  }

  identity& lock_;
  sync::lock_action action_;
  int exceptions_;
  bool acquired_ = true;
};

}  // namespace gauntlet::lock_order

namespace gauntlet::sync::engine {

using namespace native;
using lock_identity = lock_order::identity;
using lock_scope = lock_order::scope;

}  // namespace gauntlet::sync::engine
