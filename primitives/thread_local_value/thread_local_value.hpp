#pragma once
/// One value for each thread, after Python's threading.local: what a thread sets, no other thread sees.
///
/// Promises
///   safety     a thread reaches its own value only. Threads never wait for each other's values, nor see them.
///   making     a thread's first get() makes its value, by the function that the constructor was given. If that throws,
///              the thread has no value yet, and its next get() tries again.
///   lifetime   a value is destroyed on its thread when that ends, or before, by reset(); or with this object, on the
///              thread that destroys it. A join publishes that.
///   storage    an object that takes a dead one's storage begins without values.
///
/// Memory ordering: none. A reference that get() gave may be handed to others; then what is done with it is for the
/// user to order.

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "primitives/sync.hpp"

namespace gauntlet {

/// @tparam T destructible without throwing; set() needs it to be movable
template <class T>
class thread_local_value {
 public:
  /// Values are made by T().
  thread_local_value() : initial_([] { return T(); }) {}
  /// @param initial called without arguments on each thread that needs a value, by several at once
  explicit thread_local_value(std::function<T()> initial) : initial_(std::move(initial)) {}
  thread_local_value(const thread_local_value&) = delete;
  thread_local_value& operator=(const thread_local_value&) = delete;

  /// The calling thread's value, made if there is none. Stays where it is until the value goes.
  T& get() {
    std::optional<T>& mine = values_.get();
    if (!mine) mine.emplace(initial_());
    return *mine;
  }

  void set(T value) { values_.get() = std::move(value); }

  /// Whether the calling thread has a value.
  bool has_value() { return values_.get().has_value(); }

  /// Destroys the calling thread's value, if there is one.
  void reset() { values_.get().reset(); }

 private:
  const std::function<T()> initial_;
  sync::slot<std::optional<T>> values_;
};

}  // namespace gauntlet
