#pragma once
/// From a sanitizer's report to a violation.

#include <span>

#include "harness/engine.hpp"
#include "stress/sanitizer.hpp"
#include "stress/watchdog.hpp"

namespace gauntlet::stress {

/// The functions that some return addresses lie in, innermost first: more than one for each where calls were inlined.
std::vector<harness::frame> frames_at(std::span<void* const> addresses);

/// @return the violation, with symbolized stacks and without a replay token. Its position is the first frame that
/// belongs neither to the harness nor to the seam.
/// @param everybody who was in the round: they know where they took their locks
harness::violation violation_of(const sanitizer_report& report, const std::vector<participant>& everybody);

}  // namespace gauntlet::stress
