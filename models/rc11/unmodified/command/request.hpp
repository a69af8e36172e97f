#pragma once
/// What gauntlet-check is asked for.

#include <string>
#include <vector>

#include "models/rc11/unmodified/command_line.hpp"

namespace gauntlet::rc11::unmodified {

struct request {
  /// Sources, objects and libraries of a program.
  std::vector<std::string> sources;
  std::vector<std::string> compiler_flags;
  command_line how;
  /// Options as they are handed on to the program.
  std::vector<std::string> options_given;
  /// The command that tells a failure again, with TOKEN where its token goes.
  std::string again;
};

std::string usage();

/// @param words the command's @throws std::invalid_argument naming the value, what was expected and what to do
request parse_request(const std::string& command, std::vector<std::string> words);

}  // namespace gauntlet::rc11::unmodified
