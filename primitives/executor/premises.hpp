#pragma once
/// Where a scenario's executor lives.

namespace gauntlet::contracts {

template <class E>
concept grouped_executor = requires { typename E::group; };

/// A scenario's executor, in a group of its own where the type has groups: nothing outlives an execution.
template <class E>
struct premises {
  explicit premises(unsigned workers) : executor(static_cast<int>(workers)) {}
  E executor;
};
template <grouped_executor E>
struct premises<E> {
  explicit premises(unsigned workers) : executor(group, static_cast<int>(workers)) {}
  typename E::group group;
  E executor;
};

}  // namespace gauntlet::contracts
