#include "models/rc11/unmodified/command/weakening.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <stdexcept>

#include "models/rc11/unmodified/suppressions.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

namespace fs = std::filesystem;

enum status : int { passed = 0, failed = 1, no_program = 2, own_failure = 3 };

/// As a person would name it from here.
std::string shown(const std::string& place) {
  const std::string near = fs::path(place).lexically_proximate(fs::current_path());
  return near.starts_with("..") ? place : near;
}

/// Places in the order of the list, each with its operations.
std::vector<std::pair<std::string, std::string>> by_place(const std::vector<building::order>& all) {
  std::vector<std::pair<std::string, std::string>> made;
  for (const auto& [place, operation] : all)
    if (made.empty() || made.back().first != place)
      made.emplace_back(place, operation);
    else
      made.back().second += ", " + operation;
  return made;
}

/// The class of the violation in a file of records.
std::string class_in(const std::string& records) {
  std::ifstream file(records);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  constexpr std::string_view before = "\"violation\":{\"class\":\"";
  const auto begin = text.find(before);
  if (begin == std::string::npos) return "";
  const auto end = text.find('"', begin + before.size());
  std::string words = text.substr(begin + before.size(), end - begin - before.size());
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace

void expect_weakened(const building& built, const std::string& place) {
  const suppression wanted{suppression::kind::line, place, 0, place};
  const auto all = built.orders();
  if (std::any_of(all.begin(), all.end(), [&](const auto& one) { return wanted.matches(one.place); })) return;
  std::string list;
  for (const auto& [where, operations] : by_place(all)) list += "\n  " + shown(where) + "  " + operations;
  throw std::invalid_argument("--weaken " + place + ": no atomic operation stands there that orders threads; " +
                              (list.empty() ? "nor anywhere else in the program" : "these do:" + list));
}

int weaken_each(building& built, const request& asked) {
  if (!built.build("")) return no_program;
  if (const int as_it_is = built.explore(""); as_it_is != passed) {
    std::cerr << "gauntlet-check: --weaken all: what nothing is wrong with is needed to begin with\n";
    return as_it_is;
  }
  const auto all = by_place(built.orders());
  std::size_t widest = 0, longest = 0, needed = 0, undecided = 0;
  for (const auto& [place, operations] : all) {
    widest = std::max(widest, shown(place).size());
    longest = std::max(longest, operations.size());
  }
  std::cout << "Each order made relaxed, by itself:\n";
  for (const auto& [place, operations] : all) {
    const std::string records = built.file(".records");
    fs::remove(records);
    if (!built.build(place)) return no_program;
    const int found = built.explore(records);
    if (found == no_program || found == own_failure) return found;
    needed += found == failed ? 1 : 0;
    undecided += found != failed && found != passed ? 1 : 0;
    std::cout << "  " << shown(place) << std::string(widest - shown(place).size() + 2, ' ') << operations
              << std::string(longest - operations.size() + 2, ' ')
              << (found == failed   ? "needed: " + class_in(records) + " without it"
                  : found == passed ? std::string("never needed by this program")
                                    : std::string("not found to be needed; the budget was too small to say"))
              << std::endl;
  }
  std::cout << built.name() << ": " << all.size() << (all.size() == 1 ? " line orders" : " lines order") << " threads; "
            << needed << (needed == 1 ? " is" : " are") << " needed, " << all.size() - needed - undecided
            << " never by this program";
  if (undecided > 0) std::cout << ", " << undecided << " unknown";
  std::cout << "\n  One in full: " << asked.again.substr(0, asked.again.find(" --weaken")) << " --weaken FILE:LINE\n";
  return passed;
}

}  // namespace gauntlet::rc11::unmodified
