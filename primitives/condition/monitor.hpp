#pragma once
/// What a condition's scenarios share.

#include <chrono>
#include <mutex>

#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// What the scenarios' timed waits wait for.
inline constexpr std::chrono::microseconds soon{20};

/// A condition with its lock, and what they guard.
template <class C>
struct monitor {
  using owner = std::unique_lock<mutex>;

  mutex lock;
  C changed;
  sync::var<bool> open{false};
  sync::var<int> text{0};
};

}  // namespace gauntlet::contracts
