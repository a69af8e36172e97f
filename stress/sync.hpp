#pragma once
/// The seam under stress, and under AddressSanitizer.

#include "stress/operations.hpp"

namespace gauntlet::sync::engine {

using namespace stress;
using lock_identity = watched_lock;
using lock_scope = lock_watch;

/// For the end of a role.
inline void let_go_of_locks() noexcept {}

}  // namespace gauntlet::sync::engine
