#pragma once
/// A failure of an unmodified program, in the terms of its sources: variables by name, stacks with inlined frames.

#include "harness/engine.hpp"
#include "models/rc11/unmodified/program.hpp"

namespace gauntlet::rc11::unmodified {

/// Tells what explore() came to, which must be a violation; runs that execution once more.
harness::violation narrate(const outcome& of);

}  // namespace gauntlet::rc11::unmodified
