#include "models/rc11/unmodified/command/building.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <tuple>

namespace gauntlet::rc11::unmodified {

namespace {

namespace fs = std::filesystem;

constexpr int own_failure = 3;
/// Beside the program, which has the name of a source.
constexpr const char* orders_file = ".orders";
/// The greatest that an explored program ends with by itself.
constexpr int last_status = 4;

bool is_c(const std::string& source) {
  return fs::path(source).extension() == ".c";
}

/// Whether it is compiled, and may be C++.
bool is_cpp(const std::string& source) {
  static const std::vector<std::string> others{".c", ".o", ".s", ".S", ".a", ".so"};
  return std::find(others.begin(), others.end(), fs::path(source).extension()) == others.end();
}

}  // namespace

building::building(const request& asked)
    : asked_(asked),
      tools_(fs::read_symlink("/proc/self/exe").parent_path()),
      program_(directory_ / fs::path(asked.sources.front()).stem()) {}

std::string building::name() const {
  return fs::path(program_).filename();
}

bool building::build(const std::string& weaken) {
  if (!asked_.how.suppressions.empty())
    setenv("GAUNTLET_SUPPRESSIONS", fs::absolute(asked_.how.suppressions).c_str(), 1);
  if (!asked_.how.weaken.empty()) {
    setenv("GAUNTLET_WEAKEN", weaken.c_str(), 1);
    setenv("GAUNTLET_ORDERS", file(orders_file).c_str(), 1);
    fs::remove(file(orders_file));
  }
  const bool has_cpp = std::any_of(asked_.sources.begin(), asked_.sources.end(), is_cpp);
  std::vector<std::string> link{tools_ + (has_cpp ? "/gauntlet-c++" : "/gauntlet-cc"),
                                has_cpp ? "-std=gnu++20" : "-std=gnu17"};
  for (std::size_t i = 0; i < asked_.sources.size(); ++i) {
    const std::string& source = asked_.sources[i];
    if (!has_cpp || !is_c(source)) {
      link.push_back(source);
      continue;
    }
    // One call of the compiler has one standard.
    link.push_back(file("." + std::to_string(i) + ".o"));
    std::vector<std::string> compile{tools_ + "/gauntlet-cc", "-std=gnu17", "-c", source, "-o", link.back()};
    compile.insert(compile.end(), asked_.compiler_flags.begin(), asked_.compiler_flags.end());
    if (run(compile) != 0) return false;
  }
  link.insert(link.end(), asked_.compiler_flags.begin(), asked_.compiler_flags.end());
  link.insert(link.end(), {"-o", program_});
  return run(link) == 0;
}

std::vector<building::order> building::orders() const {
  std::vector<order> all;
  std::ifstream lines(file(orders_file));
  for (std::string place, operation; std::getline(lines, place, '\t') && std::getline(lines, operation);)
    all.push_back({place, operation});
  const auto key = [](const order& one) {
    const auto colon = one.place.rfind(':');
    return std::tuple(one.place.substr(0, colon), std::stoul(one.place.substr(colon + 1)), one.operation);
  };
  std::sort(all.begin(), all.end(), [&](const order& a, const order& b) { return key(a) < key(b); });
  const auto same = [&](const order& a, const order& b) { return key(a) == key(b); };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  return all;
}

int building::explore(const std::string& records) const {
  std::string given;
  for (const std::string& word : asked_.options_given) given += word + "\n";
  if (!records.empty()) given += "--records\n" + records + "\n";
  setenv("GAUNTLET_CHECK_OPTIONS", given.c_str(), 1);
  setenv("GAUNTLET_CHECK_COMMAND", asked_.again.c_str(), 1);
  std::vector<std::string> command{program_};
  command.insert(command.end(), asked_.how.program_arguments.begin(), asked_.how.program_arguments.end());
  const int status = run(command, !records.empty());
  if (status <= last_status) return status;
  constexpr int signalled = 128;
  std::cerr << "gauntlet-check: " << name() << " ended "
            << (status > signalled ? std::string("by a signal, ") + strsignal(status - signalled)
                                   : "with status " + std::to_string(status))
            << ", before anything could be said of it: before its main began, or the checker failed\n";
  return own_failure;
}

}  // namespace gauntlet::rc11::unmodified
