#pragma once
/// Threads that wait for ever: for what and for whom, and what they hold meanwhile.

#include <vector>

#include "harness/engine.hpp"
#include "models/rc11/unmodified/naming.hpp"
#include "models/rc11/unmodified/program.hpp"

namespace gauntlet::rc11::unmodified {

/// Deadlocks, and what looks like them.
bool is_stuck(std::string_view violation_class);

/// The locks that a thread held when it came to the step `until`, and where it had taken them.
std::vector<harness::held_lock> held_by(const std::vector<step>& steps, std::size_t until, unsigned thread,
                                        const program_cast& who, harness::frames& read);

struct standstill {
  const account& all;
  /// Those that are told.
  const std::vector<step>& steps;
  const program_cast& who;
  harness::frames& read;
};

/// Adds to the trace, and to the stacks, where each thread stands; makes that the message, with the circle that they
/// wait in, if there is one.
void tell_standstill(harness::violation& out, const standstill& of);

}  // namespace gauntlet::rc11::unmodified
