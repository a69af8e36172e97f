/// That rc11 knows everything that Relacy shows: what a primitive's calls come to on Relacy is among what they come to
/// on rc11, which explores all. Built once for each of the two: a program has one engine, so on rc11 this runs itself
/// as built for Relacy, and reads what that prints. Every kind but executor with LONG=1, two fewer without.

#include "tests/engines/outcomes.hpp"

#define BOOST_TEST_MODULE outcomes
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace {

using namespace gauntlet;

constexpr bool all_are_known = std::string_view(GAUNTLET_ENGINE) == "rc11";
constexpr const char* mark = "came to: ";

/// What RC11 forbids and Relacy shows, by subject: nothing.
std::set<std::string> invented(const std::string&) {
  return {};
}

/// What the same program for Relacy prints of each subject.
std::set<std::string> on_relacy(const std::string& subject) {
  std::string program = boost::unit_test::framework::master_test_suite().argv[0];
  program.replace(program.rfind("rc11"), 4, "relacy");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> printed(popen((program + " -- " + subject).c_str(), "r"),
                                                                &pclose);
  std::set<std::string> out;
  std::array<char, 512> line{};
  while (std::fgets(line.data(), line.size(), printed.get()) != nullptr) {
    const std::string_view text(line.data());
    if (text.starts_with(mark))
      out.emplace(text.substr(std::string_view(mark).size(), text.find('\n') - std::string_view(mark).size()));
  }
  return out;
}

BOOST_AUTO_TEST_CASE(what_relacy_shows_is_among_what_rc11_does) {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  for (const auto& one : outcomes::subjects(std::getenv("LONG") != nullptr)) {
    if (!all_are_known && suite.argc > 1 && one.name != suite.argv[1]) continue;
    harness::result found;
    const auto mine = outcomes::explored(one, all_are_known ? 60 : 0.5, found);
    BOOST_TEST((found.outcome == harness::finding::clean), one.name);
    if (!all_are_known) {
      for (const auto& each : mine) std::cout << mark << each << "\n";
      continue;
    }
    BOOST_TEST((found.covered == harness::coverage::complete), one.name << ": " << found.explored);
    const auto shown = on_relacy(one.name);
    // Relacy draws its executions; of so few outcomes it shows most.
    BOOST_TEST(2 * shown.size() > mine.size(), one.name << ": " << shown.size() << " of " << mine.size());
    const auto known = invented(one.name);
    for (const auto& each : shown) BOOST_TEST(mine.contains(each) != known.contains(each), one.name << ": " << each);
    std::cout << one.name << ": " << found.explored << " executions in " << found.seconds << " s, " << mine.size()
              << " outcomes, of which Relacy shows " << shown.size() << "\n";
  }
}

}  // namespace
