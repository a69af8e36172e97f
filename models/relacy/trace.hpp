#pragma once
/// From what the engine kept of a failed execution to what a person reads.

#include "harness/engine.hpp"

namespace gauntlet::relacy {

/// Gives the current execution's failure its class and message, where the engine itself had none.
/// @param verdict Relacy's rl::test_result_e
void name_failure(int verdict);

/// The current execution's failure, with its trace. @param storage where the scenario's object lies
harness::violation describe_failure(const harness::scenario& what, const void* storage);

}  // namespace gauntlet::relacy
