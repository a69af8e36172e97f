/// gauntlet-check: compiles a program, or takes sources and objects of one, and has it explore itself.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/rc11/unmodified/command_line.hpp"
#include "models/rc11/unmodified/suppressions.hpp"

namespace {

using namespace gauntlet::rc11::unmodified;
namespace fs = std::filesystem;

constexpr int bad_arguments = 2;
constexpr int own_failure = 3;

struct request {
  std::vector<std::string> sources;
  std::vector<std::string> compiler_flags;
  command_line how;
  /// As they are handed on.
  std::vector<std::string> options_given;
};

std::string usage() {
  return "usage: gauntlet-check FILE.cpp|FILE.c… [options] [-- compiler flags]\n\n"
         "Explores all that a program may do under the C++ memory model, and tells what goes wrong, with an execution\n"
         "that shows it. Exit status: 0 nothing does, 1 something does, 2 bad arguments or no program, 3 the checker\n"
         "failed, 4 the budget was too small to say.\n\n" +
         options_help();
}

request parse(std::vector<std::string> words) {
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
  for (const std::string& word : all)
    if (left != words.end() && word == *left)
      ++left;
    else
      made.options_given.push_back(word);
  for (const std::string& word : words) {
    if (word.starts_with("-"))
      throw std::invalid_argument(
          "`" + word + "` is no option; those of the compiler come after `--`, and these are:\n" + options_help());
    if (!fs::is_regular_file(word))
      throw std::invalid_argument("`" + word + "` is no file; give the sources of a program that has a main");
    made.sources.push_back(word);
  }
  if (made.sources.empty()) throw std::invalid_argument("no source was given\n" + usage());
  if (!made.how.suppressions.empty()) read_suppressions(made.how.suppressions);
  return made;
}

/// @return its exit status, or 128 and the signal that ended it
int run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (const int error = posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(), environ); error != 0)
    throw std::runtime_error(command[0] + ": " + std::strerror(error));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Removed with what it holds.
class scratch {
 public:
  scratch() : path_((fs::temp_directory_path() / "gauntlet-check.XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error(path_ + ": " + std::strerror(errno));
  }
  ~scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / fs::path(name); }

 private:
  std::string path_;
};

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                          "0123456789_./=+:,@%-") == std::string::npos;
  if (plain) return word;
  std::string out = "'";
  for (const char letter : word) out += letter == '\'' ? "'\\''" : std::string(1, letter);
  return out + "'";
}

/// The command that tells a failure again, with TOKEN where its token goes.
std::string again(const char* program, const request& asked) {
  std::string command = quoted(program);
  for (const auto* const some : {&asked.sources, &asked.options_given})
    for (std::size_t i = 0; i < some->size(); ++i) {
      const std::string& word = (*some)[i];
      if (word == "--replay") ++i;
      if (!word.starts_with("--replay")) command += " " + quoted(word);
    }
  command += " --replay TOKEN";
  if (!asked.compiler_flags.empty()) command += " --";
  for (const std::string& word : asked.compiler_flags) command += " " + quoted(word);
  return command;
}

int check(const request& asked) {
  const fs::path tools = fs::read_symlink("/proc/self/exe").parent_path();
  const bool c = std::all_of(asked.sources.begin(), asked.sources.end(), [](const std::string& source) {
    const auto extension = fs::path(source).extension();
    return extension == ".c" || extension == ".o" || extension == ".s" || extension == ".S";
  });
  const scratch built;
  const std::string program = built / fs::path(asked.sources.front()).stem().string();
  std::vector<std::string> compile{tools / (c ? "gauntlet-cc" : "gauntlet-c++"), c ? "-std=c17" : "-std=c++20"};
  compile.insert(compile.end(), asked.sources.begin(), asked.sources.end());
  compile.insert(compile.end(), asked.compiler_flags.begin(), asked.compiler_flags.end());
  compile.insert(compile.end(), {"-o", program});
  if (!asked.how.suppressions.empty()) setenv("GAUNTLET_SUPPRESSIONS", fs::absolute(asked.how.suppressions).c_str(), 1);
  if (run(compile) != 0) return bad_arguments;

  std::string given;
  for (const std::string& word : asked.options_given) given += word + "\n";
  setenv("GAUNTLET_CHECK_OPTIONS", given.c_str(), 1);
  setenv("GAUNTLET_CHECK_COMMAND", again(program_invocation_name, asked).c_str(), 1);
  std::vector<std::string> explore{program};
  explore.insert(explore.end(), asked.how.program_arguments.begin(), asked.how.program_arguments.end());
  const int status = run(explore);
  if (status <= 4) return status;
  std::cerr << "gauntlet-check: the explored program ended with status " << status
            << "; that is a failure of the checker\n";
  return own_failure;
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> words(values + 1, values + count);
  if (std::find(words.begin(), words.end(), "--help") != words.end()) {
    std::cout << usage();
    return 0;
  }
  try {
    return check(parse(words));
  } catch (const std::invalid_argument& error) {
    std::cerr << "gauntlet-check: " << error.what() << '\n';
    return bad_arguments;
  } catch (const std::exception& error) {
    std::cerr << "gauntlet-check: " << error.what() << '\n';
    return own_failure;
  }
}
