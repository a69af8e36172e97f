#pragma once
/// The seam under stress, and under AddressSanitizer.

#include "stress/operations.hpp"

namespace gauntlet::sync::engine {

using namespace stress;
using native::lock_identity;
using native::lock_scope;

}  // namespace gauntlet::sync::engine
