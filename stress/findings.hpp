#pragma once
/// From a sanitizer's report to a violation.

#include "harness/engine.hpp"
#include "stress/sanitizer.hpp"

namespace gauntlet::stress {

/// @return the violation, with symbolized stacks and without a replay token. Its position is the first frame that
/// belongs neither to the harness nor to the seam.
harness::violation violation_of(const sanitizer_report& report);

}  // namespace gauntlet::stress
