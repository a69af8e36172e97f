#pragma once
/// bounded_queue whose tasks are an atomic count, so that task_done() takes no lock while others are at theirs; and who
/// takes off the last one tells the joiners without the lock, too. A joiner that has looked and is not asleep yet
/// doesn't hear it.
///
///     joiner                         worker
///     locks, 1 task left
///                                    task_done(): 1 -> 0, wakes nobody
///     unlocks, sleeps for ever
///
/// stress and the models must catch it. The sanitizers can't: there is no race and no bad access.

#include <cstddef>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "primitives/blocking_queue/bounded_queue.hpp"
#include "primitives/condition/condition.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

template <class T>
class bounded_queue_join_misses_the_end {
 public:
  explicit bounded_queue_join_misses_the_end(std::size_t capacity) : items_(capacity) {}

  void put(T item) {
    // relaxed: carries nothing; items_' lock orders it for who gets the item.
    tasks_.fetch_add(1, std::memory_order_relaxed);
    items_.put(std::move(item));
  }

  bool try_put(T item) {
    // relaxed: carries nothing; items_' lock orders it for who gets the item.
    tasks_.fetch_add(1, std::memory_order_relaxed);
    const bool put = items_.try_put(std::move(item));
    if (!put) task_done();
    return put;
  }

  T get() { return items_.get(); }
  std::optional<T> try_get() { return items_.try_get(); }

  void task_done() {
    // relaxed: revalidated by the compare-exchange below.
    auto seen = tasks_.load(std::memory_order_relaxed);
    sync::retry_until([&] {
      if (seen == 0) throw std::logic_error("task_done called more often than items were put");
      // acq_rel [done]: pairs with join()'s acquire of tasks_; carries all that was done for the tasks.
      // relaxed: on failure, revalidated by the next round.
      return tasks_.compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel, std::memory_order_relaxed);
    });
    // flaw: without lock_, this comes between a joiner's look and its falling asleep.
    if (seen == 1) all_done_.notify_all();
  }

  void join() {
    std::unique_lock lock(lock_);
    // acquire [done]: pairs with task_done()'s acq_rel of tasks_.
    all_done_.wait(lock, [this] { return tasks_.load(std::memory_order_acquire) == 0; });
  }

 private:
  bounded_queue<T> items_;
  sync::atomic<std::size_t> tasks_{0};
  mutex lock_;
  condition all_done_;
};

}  // namespace gauntlet
