#include "harness/collision.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <utility>

namespace gauntlet::harness {

/// All orders of a program's calls, one call after the other, each with all results that the specification takes.
class staged_program::enumeration {
 public:
  explicit enumeration(staged_program& of) : of_(of), what_(of.how_.judged()) {}

  /// Until it is known which results tell something, as the others aren't told apart.
  void run() {
    std::vector<bool> before;
    do {
      before = of_.told_;
      found_.clear();
      next_.assign(of_.parts_.size(), 0);
      results_.assign(of_.size(), of_.results_.front());
      extend(what_.initial, none, true);
    } while (before != of_.told_);
    for (const auto& [values, serial] : found_) of_.allowed_.push_back({values, !serial});
  }

 private:
  static constexpr std::size_t none = ~std::size_t{0};

  bool is_over(std::size_t which) const { return next_[which] == of_.parts_[which].calls.size(); }

  /// Whether a part's turn may come: the first one is alone, and so is the last.
  bool may_go_on(std::size_t which) const {
    if (is_over(which)) return false;
    const std::size_t last = of_.parts_.size() - 1;
    if (which != 0 && !is_over(0)) return false;
    for (std::size_t role = 1; which == last && role < last; ++role)
      if (!is_over(role)) return false;
    return true;
  }

  /// @param running who made the last call @param serial whether nobody was interrupted so far
  void extend(const model_state& state, std::size_t running, bool serial) {
    bool over = true, goes_on = false;
    for (std::size_t which = 0; which < of_.parts_.size(); ++which) {
      over = over && is_over(which);
      if (!may_go_on(which)) continue;
      const bool interrupts = running != none && running != which && !is_over(running);
      goes_on = make_call(state, which, serial && !interrupts) || goes_on;
    }
    if (over) {
      const auto [at, is_new] = found_.try_emplace(results_, serial);
      at->second = at->second || serial;
    } else if (!goes_on) {
      throw std::logic_error("a program's calls may all wait for each other, or give back what it doesn't think of");
    }
  }

  /// @return whether it ends
  bool make_call(const model_state& state, std::size_t which, bool serial) {
    const part& who = of_.parts_[which];
    const std::size_t place = who.begin + next_[which];
    const auto [operation, argument] = who.calls[next_[which]];
    recorded made{.thread = static_cast<unsigned>(which), .operation = operation, .argument = argument};
    const bool blocks = of_.how_.blocks != nullptr && of_.how_.blocks(operation);
    if (blocks && !what_.enabled(state, made)) return false;
    std::vector<std::pair<outcome, model_state>> taken;
    for (const outcome result : of_.results_) {
      made.result = result;
      model_state after = state;
      if (what_.step(after, made)) taken.emplace_back(result, std::move(after));
    }
    if (taken.size() < of_.results_.size()) of_.told_[place] = true;
    if (!of_.told_[place]) taken.resize(1);
    ++next_[which];
    for (const auto& [result, after] : taken) {
      results_[place] = result;
      extend(after, which, serial);
    }
    --next_[which];
    return !taken.empty();
  }

  staged_program& of_;
  const meaning what_;
  std::vector<std::size_t> next_;
  std::vector<outcome> results_;
  /// And whether some order in which nobody is interrupted comes to it.
  std::map<std::vector<outcome>, bool> found_;
};

staged_program::staged_program(const program& what, const calls& how) : how_(how), results_(what.results) {
  std::size_t begin = 0;
  const auto add = [&](std::string name, const std::vector<planned_call>& all) {
    parts_.push_back({std::move(name), all, begin});
    begin += all.size();
  };
  add("first", what.first);
  for (const auto& role : what.roles) add(std::to_string(parts_.size() - 1), role);
  add("last", what.last);
  told_.resize(begin);
  enumeration(*this).run();
}

shape staged_program::extent() const {
  shape all{.threads = static_cast<unsigned>(parts_.size()) - 2, .operations = 0};
  for (std::size_t role = 1; role <= all.threads; ++role)
    all.operations = std::max(all.operations, static_cast<unsigned>(parts_[role].calls.size()));
  return all;
}

std::string staged_program::words(std::span<const outcome> results) const {
  const std::vector<outcome>& some = allowed_.front().values;
  const auto varies = [&](std::size_t place) {
    const auto same = [&](const prospect& one) { return one.values[place] == some[place]; };
    return told_[place] && (results[place] != some[place] || !std::ranges::all_of(allowed_, same));
  };
  const meaning what = how_.judged();
  std::string all;
  for (const part& who : parts_)
    for (std::size_t i = 0; i < who.calls.size(); ++i)
      if (const std::size_t place = who.begin + i; varies(place) || (allowed_.size() == 1 && told_[place]))
        all += (all.empty() ? "" : " ") + who.name + ":" + std::string(what.names[who.calls[i].operation]) + "=" +
               std::to_string(results[place]);
  return all;
}

/// Results are kept aside till the end: other threads' are beside them in memory.
void staged_program::perform(std::size_t which, void* object, std::span<outcome> results) const {
  const part& who = parts_[which];
  std::array<outcome, 8> seen;
  if (who.calls.size() > seen.size()) throw std::length_error("a program's thread makes more than 8 calls");
  for (std::size_t i = 0; i < who.calls.size(); ++i)
    seen[i] = how_.apply(object, who.calls[i].operation, who.calls[i].argument);
  for (std::size_t i = 0; i < who.calls.size(); ++i)
    results[who.begin + i] = told_[who.begin + i] ? seen[i] : results_.front();
}

}  // namespace gauntlet::harness
