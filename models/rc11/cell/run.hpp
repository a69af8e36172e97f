#pragma once
/// One scenario at one size, as a program of the explorer's.

#include "harness/engine.hpp"
#include "models/rc11/cell/account.hpp"

namespace gauntlet::rc11 {

/// harness::timestamp() of the calling thread.
std::uint64_t count();

/// What went wrong: told with its trace and its graph, of an execution that is as near to what every machine does as
/// can be. @param how as it was searched for @param storage where the scenario's object lies
harness::violation show(explorer& found, const violation& broken, const std::function<void()>& program,
                        const limits& how, const harness::scenario& what, const void* storage);

/// A told execution in Graphviz's language: its steps, po, rf, co, fr, and of hb what orders threads.
std::string dot_of(const graph& in, const account& told, const model::cast& who);

}  // namespace gauntlet::rc11
