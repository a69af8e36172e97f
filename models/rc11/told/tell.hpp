#pragma once
/// A failure as it is told, whatever the front end: the execution that shows it best, its steps, its graph.

#include <functional>
#include <string>
#include <string_view>

#include "harness/engine.hpp"
#include "models/rc11/told/steps.hpp"

namespace gauntlet::rc11 {

/// Runs an execution once more, and tells it. @param found the search that ended with it
using description = std::function<harness::violation(explorer& found, const violation& broken)>;

/// What went wrong, told of an execution that is as near to what every machine does as can be.
/// @param found the search that ended with it @param how as it was searched for @param program what was explored
harness::violation show(explorer& found, const std::function<void()>& program, const limits& how,
                        const description& describe);

/// Whether such a violation is a step's that was announced and not made: the last one of its thread.
bool fails_a_step(std::string_view violation_class);

/// What is said of the strongest model that a violation occurs under.
const char* meaning_of(memory_model strongest);

/// What can be said of a recorded execution: class, message, trace, graph, and where if the steps say so. The step that
/// failed is its last.
harness::violation tell(explorer& found, const violation& broken, steps& told, const model::cast& who);

/// A told execution in Graphviz's language: its steps, po, rf, co, fr, and of hb what orders threads.
std::string dot_of(const graph& in, const steps& told, const model::cast& who);

}  // namespace gauntlet::rc11
