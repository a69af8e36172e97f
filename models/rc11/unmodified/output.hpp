#pragma once
/// What the program prints: of the first execution, whole; later ones are silent.

#include <string>

namespace gauntlet::rc11::unmodified {

/// From now on the program's output is that of an execution.
void hold_output();
/// An execution is over: if it was the first, what it printed is printed.
void end_output();
/// Output is the process's own again.
void release_output();

/// Prints on standard error, past the program's own output.
void tell(const std::string& text);

}  // namespace gauntlet::rc11::unmodified
