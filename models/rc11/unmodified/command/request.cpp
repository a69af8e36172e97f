#include "models/rc11/unmodified/command/request.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "models/rc11/unmodified/command/process.hpp"
#include "models/rc11/unmodified/suppressions.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

namespace fs = std::filesystem;

void expect_source(const std::string& word) {
  if (word.starts_with("-"))
    throw std::invalid_argument("`" + word + "` is no option; those of the compiler come after `--`, and these are:\n" +
                                options_help());
  if (!fs::exists(word))
    throw std::invalid_argument("`" + word + "` is not there; give the sources of a program that has a main");
  if (!fs::is_regular_file(word))
    throw std::invalid_argument("`" + word + "` is no file; give the sources of a program that has a main");
  if (access(word.c_str(), R_OK) != 0)
    throw std::invalid_argument("`" + word + "`: " + std::strerror(errno) + "; give a file that can be read");
}

/// Before minutes are spent on what can't be kept.
void expect_directory(const char* option, const std::string& file) {
  if (file.empty() || access(fs::absolute(file).parent_path().c_str(), W_OK | X_OK) == 0) return;
  throw std::invalid_argument(std::string(option) + " " + file + ": " + std::strerror(errno) +
                              "; give a file in a directory that can be written to");
}

/// What says FILE:LINE of one line.
void expect_place(const std::string& text) {
  const auto colon = text.rfind(':');
  const std::string line = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (text == "all" || (colon > 0 && !line.empty() && line.find_first_not_of("0123456789") == std::string::npos))
    return;
  throw std::invalid_argument("--weaken " + text + ": expected a line of the program, such as queue.hpp:57, or `all`");
}

std::string again(const std::string& program, const std::vector<std::string>& words,
                  const std::vector<std::string>& compiler_flags) {
  std::string command = quoted(program);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--replay") ++i;
    if (!words[i].starts_with("--replay")) command += " " + quoted(words[i]);
  }
  command += " --replay TOKEN";
  if (!compiler_flags.empty()) command += " --";
  for (const std::string& word : compiler_flags) command += " " + quoted(word);
  return command;
}

}  // namespace

std::string usage() {
  return "usage: gauntlet-check FILE… [options] [-- compiler flags]\n\n"
         "Explores all that a program may do under the C++ memory model, and tells what goes wrong, with an execution\n"
         "that shows it. FILE is a source (.cpp, .c), an object that gauntlet-c++ made, or a library.\n\n"
         "Options:\n" +
         options_help() +
         "\n"
         "Exit status: 0 nothing goes wrong, 1 something does, 2 bad arguments or no program, 3 the checker failed,\n"
         "4 the budget was too small to say.\n\n"
         "Examples:\n"
         "  gauntlet-check queue_test.cpp\n"
         "  gauntlet-check queue_test.cpp --model sc --budget 10 -- -Iinclude -DSMALL\n"
         "  gauntlet-check queue_test.cpp --weaken all\n";
}

request parse_request(const std::string& command, std::vector<std::string> words) {
  request made;
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    made.compiler_flags.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  const std::vector<std::string> all = words;
  made.how = parse_command_line(words);
  // What is left of the words is no option's.
  auto left = words.begin();
  for (auto word = all.begin(); word != all.end(); ++word)
    if (left != words.end() && *word == *left)
      ++left;
    else if (*word == "--weaken")
      ++word;
    else if (!word->starts_with("--weaken="))
      made.options_given.push_back(*word);
  for (const std::string& word : words) {
    expect_source(word);
    made.sources.push_back(word);
  }
  if (made.sources.empty()) throw std::invalid_argument("no source was given\n\n" + usage());
  if (!made.how.suppressions.empty()) read_suppressions(made.how.suppressions);
  expect_directory("--results", made.how.results);
  expect_directory("--records", made.how.records);
  expect_directory("--dot", made.how.dot);
  if (!made.how.weaken.empty()) expect_place(made.how.weaken);
  made.again = again(command, all, made.compiler_flags);
  return made;
}

}  // namespace gauntlet::rc11::unmodified
