#pragma once
/// An executor's queue, first in first out: a stack that many push to (Treiber 1986, "Systems programming: coping with
/// parallelism"), and a list into which one taker at a time turns it over.
///
/// Promises
///   safety    what was pushed is taken once, unless it was drained. Of push() and close() that race, the push fails or
///             what it pushed can be taken.
///   progress  push() and close() take no lock. Takers wait for each other no longer than it takes to turn over what
///             was pushed.
///   fairness  what one thread pushed is taken in that order.
///
/// Memory ordering: what came before a push is visible to who takes or drains it; what came before close(), to who
/// finds the queue closed.
///
/// Invariants
///   Q1  ready_ and what hangs on it belong to lock_'s owner. It is filled from inbox_ only when it is empty: so the
///       order stays. The list in inbox_ begins with the newest.
///   Q2  A take, or a look, that leaves ready_ empty has changed inbox_ by a read-modify-write since it began, though
///       it found nothing there. So all that comes before it is visible to who pushes later; who pushed earlier was
///       found.

#include <cstdint>
#include <mutex>
#include <utility>

#include "primitives/executor/task.hpp"
#include "primitives/mutex/spin_lock.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class task_queue {
 public:
  struct taken {
    /// Null if there is none.
    task* first;
    bool leaves_others;
    /// There is none, and there will be none.
    bool over;
  };

  /// @return false if it is closed: then nothing has changed
  bool push(task& added) noexcept {
    // acquire [inbox]: pairs with close()'s release of inbox_; carries what came before it.
    auto newest = inbox_.load(std::memory_order_acquire);
    sync::retry_until([&] {
      if ((newest & closed_bit) != 0) return true;
      added.next.set(reinterpret_cast<task*>(newest));
      // acq_rel [inbox]: pairs with refill()'s fetch_and of inbox_; carries the task there, and Q2 here.
      // acquire [inbox]: on failure pairs with close()'s release of inbox_; carries what came before it.
      return inbox_.compare_exchange_weak(newest, reinterpret_cast<std::uintptr_t>(&added), std::memory_order_acq_rel,
                                          std::memory_order_acquire);
    });
    return (newest & closed_bit) == 0;
  }

  void close() noexcept {
    // acq_rel [inbox]: pairs with the acquires of inbox_, and with refill()'s release; as push().
    inbox_.fetch_or(closed_bit, std::memory_order_acq_rel);
  }

  bool closed() const noexcept {
    // acquire [inbox]: pairs with close()'s release of inbox_; carries what came before it.
    return (inbox_.load(std::memory_order_acquire) & closed_bit) != 0;
  }

  taken take() noexcept {
    bool over = false;
    const std::lock_guard guard(lock_);
    // relaxed: only lock_'s owner writes ready_.
    task* first = ready_.load(std::memory_order_relaxed);
    const bool was_ready = first != nullptr;
    if (!was_ready) first = refill(over);
    if (first == nullptr) return {nullptr, false, over};
    task* rest = first->next.get();
    if (was_ready && rest == nullptr) rest = refill(over);
    // relaxed: only lock_'s owner writes ready_.
    ready_.store(rest, std::memory_order_relaxed);
    return {first, rest != nullptr, false};
  }

  /// Whether take() would find something, or that it is over.
  bool look() noexcept {
    bool over = false;
    const std::lock_guard guard(lock_);
    // relaxed: only lock_'s owner writes ready_.
    if (ready_.load(std::memory_order_relaxed) != nullptr) return true;
    task* const found = refill(over);
    // relaxed: only lock_'s owner writes ready_.
    ready_.store(found, std::memory_order_relaxed);
    return found != nullptr || over;
  }

  /// A hint, for those that wait: as look(), but what it says may be out of date.
  bool promising() const noexcept {
    // relaxed: carries no data: take() looks again.
    // relaxed: likewise.
    return ready_.load(std::memory_order_relaxed) != nullptr || inbox_.load(std::memory_order_relaxed) != 0;
  }

  /// Takes all that there is. @return the first of a list
  task* drain() noexcept {
    bool over = false;
    const std::lock_guard guard(lock_);
    // relaxed: only lock_'s owner writes ready_.
    task* const first = ready_.load(std::memory_order_relaxed);
    task* const rest = refill(over);
    // relaxed: only lock_'s owner writes ready_.
    ready_.store(nullptr, std::memory_order_relaxed);
    if (first == nullptr) return rest;
    task* last = first;
    while (task* const next = last->next.get()) last = next;
    last->next.set(rest);
    return first;
  }

 private:
  static constexpr std::uintptr_t closed_bit = 1;

  /// What was pushed since the last time, the oldest first. @param over set if it is closed
  task* refill(bool& over) noexcept {
    // acq_rel [inbox]: pairs with push()'s and close()'s changes of inbox_; carries the tasks here, and Q2 there.
    const auto pushed = inbox_.fetch_and(closed_bit, std::memory_order_acq_rel);
    over = (pushed & closed_bit) != 0;
    task* oldest = nullptr;
    for (auto* each = reinterpret_cast<task*>(pushed & ~closed_bit); each != nullptr;) {
      task* const older = each->next.get();
      each->next.set(oldest);
      oldest = std::exchange(each, older);
    }
    return oldest;
  }

  /// The task that was pushed last, and closed_bit.
  sync::atomic<std::uintptr_t> inbox_{0};
  spin_lock lock_;
  sync::atomic<task*> ready_{nullptr};
};

}  // namespace gauntlet
