#include "tests/rc11/oracle.hpp"

#include <algorithm>

#include "tests/rc11/axioms.hpp"
#include "tests/rc11/queues.hpp"

namespace gauntlet::oracle {

namespace {

using order_of_writes = std::vector<unsigned>;

/// Every order of a location's writes that begins with the initial one, has each read-modify-write right behind the
/// write that it read, and is coherent. A location that isn't used has one, the empty one.
std::vector<order_of_writes> coherent_orders(const axioms& by, const candidate& what, litmus::location where) {
  order_of_writes writes;
  for (unsigned e = 0; e < what.events.size(); ++e)
    if (what.events[e].what == sort::write && what.events[e].where == where) writes.push_back(e);
  if (writes.empty()) return {{}};
  std::vector<order_of_writes> out;
  const auto atomic = [&] {
    for (std::size_t i = 1; i < writes.size(); ++i)
      if (what.events[writes[i]].update && what.source[writes[i] - 1] != writes[i - 1]) return false;
    return true;
  };
  do {
    if (atomic() && by.coherent(writes)) out.push_back(writes);
  } while (std::next_permutation(writes.begin() + 1, writes.end()));
  return out;
}

}  // namespace

litmus::memory_image execution::memory() const {
  litmus::memory_image out{};
  for (unsigned i = 0; i < litmus::location_count; ++i)
    if (!coherence[i].empty()) out[i] = what.events[coherence[i].back()].held;
  return out;
}

void each_execution(const litmus::program& program, model by, const std::function<void(const execution&)>& found) {
  each_candidate(program, [&](const candidate& what) {
    const axioms rules(what, by);
    if (!rules.happens_before_is_an_order()) return;
    std::array<std::vector<order_of_writes>, litmus::location_count> choices;
    for (unsigned i = 0; i < litmus::location_count; ++i) {
      choices[i] = coherent_orders(rules, what, static_cast<litmus::location>(i));
      if (choices[i].empty()) return;
    }
    execution made{.what = what, .coherence = {}, .racy = rules.racy(), .stuck = !what.stuck.empty() || what.asleep};
    const std::function<void(std::size_t)> choose = [&](std::size_t at) {
      if (at == choices.size()) {
        // An await that could read something newer goes on some day.
        for (const unsigned read : what.stuck)
          if (made.coherence[what.events[read].where].back() != what.source[read]) return;
        if (!rules.globally_consistent(made.coherence)) return;
        for (const auto& queues : queue_orders(rules, what, made.coherence)) {
          made.queues = queues;
          found(made);
        }
        return;
      }
      for (const auto& each : choices[at]) {
        made.coherence[at] = each;
        choose(at + 1);
      }
    };
    choose(0);
  });
}

verdict judge(const litmus::program& what, const std::vector<litmus::location>& observed, model by) {
  verdict out;
  each_execution(what, by, [&](const execution& found) {
    if (found.stuck) return;
    ++out.executions;
    out.racy = out.racy || found.racy;
    out.outcomes.insert(litmus::outcome(what, observed, found.what.registers, found.memory()));
  });
  return out;
}

std::string signature(const execution& found) {
  const auto name = [&](unsigned e) {
    const auto& it = found.what.events[e];
    return it.thread < 0 ? std::string("-") : std::to_string(it.thread) + "." + std::to_string(it.instruction);
  };
  std::vector<std::string> parts;
  for (unsigned e = 0; e < found.what.events.size(); ++e)
    if (found.what.events[e].what == sort::read && !found.what.events[e].plain())
      parts.push_back(name(e) + "<" + name(found.what.source[e]));
  std::sort(parts.begin(), parts.end());
  for (unsigned i = 0; i < litmus::a; ++i) {
    std::string order;
    // The initial write is everywhere the first.
    for (std::size_t at = 1; at < found.coherence[i].size(); ++at) order += " " + name(found.coherence[i][at]);
    if (!order.empty()) parts.push_back("|" + order);
  }
  std::string out = found.queues;
  for (const auto& part : parts) out += part + " ";
  return out;
}

}  // namespace gauntlet::oracle
