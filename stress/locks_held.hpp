#pragma once
/// What ThreadSanitizer's reports say of locks, put to the stacks that they belong to.

#include "harness/engine.hpp"
#include "stress/sanitizer.hpp"
#include "stress/watchdog.hpp"

namespace gauntlet::stress {

/// Gives each access its thread, and the locks that this held with where it had last taken them. The tool tells the
/// locks in its text only; where they were taken, each thread of the round knows.
void tell_locks_held(std::vector<harness::stack>& stacks, const sanitizer_report& report,
                     const std::vector<participant>& everybody);

/// Gives each stack of an inversion its thread and its edge of the cycle. They come in pairs: where a lock was
/// acquired, and where the one held then had been.
void tell_cycle(std::vector<harness::stack>& stacks, const sanitizer_report& report,
                const std::vector<participant>& everybody);

}  // namespace gauntlet::stress
