#include "models/rc11/unmodified/command_line.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <stdexcept>

namespace gauntlet::rc11::unmodified {

namespace {

constexpr std::array<std::pair<const char*, memory_model>, 4> models{
    {{"sc", memory_model::sc}, {"tso", memory_model::tso}, {"ra", memory_model::ra}, {"rc11", memory_model::rc11}}};

[[noreturn]] void refuse(std::string_view option, std::string_view text, const char* expected) {
  throw std::invalid_argument(std::string(option) + " " + std::string(text) + ": expected " + expected);
}

template <class Number>
bool read(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// From 0 on, or from 1.
unsigned count(std::string_view option, std::string_view text, unsigned least, unsigned most, const char* expected) {
  unsigned number = 0;
  if (!read(text, number) || number < least || number > most) refuse(option, text, expected);
  return number;
}

/// `512M`, `4G`.
std::size_t bytes_of(std::string_view option, std::string_view text) {
  const char unit = text.back();
  std::size_t number = 0;
  if ((unit != 'M' && unit != 'G') || !read(text.substr(0, text.size() - 1), number) || number == 0 ||
      number > 1'000'000)
    refuse(option, text, "a number and M or G, for 2^20 or 2^30 bytes, such as 512M or 4G");
  return number << (unit == 'M' ? 20U : 30U);
}

bool is_on(std::string_view option, std::string_view text) {
  if (text != "on" && text != "off") refuse(option, text, "on or off");
  return text == "on";
}

memory_model model_of(std::string_view option, std::string_view text) {
  for (const auto& [name, model] : models)
    if (text == name) return model;
  refuse(option, text,
         "sc (interleavings), tso (x86), ra (release and acquire) or rc11 (C++20 without load buffering)");
}

/// `rc11.0.17`: the model, what is spurious, the execution's number.
command_line::execution execution_of(std::string_view option, std::string_view text) {
  const auto first = text.find('.');
  const auto last = text.rfind('.');
  command_line::execution which{};
  for (const auto& [name, model] : models)
    if (text.substr(0, first) == name && first < last &&
        read(text.substr(first + 1, last - first - 1), which.spurious) && read(text.substr(last + 1), which.number) &&
        which.number > 0) {
      which.model = model;
      return which;
    }
  refuse(option, text, "what a failure was told with, such as rc11.0.17; copy it from there");
}

struct option {
  const char* name;
  const char* value;
  const char* help;
  std::function<void(command_line&, std::string_view option, std::string_view value)> take;
};

const std::vector<option>& known() {
  static const std::vector<option> all{
      {"--model", "sc|tso|ra|rc11", "the memory model (default: rc11)",
       [](command_line& made, auto option, auto value) { made.model = model_of(option, value); }},
      {"--budget", "SECONDS", "for the search; what is left then is said (default: 60)",
       [](command_line& made, auto option, auto value) {
         if (!read(value, made.budget) || !std::isfinite(made.budget) || made.budget <= 0)
           refuse(option, value, "seconds, above 0");
       }},
      {"--memory", "SIZE", "that the search may take, such as 512M or 4G; likewise (default: 2G)",
       [](command_line& made, auto option, auto value) { made.memory = bytes_of(option, value); }},
      {"--bound", "N", "iterations of a loop whose end can't be told (default: 8)",
       [](command_line& made, auto option, auto value) {
         made.bound = count(option, value, 1, 1'000'000, "a number of iterations, from 1 to 1000000");
       }},
      {"--every-iteration", "on|off", "iterations of loops that change nothing are explored, too (default: off)",
       [](command_line& made, auto option, auto value) { made.every_iteration = is_on(option, value); }},
      {"--timeouts", "N", "timed waits of one execution that may time out (default: 1)",
       [](command_line& made, auto option, auto value) {
         made.timeouts = count(option, value, 0, 100, "a number of time-outs, from 0 to 100");
       }},
      {"--spurious", "N", "spurious wake-ups and weak compare-exchanges' failures of one execution (default: 1)",
       [](command_line& made, auto option, auto value) {
         made.spurious = count(option, value, 0, 100, "a number of spurious wake-ups, from 0 to 100");
       }},
      {"--symmetry", "on|off",
       "threads started one right after the other with one function and equal arguments are the same to everybody: of "
       "executions that differ in which of them did what one is explored (default: off)",
       [](command_line& made, auto option, auto value) { made.symmetry = is_on(option, value); }},
      {"--reuse", "on|off", "released storage may be given out again, which ABA needs (default: off)",
       [](command_line& made, auto option, auto value) { made.reuse = is_on(option, value); }},
      {"--leaks", "on|off", "storage that nothing leads to at the end is a leak (default: on)",
       [](command_line& made, auto option, auto value) { made.leaks = is_on(option, value); }},
      {"--uninitialised", "on|off", "a read of heap memory that nobody has written is a violation (default: off)",
       [](command_line& made, auto option, auto value) { made.uninitialised = is_on(option, value); }},
      {"--output", "first|all", "print what the first execution prints, or what each does (default: first)",
       [](command_line& made, auto option, auto value) {
         if (value != "first" && value != "all") refuse(option, value, "first or all");
         made.all_output = value == "all";
       }},
      {"--workers", "N", "processes that search together (default: 1)",
       [](command_line& made, auto option, auto value) {
         made.workers = count(option, value, 1, 256, "a number of processes, from 1 to 256");
       }},
      {"--replay", "TOKEN", "tell the execution that a failure was told with",
       [](command_line& made, auto option, auto value) { made.replay = execution_of(option, value); }},
      {"--suppressions", "FILE", "plain accesses to take for relaxed ones; see models/rc11/unmodified/suppressions.hpp",
       [](command_line& made, auto, auto value) { made.suppressions = value; }},
      {"--weaken", "FILE:LINE|all",
       "make that line's atomic operations relaxed; or tell which lines' orders are needed",
       [](command_line& made, auto, auto value) { made.weaken = value; }},
      {"--results", "FILE", "write the result there, as reports/result.schema.json has it",
       [](command_line& made, auto, auto value) { made.results = value; }},
      {"--dot", "FILE", "draw a failure's execution there, for Graphviz",
       [](command_line& made, auto, auto value) { made.dot = value; }},
      {"--records", "FILE", "append what is found there and print nothing: for who runs many",
       [](command_line& made, auto, auto value) { made.records = value; }},
      {"--program-arguments", "WORDS", "what the program's main is given",
       [](command_line& made, auto, auto value) { made.program_arguments = split_options(value); }},
  };
  return all;
}

}  // namespace

const char* name_of(memory_model model) {
  for (const auto& [name, same] : models)
    if (same == model) return name;
  return "";
}

std::string replay_token(const command_line::execution& which) {
  return name_of(which.model) + std::string(".") + std::to_string(which.spurious) + "." + std::to_string(which.number);
}

std::string options_help() {
  std::string text;
  for (const option& one : known()) {
    std::string line = std::string("  ") + one.name + " " + one.value;
    line.resize(std::max(line.size() + 2, std::size_t{28}), ' ');
    text += line + one.help + "\n";
  }
  return text;
}

std::vector<std::string> split_options(std::string_view text) {
  const std::string_view separators = text.find('\n') == std::string_view::npos ? " \t" : "\n";
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

command_line parse_command_line(std::vector<std::string>& words) {
  command_line made;
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const option* found = nullptr;
    for (const option& one : known())
      if (name == one.name) found = &one;
    if (found == nullptr) {
      rest.push_back(word);
      continue;
    }
    if (equals == std::string::npos && i + 1 == words.size())
      throw std::invalid_argument(name + ": expected " + found->value + " after it; " + found->help);
    const std::string value = equals == std::string::npos ? words[++i] : word.substr(equals + 1);
    if (value.empty()) refuse(name, "\"\"", found->value);
    found->take(made, name, value);
  }
  words = rest;
  return made;
}

command_line asked_for() {
  const char* const text = std::getenv("GAUNTLET_CHECK_OPTIONS");
  auto words = split_options(text == nullptr ? "" : text);
  const command_line asked = parse_command_line(words);
  if (!words.empty())
    throw std::invalid_argument("GAUNTLET_CHECK_OPTIONS: `" + words.front() + "` is no option; there are:\n" +
                                options_help());
  if (!asked.weaken.empty())
    throw std::invalid_argument("GAUNTLET_CHECK_OPTIONS: --weaken " + asked.weaken +
                                ": an order is weakened when the program is compiled; set GAUNTLET_WEAKEN=FILE:LINE "
                                "for gauntlet-c++, or ask gauntlet-check");
  return asked;
}

}  // namespace gauntlet::rc11::unmodified
