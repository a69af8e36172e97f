/// Monitors of what is one number: counter, permits, flag.

#include <algorithm>
#include <queue>
#include <tuple>

#include "harness/monitors.hpp"

namespace gauntlet::harness {
namespace {

/// A call or a return.
struct stamp {
  std::uint64_t time;
  bool returns;
  std::size_t which;
};

/// In their order; at the same time calls first, as an equal stamp is no order. Returns that never came are left out.
template <class Event>
std::vector<stamp> stamps_of(const std::vector<timed<Event>>& history) {
  std::vector<stamp> made;
  made.reserve(2 * history.size());
  for (std::size_t i = 0; i < history.size(); ++i) {
    made.push_back({history[i].called, false, i});
    if (history[i].returned != never) made.push_back({history[i].returned, true, i});
  }
  std::sort(made.begin(), made.end(), [](const stamp& a, const stamp& b) {
    return std::tie(a.time, a.returns, a.which) < std::tie(b.time, b.returns, b.which);
  });
  return made;
}

}  // namespace

verdict growing_counter::judge(const std::vector<timed<growing_counter>>& history, const model_state& initial) {
  if (initial.size() != 1) return verdict::unknown;
  std::vector<const timed<growing_counter>*> order;
  for (const auto& one : history) {
    if (one.event.what == added && one.event.amount <= 0) return verdict::unknown;
    if (one.event.what == added || one.returned != never) order.push_back(&one);
  }
  // By value, an update before the reads of what it made.
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) {
    return std::tie(a->event.value, a->event.what) < std::tie(b->event.value, b->event.what);
  });
  // Updates that never returned, and that nothing relies on which did, had no effect. What others had is a guess.
  while (!order.empty() && order.back()->returned == never) order.pop_back();
  const bool guesses = std::any_of(order.begin(), order.end(), [](auto* one) { return one->returned == never; });
  const verdict wrong = guesses ? verdict::unknown : verdict::violated;
  std::int64_t value = initial.front();
  // When the last update was, and the least that the next one can be: after all reads of this value.
  std::uint64_t updated = 0, next = 0;
  for (const auto* one : order) {
    if (one->event.value != value + (one->event.what == added ? one->event.amount : 0)) return wrong;
    value = one->event.value;
    if (one->event.what == added) updated = next = std::max(next, one->called);
    if (one->returned < updated) return wrong;
    next = std::max(next, one->called);
  }
  return verdict::ok;
}

verdict permits::judge(const std::vector<timed<permits>>& history, const model_state& initial) {
  if (initial.size() != 1) return verdict::unknown;
  for (const auto& one : history)
    if (one.event.what == refused) return verdict::unknown;
  std::int64_t free = initial.front();
  for (const stamp& now : stamps_of(history)) {
    const permits& event = history[now.which].event;
    if (event.what == released && !now.returns) free += event.amount;
    if (event.what == acquired && now.returns && (free -= event.amount) < 0) return verdict::violated;
  }
  return verdict::ok;
}

verdict flag::judge(const std::vector<timed<flag>>& history, const model_state& initial) {
  if (initial.size() != 1) return verdict::unknown;
  bool on = initial.front() != 0;
  // By what the flag is afterwards: calls that could turn it, the next to return first, and those that saw it.
  const auto later = [&](std::size_t a, std::size_t b) {
    return std::tie(history[a].returned, a) > std::tie(history[b].returned, b);
  };
  using soonest_first = std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)>;
  soonest_first turning[2] = {soonest_first(later), soonest_first(later)};
  std::vector<std::size_t> watching[2];
  std::vector<bool> settled(history.size());
  const auto turn = [&] {
    auto& candidates = turning[on ? 0 : 1];
    if (candidates.empty()) return false;
    settled[candidates.top()] = true;
    candidates.pop();
    on = !on;
    for (const std::size_t one : watching[on ? 1 : 0]) settled[one] = true;
    watching[on ? 1 : 0].clear();
    return true;
  };
  for (const stamp& now : stamps_of(history)) {
    const act what = history[now.which].event.what;
    const bool turns = what == turned_on || what == turned_off;
    const bool to = what == turned_on || what == was_on;
    if (!now.returns && turns) turning[to ? 1 : 0].push(now.which);
    if (!now.returns && !turns && on == to) settled[now.which] = true;
    if (!now.returns && !turns && on != to) watching[to ? 1 : 0].push_back(now.which);
    if (!now.returns) continue;
    // Whoever turns it must find it the other way.
    if (!settled[now.which] && turns && on == to && !turn()) return verdict::violated;
    if (!settled[now.which] && !turn()) return verdict::violated;
  }
  return verdict::ok;
}

}  // namespace gauntlet::harness
