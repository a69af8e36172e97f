#include "tests/rc11/orbits.hpp"

#include <algorithm>
#include <numeric>
#include <sstream>

namespace gauntlet::oracle {

namespace {

using litmus::instruction;

/// The thread with registers of its own. Threads share none.
std::optional<std::vector<instruction>> copied(std::vector<instruction> thread, unsigned& free) {
  std::array<std::optional<litmus::reg>, litmus::register_count> renamed{};
  bool enough = true;
  const auto rename = [&](litmus::reg& it) {
    if (!renamed[it]) {
      enough = enough && free < litmus::register_count;
      renamed[it] = static_cast<litmus::reg>(free++ % litmus::register_count);
    }
    it = *renamed[it];
  };
  for (auto& each : thread) {
    if (litmus::reads(each.what)) rename(each.into);
    if (each.by.from) rename(*each.by.from);
    if (each.expected.from) rename(*each.expected.from);
    if (each.only_if) rename(each.only_if->which);
  }
  if (!enough) return std::nullopt;
  return thread;
}

using names = std::vector<unsigned>;

/// The next way to name the threads, each twin as one of its own.
bool next(names& as, const std::vector<bool>& same) {
  for (std::size_t from = 0; from < as.size();) {
    std::size_t to = from + 1;
    while (to < as.size() && same[to]) ++to;
    const auto at = [&](std::size_t which) { return as.begin() + static_cast<std::ptrdiff_t>(which); };
    if (std::next_permutation(at(from), at(to))) return true;
    from = to;
  }
  return false;
}

/// The name of an event, `thread.instruction`, or of two with something between.
std::string named(const std::string& part, const names& as) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const bool thread = i + 1 < part.size() && part[i + 1] == '.';
    out += thread ? std::to_string(as[static_cast<std::size_t>(part[i] - '0')]) : std::string(1, part[i]);
  }
  return out;
}

/// A signature is a set: of orders, which keep theirs, and of what reads from what.
std::string named_anew(const std::string& signature, const names& as) {
  std::vector<std::string> parts;
  std::istringstream words(signature);
  for (std::string word; words >> word;) {
    const bool relation = word.find_first_of("<^@") != std::string::npos;
    if (relation || word == "|" || word == "queue")
      parts.push_back(named(word, as));
    else
      parts.back() += " " + named(word, as);
  }
  std::sort(parts.begin(), parts.end());
  std::string out;
  for (const auto& part : parts) out += part + "; ";
  return out;
}

}  // namespace

std::optional<twins> multiplied(const litmus::program& once, copies how) {
  const std::size_t last = how == copies::two_and_two ? 2 : 1;
  if (once.size() < last) return std::nullopt;
  twins out;
  unsigned registers = 0;
  for (std::size_t t = 0; t < once.size(); ++t) {
    const unsigned times = t + last < once.size() ? 1 : (how == copies::three ? 3 : 2);
    for (unsigned copy = 0; copy < times; ++copy) {
      const auto thread = copied(once[t], registers);
      if (!thread) return std::nullopt;
      out.what.push_back(*thread);
      out.told.same.push_back(copy != 0);
    }
  }
  return out;
}

std::optional<twins> with_own_memory(litmus::program once) {
  if (once.empty()) return std::nullopt;
  for (auto& thread : once)
    for (auto& each : thread) {
      if (each.where == litmus::w) each.where = litmus::z;
      if (each.where == litmus::z && &thread != &once.back()) each.where = litmus::y;
    }
  auto out = multiplied(once, copies::two);
  if (!out) return out;
  out->told.own = true;
  for (auto& each : out->what.back())
    if (each.where == litmus::z) each.where = litmus::w;
  return out;
}

std::string orbit(const std::string& signature, const std::vector<bool>& same) {
  names as(same.size());
  std::iota(as.begin(), as.end(), 0U);
  std::string smallest = named_anew(signature, as);
  while (next(as, same)) smallest = std::min(smallest, named_anew(signature, as));
  return smallest;
}

finding up_to_twins(finding all, const std::vector<bool>& same) {
  std::set<std::string> orbits;
  for (const auto& each : all.graphs) orbits.insert(orbit(each, same));
  all.graphs = orbits;
  all.outcomes.clear();
  return all;
}

}  // namespace gauntlet::oracle
