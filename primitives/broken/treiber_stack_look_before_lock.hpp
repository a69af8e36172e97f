#pragma once
/// A vector behind a lock, as a stack, whose try_pop() looks whether there is anything before it takes the lock.
///
///     A, in push(), holds the lock and moves the vector's end
///     B, in try_pop(), compares the vector's end with its begin      data race
///
/// The vector is ordinary data, no sync::var. x86 never shows more than an emptiness of a moment ago. tsan and rc11
/// must catch the race, by the accesses that the compiler tells of.

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "primitives/mutex/spin_lock.hpp"

namespace gauntlet {

template <class T>
class treiber_stack_look_before_lock {
 public:
  void push(T value) {
    const std::lock_guard guard(lock_);
    items_.push_back(std::move(value));
  }

  std::optional<T> try_pop() {
    // flaw: what the holder of the lock is changing is read without it.
    if (items_.empty()) return std::nullopt;
    const std::lock_guard guard(lock_);
    if (items_.empty()) return std::nullopt;
    std::optional<T> last(std::move(items_.back()));
    items_.pop_back();
    return last;
  }

 private:
  spin_lock lock_;
  std::vector<T> items_;
};

}  // namespace gauntlet
