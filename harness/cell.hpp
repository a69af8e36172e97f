#pragma once
/// What the parts of a cell's shared main say to each other: main.cpp, recorder.cpp and suite.cpp.

#include <string_view>

#include "harness/engine.hpp"

namespace gauntlet::harness {

/// The options of this process. Complete before the first check runs.
const options& cell_options() noexcept;

/// Reads what stands after `--` on the command line. @param binary argv[0]
/// @throws std::invalid_argument that names the value, what was expected and what to do
options parse_options(std::string_view binary, const std::vector<std::string_view>& arguments);

/// Makes Boost.Test's observer and log formatter that write this cell's records. Call from Boost's init function.
void observe_test_cases();

/// Leaves the result of the running check for its `finished` record. Without one the record is made of Boost.Test's
/// assertions.
void hand_over(result found);

}  // namespace gauntlet::harness
