#pragma once
/// One scenario at one size, as a program of the explorer's.

#include "harness/engine.hpp"
#include "models/rc11/cell/account.hpp"
#include "models/rc11/told/tell.hpp"

namespace gauntlet::rc11 {

/// A thread is about to be started; the calling one has run to its end.
void start_thread();
void end_thread();

/// Runs the execution that a search ended with once more, and tells it. @param storage where the scenario's object lies
harness::violation describe(explorer& found, const violation& broken, const std::function<void()>& program,
                            const harness::scenario& what, const void* storage);

}  // namespace gauntlet::rc11
