/// The main of every cell: a Boost.Test module whose own options follow `--`.
///
/// Exit status: 0 no check violated, 201 something violated, 2 bad arguments, 3 records could not be written.

#include <unistd.h>

#include <algorithm>
#include <boost/cstdlib.hpp>
#include <boost/test/tree/traverse.hpp>
#include <boost/test/tree/visitor.hpp>
#include <boost/test/unit_test.hpp>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "harness/cell.hpp"
#include "harness/records.hpp"

namespace gauntlet::harness {
namespace {

namespace unit_test = boost::unit_test;

options parsed;

/// The names of all test cases. A case of a template, `name<T>`, is called `name` from here on: one check, one name.
class checks : public unit_test::test_tree_visitor {
 public:
  void visit(const unit_test::test_case& one) override {
    std::string name = one.p_name.get();
    name.resize(std::min(name.find('<'), name.size()));
    const_cast<unit_test::test_case&>(one).p_name.value = name;
    names_.push_back(std::move(name));
  }

  void require(const std::string& name, const char* option) const {
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) return;
    std::string all;
    for (const auto& one : names_) all += " " + one;
    throw std::invalid_argument(std::string(option) + " names `" + name + "`; the checks of this cell are:" + all);
  }

 private:
  std::vector<std::string> names_;
};

/// What Boost.Test is told beyond the user's own arguments.
std::vector<std::string> boost_arguments(std::vector<std::string> given) {
  const auto has = [&](std::string_view option) {
    return std::any_of(given.begin(), given.end(), [&](const auto& one) { return one.starts_with(option); });
  };
  // A signal on a worker thread cannot be turned into an exception; the process ends, and whoever runs it sees that.
  if (!has("--catch_system_error")) given.push_back("--catch_system_errors=no");
  if (!has("--color_output") && ::isatty(STDOUT_FILENO) == 0) given.push_back("--color_output=no");
  if (parsed.replay) given.push_back("--run_test=" + parsed.replay->check);
  for (const auto& name : parsed.skip) given.push_back("--run_test=!" + name);
  return given;
}

std::vector<std::string> prepare(int count, char** values) {
  const auto dashes = std::find(values + 1, values + count, std::string_view("--"));
  const auto rest = dashes == values + count ? dashes : dashes + 1;
  parsed = parse_options(values[0], {rest, values + count});
  auto& tree = unit_test::framework::master_test_suite();
  tree.p_name.value = parsed.primitive + "." + parsed.engine;
  checks known;
  unit_test::traverse_test_tree(tree, known, true);
  if (parsed.replay) known.require(parsed.replay->check, "--replay");
  for (const auto& name : parsed.skip) known.require(name, "--skip");
  if (!parsed.records.empty()) records::open(parsed.records);
  return boost_arguments({values, dashes});
}

bool initialise() {
  observe_test_cases();
  return true;
}

}  // namespace

const options& cell_options() noexcept {
  return parsed;
}

}  // namespace gauntlet::harness

int main(int count, char** values) {
  using namespace gauntlet::harness;
  std::vector<std::string> arguments;
  try {
    arguments = prepare(count, values);
  } catch (const std::invalid_argument& error) {
    std::cerr << values[0] << ": " << error.what() << '\n';
    return 2;
  } catch (const std::system_error& error) {
    std::cerr << values[0] << ": " << error.what() << "; give a path that can be written\n";
    return 2;
  }
  std::vector<char*> pointers;
  for (auto& one : arguments) pointers.push_back(one.data());
  const int status = boost::unit_test::unit_test_main(&initialise, static_cast<int>(pointers.size()), pointers.data());
  return status == boost::exit_exception_failure ? 2 : status;
}
