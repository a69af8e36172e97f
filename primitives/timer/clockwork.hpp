#pragma once
/// Where a scenario's timers come from.

#include <chrono>
#include <utility>

namespace gauntlet::contracts {

template <class T>
concept grouped_timer = requires { typename T::group; };

/// Makes a scenario's timers, in a group of its own where the type has groups: nothing outlives an execution.
template <class T>
struct clockwork {
  template <class Function>
  T make(std::chrono::microseconds interval, Function function) {
    return T(interval, std::move(function));
  }
};
template <grouped_timer T>
struct clockwork<T> {
  template <class Function>
  T make(std::chrono::microseconds interval, Function function) {
    return T(group, interval, std::move(function));
  }
  typename T::group group;
};

}  // namespace gauntlet::contracts
