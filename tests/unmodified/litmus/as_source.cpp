/// Writes litmus programs as a source file of plain C++ (prelude.hpp), with what is expected of each: the number of its
/// executions and its outcomes, by the catalogue or by the oracle, or a data race.
///
///     as_source catalogue           the tests of models/litmus/
///     as_source random COUNT SEED   random ones, each from a seed of its own
///     as_source handover COUNT SEED random ones that hand plain data from thread to thread, without races

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "models/litmus/catalogue.hpp"
#include "tests/rc11/engine.hpp"
#include "tests/rc11/random_program.hpp"
#include "tests/unmodified/litmus/handover.hpp"

namespace {

using namespace gauntlet;
using litmus::instruction;

struct written {
  std::string name;
  litmus::program threads;
  std::vector<litmus::location> observed;
  std::string expected;
};

std::string statement(instruction what) {
  std::string condition;
  if (what.only_if)
    condition = "if (r" + std::to_string(what.only_if->which) + " == " + std::to_string(what.only_if->equals) + ") ";
  what.only_if.reset();
  return condition + to_string(what) + ";";
}

std::string joined(const std::set<std::string>& words) {
  std::string out;
  for (const auto& each : words) out += " " + each;
  return out;
}

std::string expectation(bool racy, std::uint64_t executions, const std::set<std::string>& outcomes) {
  return racy ? "data_race" : "complete " + std::to_string(executions) + ":" + joined(outcomes);
}

void write(const std::vector<written>& tests) {
  std::cout << "#include \"tests/unmodified/litmus/prelude.hpp\"\n\n";
  for (const auto& test : tests) {
    std::cout << "// expect " << test.name << ": " << test.expected << "\nnamespace test_" << test.name << " {\n";
    for (unsigned thread = 0; thread < test.threads.size(); ++thread) {
      std::cout << "void thread_" << thread << "() {\n";
      for (const auto& each : test.threads[thread]) std::cout << "  " << statement(each) << "\n";
      std::cout << "}\n";
    }
    std::cout << "}  // namespace test_" << test.name << "\n\n";
  }
  std::cout << "const test tests[] = {\n";
  for (const auto& test : tests) {
    unsigned registers = 0;
    for (const auto& thread : test.threads)
      for (const auto& each : thread)
        if (litmus::reads(each.what)) registers = std::max(registers, each.into + 1U);
    std::string observed;
    for (const auto each : test.observed) observed += "xyzwab"[each];
    std::cout << "    {\"" << test.name << "\", " << registers << ", \"" << observed << "\", {";
    for (unsigned thread = 0; thread < test.threads.size(); ++thread)
      std::cout << (thread ? ", " : "") << "test_" << test.name << "::thread_" << thread;
    std::cout << "}},\n";
  }
  std::cout << "};\n\nint main(int argc, char** argv) {\n  return run(tests, argc, argv);\n}\n";
}

std::vector<written> of_the_catalogue() {
  std::vector<written> out;
  for (const auto& test : litmus::catalogue())
    out.push_back({std::string(test.name), test.threads, test.observed,
                   expectation(test.racy, test.executions, litmus::listed(test))});
  return out;
}

/// Whether in some execution a thread reads plain data that another one wrote.
bool hands_over(const litmus::program& what) {
  bool found = false;
  oracle::each_execution(what, oracle::model::rc11, [&](const oracle::execution& it) {
    const auto& events = it.what.events;
    for (unsigned i = 0; i < events.size(); ++i) {
      if (events[i].what != oracle::sort::read || !events[i].plain()) continue;
      const int writer = events[it.what.source[i]].thread;
      found = found || (writer != -1 && writer != events[i].thread);
    }
  });
  return found;
}

/// @param made a program from random numbers @param handover only programs without races in which data changes hands
template <class Made>
std::vector<written> random(unsigned count, std::uint64_t seed, bool handover, const Made& made) {
  std::vector<written> out;
  for (; out.size() < count; ++seed) {
    std::mt19937_64 numbers(seed);
    const litmus::program program = made(numbers);
    const auto found = oracle::by_oracle(program, oracle::model::rc11);
    if (found.stuck || (handover && (found.racy || !hands_over(program)))) continue;
    out.push_back({"seed_" + std::to_string(seed),
                   program,
                   {litmus::x, litmus::y, litmus::z, litmus::w, litmus::a, litmus::b},
                   expectation(found.racy, found.executions, found.outcomes)});
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string which = argc > 1 ? argv[1] : "";
  if (which == "catalogue" && argc == 2) {
    write(of_the_catalogue());
    return 0;
  }
  if (argc != 4) throw std::invalid_argument("expected: as_source catalogue | (random | handover) COUNT SEED");
  const auto count = static_cast<unsigned>(std::stoul(argv[2]));
  const auto seed = std::stoull(argv[3]);
  if (which == "random")
    write(random(count, seed, false,
                 [](auto& numbers) { return oracle::random_program(numbers, {.most_events = 8, .awaits = true}); }));
  else if (which == "handover")
    write(random(count, seed, true, [](auto& numbers) { return oracle::handover_program(numbers); }));
  else
    throw std::invalid_argument("expected catalogue, random or handover, not " + which);
} catch (const std::exception& thrown) {
  std::cerr << "as_source: " << thrown.what() << "\n";
  return 2;
}
