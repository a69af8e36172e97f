#pragma once
/// recursive_mutex whose unlock() asks whether the lock is held, and not by whom.
///
///     owner                        intruder
///     lock(): depth 1
///                                  unlock(): it is held, depth 0, free
///     writes what it guards        lock(), and writes as well
///     unlock(): throws
///
/// Nobody who unlocks what it locked ever sees it. behaviour, stress and relacy must catch it: the error that doesn't
/// come, and the depth that two threads change.

#include <chrono>
#include <cstdint>
#include <limits>
#include <system_error>

#include "primitives/sync.hpp"

namespace gauntlet {

class recursive_mutex_foreign_unlock {
 public:
  static constexpr unsigned max_depth = std::numeric_limits<unsigned>::max();

  recursive_mutex_foreign_unlock() = default;
  recursive_mutex_foreign_unlock(const recursive_mutex_foreign_unlock&) = delete;
  recursive_mutex_foreign_unlock& operator=(const recursive_mutex_foreign_unlock&) = delete;

  void lock() {
    if (!is_owner()) return take_at(1);
    if (!deepen()) fail(std::errc::resource_unavailable_try_again, "a recursive_mutex is locked too often");
  }

  bool try_lock() {
    if (is_owner()) return deepen();
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    if (!announced.result(take())) return false;
    depth_.set(1);
    return true;
  }

  template <class Rep, class Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_lock_before(sync::deadline::after(duration));
  }

  template <class Clock, class Duration>
  bool try_lock_until(const std::chrono::time_point<Clock, Duration>& when) {
    return try_lock_before(sync::deadline::at(when));
  }

  void unlock() {
    // flaw: relaxed says enough of "is it me?", but not of "is it anybody?", and that was not the question.
    if (word_.load(std::memory_order_relaxed) == free)
      fail(std::errc::operation_not_permitted, "unlock of a recursive_mutex that nobody holds");
    const unsigned left = depth_.get() - 1;
    depth_.set(left);
    if (left == 0) let_go();
  }

  unsigned release_all() {
    expect_owner("release of a recursive_mutex that the caller doesn't hold");
    const unsigned was = depth_.get();
    depth_.set(0);
    let_go();
    return was;
  }

  void restore(unsigned depth) {
    if (depth == 0) fail(std::errc::invalid_argument, "a recursive_mutex can't be restored to depth 0");
    if (is_owner()) fail(std::errc::resource_deadlock_would_occur, "a recursive_mutex is restored by its holder");
    take_at(depth);
  }

  bool is_owner() const noexcept {
    // relaxed: only the caller writes its own id.
    return (word_.load(std::memory_order_relaxed) & ~contended) == sync::this_thread();
  }

  unsigned depth() const { return is_owner() ? depth_.get() : 0; }

 private:
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t contended = std::uint32_t{1} << 31;

  [[noreturn]] static void fail(std::errc why, const char* what) {
    throw std::system_error(std::make_error_code(why), what);
  }

  void expect_owner(const char* otherwise) const {
    if (!is_owner()) fail(std::errc::operation_not_permitted, otherwise);
  }

  bool deepen() {
    const unsigned before = depth_.get();
    if (before == max_depth) return false;
    depth_.set(before + 1);
    return true;
  }

  void take_at(unsigned depth) {
    const sync::lock_scope announced(identity_, sync::lock_action::acquire);
    wait(sync::deadline::never());
    depth_.set(depth);
  }

  bool try_lock_before(const sync::deadline& when) {
    if (is_owner()) return deepen();
    sync::lock_scope announced(identity_, sync::lock_action::try_acquire);
    if (!announced.result(wait(when))) return false;
    depth_.set(1);
    return true;
  }

  bool wait(const sync::deadline& when) {
    if (take()) return true;
    for (std::uint32_t holder = free; !take_or_mark(holder);)
      if (sync::futex_wait_until(word_, holder, when) == sync::wait_result::timed_out) return false;
    return true;
  }

  bool take() {
    auto expected = free;
    // acquire [handoff]: pairs with let_go()'s release of word_; carries the section, and depth_.
    // relaxed: on failure the value is dropped; take_or_mark(), or the next try, looks again.
    return word_.compare_exchange_strong(expected, sync::this_thread(), std::memory_order_acquire,
                                         std::memory_order_relaxed);
  }

  bool take_or_mark(std::uint32_t& marked) {
    bool taken = false;
    // relaxed: revalidated by the compare-exchanges below, and by futex_wait.
    auto seen = word_.load(std::memory_order_relaxed);
    sync::retry_until([&] {
      taken = false;
      if (seen == free) {
        // acquire [handoff]: pairs with let_go()'s release of word_; carries the section, and depth_.
        // relaxed: on failure, revalidated by the next round.
        taken = word_.compare_exchange_weak(seen, sync::this_thread() | contended, std::memory_order_acquire,
                                            std::memory_order_relaxed);
        return taken;
      }
      marked = seen | contended;
      if (seen == marked) return true;
      // relaxed: carries nothing, the lock stays with its holder; on failure, revalidated by the next round.
      return word_.compare_exchange_weak(seen, marked, std::memory_order_relaxed, std::memory_order_relaxed);
    });
    return taken;
  }

  void let_go() {
    const sync::lock_scope announced(identity_, sync::lock_action::release);
    // release [handoff]: pairs with the acquires of word_ in take() and take_or_mark(); carries the section, and
    // depth_.
    const auto was = word_.exchange(free, std::memory_order_release);
    if ((was & contended) != 0) sync::futex_wake(word_, 1);
  }

  sync::atomic<std::uint32_t> word_{free};
  sync::var<unsigned> depth_{0};
  [[no_unique_address]] sync::lock_identity identity_;
};

}  // namespace gauntlet
