#pragma once
/// A first-in first-out queue of bounded length whose callers sleep while they must wait: the monitor of Hoare 1974
/// ("Monitors: an operating system structuring concept"), whose wakes are hints, as in Lampson & Redell 1980
/// ("Experience with processes and monitors in Mesa"): who is woken looks again.
///
/// Promises
///   safety      an item that was put is got exactly once, and items are got in the order in which they were put. An
///               item that a call returned false for, or threw queue_shut_down for, is left as it was.
///   progress    blocking. A try waits for the lock only, which is held no longer than it takes to move one item in or
///               out. A timed call looks once more when its time is up, and takes what is there.
///   fairness    none between threads: one that arrives may overtake one that was woken.
///   shutdown    for good, and known to whoever waits: nothing is put any more, what is left may still be got, and when
///               nothing is left every get throws. shutdown_now() leaves nothing.
///   tasks       an item that was put is a task until task_done() is called for it, or shutdown_now() drops it; join()
///               returns at a moment when there is none.
///   exceptions  what T's operations throw reaches the caller. Then nothing was put; or at most the item that was being
///               got is lost. They run under the lock, so they must not use the queue themselves.
///   lifetime    may be destroyed when no call is in progress, with the items that are left.
///
/// Memory ordering: what a thread did before it put an item is visible to the one that got it. What a thread did before
/// it got an item is visible to the one whose put took the place that became free. What a thread did before
/// task_done() is visible after the join() that waited for it, and what it did before a shutdown to whom that throws.
///
/// Invariants, for consumers and items; the same holds for producers and free places. Joiners wait for one thing that
/// all of them can have; a shutdown, too, is for all, and after it nobody sleeps but joiners.
///   I1  Everything but raised_ is accessed by lock_'s owner only. The slots that hold items are the size_ from head_
///       on, in a circle.
///   I2  No wake is missed: a consumer falls asleep only while no item has come since it found none. It counted itself
///       a sleeper and read raised_ under the lock; a later put changes raised_, and then futex_wait returns.
///   I3  No wake is lost: while a consumer sleeps, items <= wakes still to be sent + consumers awake inside a get.
///       A put adds an item and a wake, a wake that is sent makes a sleeper awake, a get takes an item and leaves. A
///       consumer that leaves or falls asleep without an item has found none under the lock, be its time up or not
///       (I2); or T threw, and then it sends its wake on.
/// Limit: I2 fails if 2^32 puts, or a multiple, come between a consumer's look and its falling asleep.

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "primitives/blocking_queue/queue_shut_down.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

/// @tparam T need not be copyable nor have a default
template <class T>
class bounded_queue {
  static_assert(std::movable<T>, "gauntlet: bounded_queue<T> needs a T that can be moved and assigned");

 public:
  /// @param capacity how many items it holds at most, from 1
  /// @throws std::invalid_argument if it is 0; std::bad_alloc if there is no memory for so many
  explicit bounded_queue(std::size_t capacity) : capacity_(at_least_1(capacity)), slots_(new slot[capacity]) {}
  bounded_queue(const bounded_queue&) = delete;
  bounded_queue& operator=(const bounded_queue&) = delete;

  /// Waits for a free place. As all that put, throws queue_shut_down if the queue is shut down before there is one.
  /// @param item moved from if it is an rvalue, and only once there is a place for it
  template <std::convertible_to<T> Item = T>
  void put(Item&& item) {
    insert(std::forward<Item>(item), sync::deadline::never());
  }

  /// @return false if the queue is full
  template <std::convertible_to<T> Item = T>
  [[nodiscard]] bool try_put(Item&& item) {
    return insert(std::forward<Item>(item), passed());
  }

  /// @param duration zero or negative: one try; too long to be represented: no limit
  /// @return false if the queue stayed full
  template <std::convertible_to<T> Item = T, class Rep, class Period>
  [[nodiscard]] bool put_for(Item&& item, const std::chrono::duration<Rep, Period>& duration) {
    return insert(std::forward<Item>(item), sync::deadline::after(duration));
  }

  /// @param when a point on any clock, passed or not @return false if the queue stayed full
  template <std::convertible_to<T> Item = T, class Clock, class Duration>
  [[nodiscard]] bool put_until(Item&& item, const std::chrono::time_point<Clock, Duration>& when) {
    return insert(std::forward<Item>(item), sync::deadline::at(when));
  }

  /// Waits for an item. As all that get, throws queue_shut_down if there is none and the queue was shut down.
  T get() { return *remove(sync::deadline::never()); }

  /// @return nothing if the queue is empty
  [[nodiscard]] std::optional<T> try_get() { return remove(passed()); }

  /// @param duration zero or negative: one try; too long to be represented: no limit
  /// @return nothing if the queue stayed empty
  template <class Rep, class Period>
  [[nodiscard]] std::optional<T> get_for(const std::chrono::duration<Rep, Period>& duration) {
    return remove(sync::deadline::after(duration));
  }

  /// @param when a point on any clock, passed or not @return nothing if the queue stayed empty
  template <class Clock, class Duration>
  [[nodiscard]] std::optional<T> get_until(const std::chrono::time_point<Clock, Duration>& when) {
    return remove(sync::deadline::at(when));
  }

  /// Nothing is put any more; what is left may be got. Wakes all who wait to put, or for items that won't come. No
  /// effect if the queue was shut down before.
  void shutdown() {
    owner lock(lock_);
    shut_down(lock);
  }

  /// shutdown() that also drops what is left: those tasks are over. May follow a shutdown(). O(items)
  void shutdown_now() {
    owner lock(lock_);
    // task_done() may have been called for items that nobody got.
    unfinished_.set(unfinished_.get() - std::min(unfinished_.get(), size_.get()));
    while (size_.get() != 0) {
      slots_[place(0)].set(std::nullopt);
      drop_first();
    }
    shut_down(lock);
  }

  bool is_shutdown() const {
    const std::lock_guard guard(lock_);
    return shut_.get();
  }

  /// Tells that an item which was got has been dealt with.
  /// @throws std::logic_error if there is no task, that is if it is called more often than items were put
  void task_done() {
    owner lock(lock_);
    const auto unfinished = unfinished_.get();
    if (unfinished == 0)
      throw std::logic_error("bounded_queue::task_done: there is no task; call it once for each item");
    unfinished_.set(unfinished - 1);
    if (unfinished == 1) all_done_.raise(lock, sync::everyone);
  }

  /// Waits until there is no task.
  void join() {
    owner lock(lock_);
    all_done_.await(lock, sync::deadline::never(), [this] { return unfinished_.get() == 0; });
  }

  /// How many items there were at some moment during the call.
  std::size_t size() const {
    const std::lock_guard guard(lock_);
    return size_.get();
  }

  std::size_t capacity() const noexcept { return capacity_; }

 private:
  using slot = sync::var<std::optional<T>>;
  using owner = std::unique_lock<mutex>;

  /// Where the threads sleep that wait for one condition. All members are for lock_'s owner.
  class signal {
   public:
    /// Gives the lock up while it sleeps; owns it again on return.
    /// @return whether ready() held before `when`
    template <std::predicate Ready>
    bool await(owner& lock, const sync::deadline& when, Ready ready) {
      bool late = false;
      for (bool awake = true; !ready(); awake = false) {
        if (late || when.passed()) return false;
        // relaxed: a single writer, lock_'s owner, which this thread is.
        const auto seen = raised_.load(std::memory_order_relaxed);
        if (awake) {
          lock.unlock();
          // relaxed: carries nothing; ready() looks again, under the lock.
          sync::spin_briefly([&] { return raised_.load(std::memory_order_relaxed) != seen; }, when);
          lock.lock();
          continue;
        }
        sleepers_.set(sleepers_.get() + 1);
        lock.unlock();
        const auto ended = sync::futex_wait_until(raised_, seen, when);
        lock.lock();
        sleepers_.set(sleepers_.get() - 1);
        late = ended == sync::wait_result::timed_out;
      }
      return true;
    }

    /// Tells who looks out, and keeps awake who is about to sleep. @return whether wake() must follow, once the lock is
    /// given up
    bool mark() {
      // relaxed: a single writer, lock_'s owner; what the others are told of, they read under the lock.
      const auto next = raised_.load(std::memory_order_relaxed) + 1;
      // relaxed: likewise a single writer.
      raised_.store(next, std::memory_order_relaxed);
      return sleepers_.get() != 0;
    }
    void wake(std::uint32_t count) { sync::futex_wake(raised_, count); }

    /// Gives the lock up, and wakes `count` threads that sleep or are about to.
    void raise(owner& lock, std::uint32_t count = 1) {
      const bool anyone = mark();
      lock.unlock();
      if (anyone) wake(count);
    }

   private:
    sync::atomic<std::uint32_t> raised_{0};
    /// Those that read raised_ and have not owned the lock since.
    sync::var<std::size_t> sleepers_{0};
  };

  static std::size_t at_least_1(std::size_t capacity) {
    if (capacity == 0) throw std::invalid_argument("bounded_queue: capacity is 0, but must be 1 or more");
    return capacity;
  }

  static sync::deadline passed() { return sync::deadline::after(std::chrono::seconds::zero()); }

  /// Runs one of T's operations, which may throw: the wake that may have brought this thread here is then for another
  /// (I3).
  template <std::invocable Operation>
  static auto attempt(Operation operation, signal& woken_by, owner& lock) {
    try {
      return operation();
    } catch (...) {
      woken_by.raise(lock);
      throw;
    }
  }

  template <class Item>
  bool insert(Item&& item, const sync::deadline& when) {
    owner lock(lock_);
    const auto may_go_on = [this] { return size_.get() < capacity_ || shut_.get(); };
    if (!not_full_.await(lock, when, may_go_on)) return false;
    if (shut_.get()) throw queue_shut_down("put into a bounded_queue that was shut down");
    const auto size = size_.get();
    const auto fill = [&] { slots_[place(size)].set(std::optional<T>(std::in_place, std::forward<Item>(item))); };
    attempt(fill, not_full_, lock);
    size_.set(size + 1);
    unfinished_.set(unfinished_.get() + 1);
    not_empty_.raise(lock);
    return true;
  }

  std::optional<T> remove(const sync::deadline& when) {
    owner lock(lock_);
    const auto may_go_on = [this] { return size_.get() != 0 || shut_.get(); };
    if (!not_empty_.await(lock, when, may_go_on)) return std::nullopt;
    if (size_.get() == 0) throw queue_shut_down("get from an empty bounded_queue that was shut down");
    slot& first = slots_[place(0)];
    std::optional<T> item = attempt([&] { return first.take(); }, not_empty_, lock);
    first.set(std::nullopt);
    drop_first();
    not_full_.raise(lock);
    return item;
  }

  /// Counts the first item, which is gone from its slot, off.
  void drop_first() {
    head_.set(place(1));
    size_.set(size_.get() - 1);
  }

  /// Gives the lock up, and wakes all for whom there is nothing to wait for any more.
  void shut_down(owner& lock) {
    shut_.set(true);
    const bool consumers = not_empty_.mark();
    const bool producers = not_full_.mark();
    const bool joiners = unfinished_.get() == 0 && all_done_.mark();
    lock.unlock();
    if (consumers) not_empty_.wake(sync::everyone);
    if (producers) not_full_.wake(sync::everyone);
    if (joiners) all_done_.wake(sync::everyone);
  }

  /// Which slot is the `nth` of those that hold items. @param nth from 0 to capacity_
  std::size_t place(std::size_t nth) const {
    const auto from_head = capacity_ - head_.get();
    return nth < from_head ? head_.get() + nth : nth - from_head;
  }

  mutable mutex lock_;
  const std::size_t capacity_;
  const std::unique_ptr<slot[]> slots_;
  sync::var<std::size_t> head_{0};
  sync::var<std::size_t> size_{0};
  sync::var<std::size_t> unfinished_{0};
  sync::var<bool> shut_{false};
  signal not_empty_;
  signal not_full_;
  signal all_done_;
};

}  // namespace gauntlet
