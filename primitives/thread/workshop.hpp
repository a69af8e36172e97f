#pragma once
/// Where a scenario's threads come from.

#include <utility>

namespace gauntlet::contracts {

template <class T>
concept grouped_thread = requires { typename T::group; };

/// Makes a scenario's threads, in a group of its own where the type has groups: nothing outlives an execution.
template <class T>
struct workshop {
  template <class Function>
  T make(Function target) {
    return T(std::move(target));
  }
};
template <grouped_thread T>
struct workshop<T> {
  template <class Function>
  T make(Function target) {
    return T(group, std::move(target));
  }
  typename T::group group;
};

}  // namespace gauntlet::contracts
