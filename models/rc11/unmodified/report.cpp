#include "models/rc11/unmodified/report.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>

#include "harness/frames.hpp"
#include "harness/records.hpp"
#include "models/rc11/unmodified/cell.hpp"
#include "models/rc11/unmodified/checking.hpp"
#include "models/rc11/unmodified/command_line.hpp"
#include "models/rc11/unmodified/libraries.hpp"
#include "models/rc11/unmodified/relaxed.hpp"
#include "models/rc11/unmodified/suppressions.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

enum status : int { passed = 0, failed = 1, bad_options = 2, own_failure = 3, undecided = 4 };

std::string file_of(const char* path) {
  const std::string_view whole = path;
  return std::string(whole.substr(whole.rfind('/') + 1));
}

/// A check's name: letters, digits and underscores, and no digit first.
std::string check_name(std::string name) {
  for (char& letter : name)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  return std::isdigit(static_cast<unsigned char>(name[0])) != 0 ? "_" + name : name;
}

/// What the program is searched for.
check check_of(const std::string& name, const command_line& asked, const std::function<int()>& main) {
  check what;
  what.name = check_name(name);
  what.how.search.model = asked.replay ? asked.replay->model : asked.model;
  what.how.search.timeouts = asked.timeouts;
  what.how.search.memory = asked.memory;
  what.how.search.symmetry = asked.symmetry;
  what.how.bound = asked.bound;
  what.how.every_iteration = asked.every_iteration;
  what.how.search.workers = asked.replay ? 1 : asked.workers;
  if (asked.replay) what.how.search.executions = asked.replay->number;
  what.how.reuse = asked.reuse;
  what.how.leaks = asked.leaks;
  what.how.uninitialised = asked.uninitialised;
  what.how.printed = asked.all_output ? options::output::all : options::output::first;
  what.budget = asked.replay ? 1e9 : asked.budget;
  what.replays = asked.replay.has_value();
  what.seeks_simplest = !asked.replay;
  what.run = asked.replay ? asked.replay->number : 0;
  what.token = [](const stage& of, memory_model under, std::uint64_t run) {
    return replay_token({under, of.spurious, run});
  };
  const harness::shape size{.threads = 0, .operations = 0};
  if (asked.replay) return what.stages = {{main, size, asked.replay->spurious}}, what;
  what.stages = {{main, size, 0}};
  if (asked.spurious > 0) what.stages.push_back({main, size, asked.spurious});
  return what;
}

/// What wasn't looked into; what was suppressed, and what was to be and isn't there.
std::vector<std::string> notes(const std::string& suppressions, bool passes) {
  std::vector<std::string> used, all;
  std::string unseen;
  for (const std::string& name : passes ? unseen_libraries() : std::vector<std::string>())
    unseen += (unseen.empty() ? "" : ", ") + name;
  if (!unseen.empty()) all.push_back("not instrumented, so no race inside is seen: " + unseen);
  for (const auto& [use, times] : relaxed_uses()) {
    used.emplace_back(use.by);
    const bool weakened = used.back().starts_with("weakened: ");
    all.push_back((weakened ? "weakened to relaxed: " : "taken for relaxed: ") + harness::file_name(use.file) + ":" +
                  std::to_string(use.line) + ", " + std::to_string(times) + (times == 1 ? " time" : " times") + " (" +
                  (weakened ? used.back().substr(used.back().find(' ') + 1) : used.back()) + ")");
  }
  if (suppressions.empty()) return all;
  for (const suppression& each : read_suppressions(suppressions))
    if (std::find(used.begin(), used.end(), each.text) == used.end())
      all.push_back("never used: " + suppressions + ":" + std::to_string(each.number) + " (" + each.text + ")");
  return all;
}

/// The command that runs a failure again, with TOKEN for its token.
std::string again(const char* const* argv) {
  if (const char* const command = std::getenv("GAUNTLET_CHECK_COMMAND")) return command;
  std::string command = "GAUNTLET_CHECK_OPTIONS='--replay TOKEN'";
  for (; *argv != nullptr; ++argv) command += std::string(" ") + *argv;
  return command;
}

/// Has the records told. @return whether they were
bool tell(int records, const std::string& name, const command_line& asked, char** argv) {
  const std::string script = GAUNTLET_ROOT "/scripts/tell.py";
  const memory_model model = asked.replay ? asked.replay->model : asked.model;
  std::vector<std::string> words{"/usr/bin/python3", script,      "--name",    name,          "--model", name_of(model),
                                 "--again",          again(argv), "--results", asked.results, "--dot",   asked.dot};
  if (asked.replay) words.emplace_back("--whole");
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::cout.flush();
  lseek(records, 0, SEEK_SET);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, records, STDIN_FILENO);
  pid_t child = 0;
  const int error = posix_spawn(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int ended = 0;
  if (error != 0) std::cerr << "gauntlet-check: " << words[0] << ": " << std::strerror(error) << '\n';
  while (error == 0 && waitpid(child, &ended, 0) < 0 && errno == EINTR) {
  }
  return error == 0 && ended == 0;
}

}  // namespace

int report(int argc, char** argv, char** environment, int (*main)(int, char**, char**)) {
  if (is_cell()) return run_cell(argc, argv, environment, main);
  const std::string name = file_of(argv[0]);
  try {
    const command_line asked = asked_for();
    const int records = asked.records.empty() ? memfd_create("gauntlet", MFD_CLOEXEC) : -1;
    harness::records::open(asked.records.empty() ? "/proc/self/fd/" + std::to_string(records) : asked.records);
    count_relaxed_uses();
    verdict made = explore(check_of(name, asked, [=] { return main(argc, argv, environment); }));
    if (!made.trouble.empty()) throw std::runtime_error(name + ": " + made.trouble);
    made.found.notes = notes(asked.suppressions, !made.violated);
    if (!made.found.loop.empty())
      made.found.notes.push_back("the loop at " + made.found.loop +
                                 " was cut, as nothing says where it ends: --bound N (" + std::to_string(asked.bound) +
                                 " now) sets after how many iterations");
    harness::records::finished(made.found);
    if (records >= 0 && !tell(records, name, asked, argv)) return own_failure;
    if (made.violated) return failed;
    return made.found.outcome == harness::finding::clean ? passed : undecided;
  } catch (const std::invalid_argument& error) {
    std::cerr << "gauntlet-check: " << error.what() << '\n';
    return bad_options;
  } catch (const std::exception& error) {
    std::cerr << "gauntlet-check: " << error.what() << '\n';
    return own_failure;
  }
}

}  // namespace gauntlet::rc11::unmodified
