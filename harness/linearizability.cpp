/// Searches a history for a linearization.

#include <algorithm>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "harness/specification.hpp"

namespace gauntlet::harness {
namespace {

constexpr std::size_t most = 64;

/// Wing & Gong's depth-first search: repeatedly take an operation that no untaken one wholly precedes. Lowe's addition:
/// a set of taken operations that has led to the same state before leads nowhere now either.
class search {
 public:
  search(const std::vector<recorded>& history, bool (*step)(model_state&, const recorded&))
      : history_(history), step_(step) {}

  bool explains(std::uint64_t taken, const model_state& state) {
    if (taken == everything()) return true;
    if (!visited_.emplace(taken, state).second) return false;
    const std::uint64_t first_return = earliest_return(taken);
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (contains(taken, i) || history_[i].called > first_return) continue;
      model_state next = state;
      if (step_(next, history_[i]) && explains(taken | std::uint64_t{1} << i, next)) return true;
    }
    return false;
  }

 private:
  static bool contains(std::uint64_t set, std::size_t member) noexcept { return (set >> member & 1) != 0; }

  std::uint64_t everything() const noexcept {
    return history_.size() == most ? ~std::uint64_t{0} : (std::uint64_t{1} << history_.size()) - 1;
  }

  std::uint64_t earliest_return(std::uint64_t taken) const noexcept {
    auto earliest = ~std::uint64_t{0};
    for (std::size_t i = 0; i < history_.size(); ++i)
      if (!contains(taken, i)) earliest = std::min(earliest, history_[i].returned);
    return earliest;
  }

  const std::vector<recorded>& history_;
  bool (*step_)(model_state&, const recorded&);
  std::set<std::pair<std::uint64_t, model_state>> visited_;
};

std::vector<recorded> by_call(std::vector<recorded> history) {
  std::sort(history.begin(), history.end(), [](const recorded& left, const recorded& right) {
    return std::tie(left.called, left.returned, left.thread) < std::tie(right.called, right.returned, right.thread);
  });
  return history;
}

}  // namespace

bool linearizable(const std::vector<recorded>& history, const model_state& initial,
                  bool (*step)(model_state&, const recorded&)) {
  if (history.size() > most)
    throw std::invalid_argument("a history of " + std::to_string(history.size()) +
                                " operations cannot be searched; at most 64 can. Use fewer threads or operations.");
  // In the order of their calls, the first descent is nearly always the answer.
  const auto ordered = by_call(history);
  return search(ordered, step).explains(0, initial);
}

std::string describe(const std::vector<recorded>& history, const std::string_view* names) {
  const auto ordered = by_call(history);
  const std::uint64_t start = ordered.empty() ? 0 : ordered.front().called;
  std::string text;
  for (const recorded& one : ordered)
    text += "[" + std::to_string(one.called - start) + ", " + std::to_string(one.returned - start) + "] thread " +
            std::to_string(one.thread) + ": " + std::string(names[one.operation]) + "(" + std::to_string(one.argument) +
            ") = " + std::to_string(one.result) + "\n";
  return text;
}

}  // namespace gauntlet::harness
