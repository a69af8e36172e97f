#pragma once
/// The seam under stress, and under AddressSanitizer.

#include "stress/operations.hpp"

namespace gauntlet::sync::engine {

using namespace stress;
using native::lock_identity;
using native::lock_scope;

/// For the end of a role.
inline void let_go_of_locks() noexcept {}

}  // namespace gauntlet::sync::engine
