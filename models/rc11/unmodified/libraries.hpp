#pragma once
/// What the program is linked with and is not explored.

#include <string>
#include <vector>

namespace gauntlet::rc11::unmodified {

/// The libraries that the program and its own libraries name and that are not instrumented: what their code does by
/// itself, no race in it is seen.
std::vector<std::string> unseen_libraries();

}  // namespace gauntlet::rc11::unmodified
