#pragma once
/// bounded_queue whose shutdown() passes the word to one of those who wait, as a put or a get does. That is enough with
/// one consumer, and so this is found when there are two: the other sleeps on, and nobody will ever wake it.
///
///     consumers A, B   sleep before an empty queue
///     closer           shutdown(): wakes A
///     consumer A       finds nothing left, throws
///     consumer B       sleeps for ever
///
/// stress and the models must catch it. The sanitizers can't: there is no race and no bad access.

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "primitives/blocking_queue/queue_shut_down.hpp"
#include "primitives/condition/condition.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

template <class T>
class bounded_queue_shutdown_wakes_one {
 public:
  explicit bounded_queue_shutdown_wakes_one(std::size_t capacity) : capacity_(capacity) {}
  bounded_queue_shutdown_wakes_one(const bounded_queue_shutdown_wakes_one&) = delete;
  bounded_queue_shutdown_wakes_one& operator=(const bounded_queue_shutdown_wakes_one&) = delete;

  void put(T item) {
    owner lock(lock_);
    not_full_.wait(lock, [this] { return has_room() || shut_.get(); });
    insert(std::move(item));
  }

  bool try_put(T item) {
    const owner lock(lock_);
    if (!has_room() && !shut_.get()) return false;
    insert(std::move(item));
    return true;
  }

  T get() {
    owner lock(lock_);
    not_empty_.wait(lock, [this] { return !items_.empty() || shut_.get(); });
    return remove();
  }

  std::optional<T> try_get() {
    const owner lock(lock_);
    if (items_.empty() && !shut_.get()) return std::nullopt;
    return remove();
  }

  void shutdown() {
    const owner lock(lock_);
    shut_.set(true);
    // flaw: a shutdown is for all of them.
    not_empty_.notify();
    not_full_.notify();
  }

  void shutdown_now() {
    const owner lock(lock_);
    items_.clear();
    shut_.set(true);
    not_empty_.notify_all();
    not_full_.notify_all();
  }

  bool is_shutdown() const {
    const owner lock(lock_);
    return shut_.get();
  }

 private:
  using owner = std::unique_lock<mutex>;

  bool has_room() const { return items_.size() < capacity_; }

  void insert(T item) {
    if (shut_.get()) throw queue_shut_down("put");
    items_.push_back(std::move(item));
    not_empty_.notify();
  }

  T remove() {
    if (items_.empty()) throw queue_shut_down("get");
    T item = std::move(items_.front());
    items_.pop_front();
    not_full_.notify();
    return item;
  }

  const std::size_t capacity_;
  mutable mutex lock_;
  // Guarded by lock_.
  std::deque<T> items_;
  sync::var<bool> shut_{false};
  condition not_empty_;
  condition not_full_;
};

}  // namespace gauntlet
