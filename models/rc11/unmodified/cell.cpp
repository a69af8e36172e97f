#include "models/rc11/unmodified/cell.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "harness/cell.hpp"
#include "harness/records.hpp"
#include "models/rc11/unmodified/checking.hpp"
#include "models/rc11/unmodified/command_line.hpp"

/// Defined by a program that is a cell.
extern "C" [[gnu::weak, gnu::visibility("default")]] const gauntlet::harness::contract* gauntlet_contract();

namespace gauntlet::rc11::unmodified {

namespace {

using harness::scenario;
using harness::shape;

enum status : int { clean = 0, bad_arguments = 2, own_failure = 3, violated = 201 };

/// Executions of an endless loop end after so many events: a few times what any scenario needs.
constexpr unsigned most_events = 1000;

struct arguments {
  char** environment;
  int (*main)(int, char**, char**);
};

/// cell/program.cpp's main, with the scenario and its size.
std::function<int()> program_of(const scenario& what, const shape& size, const arguments& given) {
  return [=, name = what.name, threads = std::to_string(size.threads), operations = std::to_string(size.operations)] {
    const std::array<const char*, 5> words{"cell", name.c_str(), threads.c_str(), operations.c_str(), nullptr};
    return given.main(4, const_cast<char**>(words.data()), given.environment);
  };
}

check check_of(const scenario& what, const harness::options& how, const arguments& given) {
  check one;
  one.name = what.name;
  one.how.search.events = most_events;
  // What an ABA needs: see limits::reuse.
  one.how.reuse = true;
  const command_line asked = asked_for();
  one.how.bound = asked.bound;
  one.how.every_iteration = asked.every_iteration;
  one.budget = how.replay ? 1e9 : how.seconds;
  one.quiet = true;
  one.must_end = false;
  one.replays = how.replay.has_value();
  for (const shape& size : what.model) {
    const bool wanted =
        !how.replay || (how.replay->size.threads == size.threads && how.replay->size.operations == size.operations);
    for (const unsigned spurious : {0U, 1U})
      if (wanted) one.stages.push_back({program_of(what, size, given), size, spurious});
  }
  one.token = [&what, &how](const stage& of, memory_model, std::uint64_t run) {
    return harness::to_string({.primitive = how.primitive,
                               .engine = how.engine,
                               .check = what.name,
                               .size = of.size,
                               .seed = how.replay ? how.replay->seed : how.seed,
                               .iteration = run});
  };
  return one;
}

bool is_skipped(const scenario& what, const harness::options& how) {
  if (how.replay) return how.replay->check != what.name;
  return what.model.empty() || std::find(how.skip.begin(), how.skip.end(), what.name) != how.skip.end();
}

status explore_all(const harness::contract& all, const harness::options& how, const arguments& given) {
  status found = clean;
  for (const scenario& what : all.scenarios()) {
    if (is_skipped(what, how)) continue;
    harness::records::started(what.name);
    verdict made = explore(check_of(what, how, given));
    if (!made.trouble.empty()) {
      made.found.outcome = harness::finding::unknown;
      made.found.reason = made.trouble;
    }
    made.found.seed = how.replay ? how.replay->seed : how.seed;
    harness::records::finished(made.found);
    if (made.violated) found = violated;
  }
  harness::records::done();
  return found;
}

}  // namespace

bool is_cell() noexcept {
  return &gauntlet_contract != nullptr;
}

int run_cell(int argc, char** argv, char** environment, int (*main)(int, char**, char**)) {
  const harness::contract& all = *gauntlet_contract();
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  if (std::find(words.begin(), words.end(), "--list_content") != words.end()) {
    for (const scenario& what : all.scenarios())
      if (!what.model.empty()) std::cerr << what.name << "*\n";
    return clean;
  }
  try {
    const auto dashes = std::find(words.begin(), words.end(), "--");
    const auto how = harness::parse_options(argv[0], {dashes == words.end() ? dashes : dashes + 1, words.end()});
    if (!how.records.empty()) harness::records::open(how.records);
    return explore_all(all, how, {environment, main});
  } catch (const std::invalid_argument& error) {
    std::cerr << argv[0] << ": " << error.what() << '\n';
    return bad_arguments;
  } catch (const std::system_error& error) {
    std::cerr << argv[0] << ": " << error.what() << "; give a path that can be written\n";
    return bad_arguments;
  } catch (const std::exception& error) {
    std::cerr << argv[0] << ": " << error.what() << '\n';
    return own_failure;
  }
}

}  // namespace gauntlet::rc11::unmodified
