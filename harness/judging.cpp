/// A verdict on a history, and why.

#include <algorithm>
#include <map>
#include <tuple>

#include "harness/history.hpp"

namespace gauntlet::harness {
namespace {

using history_of = std::vector<recorded>;

verdict judge_one(const meaning& what, const history_of& history) {
  const bool waits = std::any_of(history.begin(), history.end(), [](auto& one) { return one.waits; });
  if (what.monitor != nullptr && !waits)
    if (const verdict said = what.monitor(history, what.initial); said != verdict::unknown) return said;
  return search(what, history).said;
}

std::vector<history_of> by_key(const meaning& what, const history_of& history) {
  if (what.key == nullptr) return {history};
  std::map<std::int64_t, history_of> parts;
  for (const recorded& one : history) parts[what.key(one)].push_back(one);
  std::vector<history_of> made;
  for (auto& [key, part] : parts) made.push_back(std::move(part));
  return made;
}

void sort_by_call(history_of& history) {
  std::sort(history.begin(), history.end(), [](const recorded& left, const recorded& right) {
    return std::tie(left.called, left.returned, left.thread) < std::tie(right.called, right.returned, right.thread);
  });
}

/// What was seen up to a moment: later calls are not there, and later returns never came.
history_of until(const history_of& history, std::uint64_t moment) {
  history_of seen;
  for (recorded one : history) {
    if (one.called > moment) continue;
    if (one.returned > moment) one.returned = never;
    seen.push_back(one);
  }
  return seen;
}

/// Cuts the history after the first return that no order explains. What is legal was so at each moment.
void cut(const meaning& what, history_of& history) {
  std::vector<std::uint64_t> returns;
  for (const recorded& one : history)
    if (one.waits)
      return;
    else
      returns.push_back(one.returned);
  std::sort(returns.begin(), returns.end());
  std::size_t legal = 0, violated = returns.size();
  while (violated - legal > 1) {
    const std::size_t middle = (legal + violated) / 2;
    (judge_one(what, until(history, returns[middle - 1])) == verdict::violated ? violated : legal) = middle;
  }
  if (violated > 0) history = until(history, returns[violated - 1]);
}

/// Leaves out all that concerns some values, first many and then one at a time, while the rest is violated too.
void leave_out_values(const meaning& what, history_of& history) {
  if (what.about == nullptr) return;
  std::vector<std::int64_t> values;
  for (const recorded& one : history)
    if (const auto value = what.about(one)) values.push_back(*value);
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (std::size_t size = values.size() / 2; size > 0; size = std::min(size / 2, values.size())) {
    for (std::size_t from = 0; from < values.size();) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(from);
      const auto end = values.begin() + static_cast<std::ptrdiff_t>(std::min(from + size, values.size()));
      history_of rest;
      for (const recorded& one : history)
        if (const auto value = what.about(one); !value || !std::binary_search(begin, end, *value)) rest.push_back(one);
      if (judge_one(what, rest) == verdict::violated) {
        history = std::move(rest);
        values.erase(begin, end);
      } else {
        from += size;
      }
    }
  }
}

std::string describe(const recorded& one, const meaning& what, std::uint64_t start) {
  std::string text = "[" + std::to_string(one.called - start) + ", " +
                     (one.returned == never ? "…" : std::to_string(one.returned - start)) + "] thread " +
                     std::to_string(one.thread) + ": " + std::string(what.names[one.operation]) + "(" +
                     std::to_string(one.argument) + ")";
  return text + (one.waits ? " waits" : " = " + std::to_string(one.result));
}

}  // namespace

verdict judge(const meaning& what, const std::vector<recorded>& history) {
  verdict all = verdict::ok;
  for (const auto& part : by_key(what, history)) {
    const verdict said = judge_one(what, part);
    if (said == verdict::violated) return said;
    if (said == verdict::unknown) all = said;
  }
  return all;
}

std::string explain(const meaning& what, std::vector<recorded> history) {
  for (auto& part : by_key(what, history))
    if (judge_one(what, part) == verdict::violated) {
      history = std::move(part);
      break;
    }
  leave_out_values(what, history);
  cut(what, history);
  sort_by_call(history);
  const auto order = search(what, history).longest;
  std::vector<std::size_t> place(history.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i + 1;
  // Of those that could have come next, the one that had to.
  const recorded* misfit = nullptr;
  for (std::size_t i = 0; i < history.size(); ++i)
    if (place[i] == 0 && !history[i].waits && history[i].returned != never &&
        (misfit == nullptr || history[i].returned < misfit->returned))
      misfit = &history[i];
  const std::uint64_t start = history.empty() ? 0 : history.front().called;
  std::string text;
  for (std::size_t i = 0; i < history.size(); ++i) {
    text += describe(history[i], what, start);
    if (place[i] != 0) text += "   #" + std::to_string(place[i]);
    if (&history[i] == misfit) text += "   fits nowhere after #" + std::to_string(order.size());
    if (misfit == nullptr && history[i].waits)
      text += "   though nothing keeps it after #" + std::to_string(order.size());
    text += "\n";
  }
  return text;
}

}  // namespace gauntlet::harness
