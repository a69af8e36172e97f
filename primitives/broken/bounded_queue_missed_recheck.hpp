#pragma once
/// bounded_queue whose get() doesn't look again when it wakes up: an `if` where a `while` must be. A wake says that
/// there was an item, not that it is still there.
///
///     consumer A finds the queue empty, sleeps
///     producer   puts 1, wakes A
///     consumer B gets the lock before A does, and takes 1
///     consumer A takes what was never put, or what its slot held before
///
/// Memory stays sound: the ring's counts run on, so A takes a stale slot, and the next item that is put there is lost.
/// stress and relacy must catch it, as an item that comes out twice, or as a read of a slot that was never filled.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

template <class T>
class bounded_queue_missed_recheck {
 public:
  explicit bounded_queue_missed_recheck(std::size_t capacity)
      : capacity_(capacity), slots_(new sync::var<T>[capacity]) {
    if (capacity == 0)
      throw std::invalid_argument("bounded_queue_missed_recheck: capacity is 0, but must be 1 or more");
  }
  bounded_queue_missed_recheck(const bounded_queue_missed_recheck&) = delete;
  bounded_queue_missed_recheck& operator=(const bounded_queue_missed_recheck&) = delete;

  void put(T item) {
    owner lock(lock_);
    while (full()) not_full_.sleep(lock);
    insert(std::move(item), lock);
  }

  bool try_put(T item) {
    owner lock(lock_);
    if (full()) return false;
    insert(std::move(item), lock);
    return true;
  }

  T get() {
    owner lock(lock_);
    // flaw: `if`; another consumer may have come between the wake and this thread.
    if (empty()) not_empty_.sleep(lock);
    return remove(lock);
  }

  std::optional<T> try_get() {
    owner lock(lock_);
    if (empty()) return std::nullopt;
    return remove(lock);
  }

 private:
  using owner = std::unique_lock<mutex>;

  class signal {
   public:
    void sleep(owner& lock) {
      // relaxed: a single writer, lock_'s owner, which this thread is.
      const auto seen = raised_.load(std::memory_order_relaxed);
      lock.unlock();
      sync::futex_wait(raised_, seen);
      lock.lock();
    }

    void raise(owner& lock) {
      // relaxed: a single writer, lock_'s owner; what the sleeper is woken for, it reads under the lock.
      raised_.fetch_add(1, std::memory_order_relaxed);
      lock.unlock();
      sync::futex_wake(raised_, 1);
    }

   private:
    sync::atomic<std::uint32_t> raised_{0};
  };

  bool empty() const { return put_.get() == got_.get(); }
  bool full() const { return put_.get() - got_.get() == capacity_; }

  void insert(T item, owner& lock) {
    const auto nth = put_.get();
    slots_[nth % capacity_].set(std::move(item));
    put_.set(nth + 1);
    not_empty_.raise(lock);
  }

  T remove(owner& lock) {
    const auto nth = got_.get();
    T item = slots_[nth % capacity_].get();
    got_.set(nth + 1);
    not_full_.raise(lock);
    return item;
  }

  mutex lock_;
  const std::size_t capacity_;
  const std::unique_ptr<sync::var<T>[]> slots_;
  /// How many items were ever put, and got.
  sync::var<std::size_t> put_{0};
  sync::var<std::size_t> got_{0};
  signal not_empty_;
  signal not_full_;
};

}  // namespace gauntlet
