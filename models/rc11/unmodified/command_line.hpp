#pragma once
/// What is asked of an explored program: gauntlet-check's options, and the same in GAUNTLET_CHECK_OPTIONS for a program
/// that was built with gauntlet-c++.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/rc11/limits.hpp"

namespace gauntlet::rc11::unmodified {

struct command_line {
  memory_model model = memory_model::rc11;
  /// Seconds for the whole search.
  double budget = 60;
  /// Bytes for the whole search; see limits.
  std::size_t memory = limits{}.memory;
  /// Iterations after which a thread is held in a loop whose end isn't known to the engine.
  unsigned bound = 8;
  /// Of one execution: time-outs, and spurious wake-ups and failures.
  unsigned timeouts = 1;
  unsigned spurious = 1;
  unsigned workers = 1;
  /// See options in program.hpp.
  bool reuse = false;
  bool leaks = true;
  bool uninitialised = false;
  bool all_output = false;
  bool every_iteration = false;
  bool symmetry = false;
  /// The execution to run again, as replay_token() names it: so many runs of the search without anything spurious, or
  /// with it.
  struct execution {
    memory_model model;
    unsigned spurious;
    std::uint64_t number;
  };
  std::optional<execution> replay;
  /// Files, or empty: JSON as in reports/result.schema.json, harness/records.hpp's lines, Graphviz's graph of a
  /// failure.
  std::string results;
  std::string records;
  std::string dot;
  std::string suppressions;
  /// Of gauntlet-check: the line whose atomic operations are compiled as relaxed ones, as FILE:LINE; or `all`.
  std::string weaken;
  /// Of gauntlet-check: what the explored program is given.
  std::vector<std::string> program_arguments;
};

/// What an option is called, and what follows it: for a usage.
std::string options_help();

/// @param words `--name=value`, or `--name` and `value`; taken away from, but for what is no option
/// @throws std::invalid_argument naming the value, what was expected and what to do
command_line parse_command_line(std::vector<std::string>& words);

/// What the environment variable GAUNTLET_CHECK_OPTIONS asks for. @throws std::invalid_argument as that, and for what
/// is no option
command_line asked_for();

/// Lines, or if there is but one line its words.
std::vector<std::string> split_options(std::string_view text);

std::string replay_token(const command_line::execution& which);
const char* name_of(memory_model model);

}  // namespace gauntlet::rc11::unmodified
