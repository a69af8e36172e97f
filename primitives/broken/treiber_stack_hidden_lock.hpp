#pragma once
/// Known bad: a stack that claims to be lock-free and takes a lock inside. A thread that is suspended while it holds
/// that lock stops all others.

#include <optional>
#include <utility>
#include <vector>

#include "primitives/mutex/spin_lock.hpp"

namespace gauntlet {

template <class T>
class treiber_stack_hidden_lock {
 public:
  static constexpr bool lock_free = true;

  treiber_stack_hidden_lock() = default;
  treiber_stack_hidden_lock(const treiber_stack_hidden_lock&) = delete;
  treiber_stack_hidden_lock& operator=(const treiber_stack_hidden_lock&) = delete;

  void push(T item) {
    // flaw: who is suspended from here to unlock() keeps everybody out.
    lock_.lock();
    items_.push_back(std::move(item));
    lock_.unlock();
  }

  std::optional<T> try_pop() {
    std::optional<T> item;
    lock_.lock();
    if (!items_.empty()) {
      item = std::move(items_.back());
      items_.pop_back();
    }
    lock_.unlock();
    return item;
  }

 private:
  spin_lock lock_;
  std::vector<T> items_;
};

}  // namespace gauntlet
