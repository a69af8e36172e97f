#pragma once
/// What the program prints: of the executions that are asked for, each whole when it has come to its end. Of the others
/// nothing is seen.

#include <string>

#include "models/rc11/unmodified/program.hpp"

namespace gauntlet::rc11::unmodified {

/// From now on the program's output is that of executions.
void hold_output(options::output which);
/// An execution is over. @param completed whether it came to its end
void end_output(bool completed);
/// The same of the last one; and output is the process's own again.
void release_output(bool completed);

/// Prints on standard error, past the program's own output.
void tell(const std::string& text);

}  // namespace gauntlet::rc11::unmodified
