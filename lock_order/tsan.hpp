#pragma once
/// The seam's meaning in a program that is compiled with -fsanitize=thread: as native, with the order of locks told to
/// ThreadSanitizer, which sees that of std::mutex only.
///
///     clang++ -fsanitize=thread -DGAUNTLET_SYNC='"lock_order/tsan.hpp"' …
///
/// Beside lock_order/sync.hpp: it also finds data races, slows the program down some ten times, forgets old accesses,
/// and tells a circle only when its last lock was had: never of a deadlock that happens.

#include <atomic>

#include "lock_order/tsan_locks.hpp"

namespace gauntlet::sync::engine {

using namespace native;
using tsan::lock_identity;

struct lending {
  static inline std::atomic<bool> once{false};
  static bool lent() noexcept { return once.load(std::memory_order_relaxed); }
  static void lend() noexcept { once.store(true, std::memory_order_relaxed); }
};
using lock_scope = tsan::lock_scope<lending>;

}  // namespace gauntlet::sync::engine
