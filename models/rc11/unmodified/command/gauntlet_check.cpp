/// gauntlet-check: compiles a program, or takes sources and objects of one, and has it explore itself.

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <stdexcept>

#include "models/rc11/unmodified/command/building.hpp"
#include "models/rc11/unmodified/command/weakening.hpp"

namespace {

using namespace gauntlet::rc11::unmodified;

constexpr int bad_arguments = 2;
constexpr int own_failure = 3;

int check(const request& asked) {
  building built(asked);
  if (asked.how.weaken == "all") return weaken_each(built, asked);
  if (!built.build(asked.how.weaken)) return bad_arguments;
  if (!asked.how.weaken.empty()) expect_weakened(built, asked.how.weaken);
  return built.explore("");
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> words(values + 1, values + count);
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (std::find(words.begin(), dashes, "--help") != dashes || std::find(words.begin(), dashes, "-h") != dashes) {
    std::cout << usage();
    return 0;
  }
  try {
    return check(parse_request(program_invocation_name, words));
  } catch (const std::invalid_argument& error) {
    std::cerr << "gauntlet-check: " << error.what() << '\n';
    return bad_arguments;
  } catch (const std::exception& error) {
    std::cerr << "gauntlet-check: " << error.what() << '\n';
    return own_failure;
  }
}
