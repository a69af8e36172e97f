#include "models/rc11/told/tell.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace gauntlet::rc11 {

namespace {

/// Who waits for what.
std::string stuck(const model::cast& who, explorer& found, int first) {
  std::string all;
  for (const auto& it : found.waiters()) {
    all += (all.empty() ? "" : "; ") + who.person(static_cast<int>(it.thread) + first);
    if (it.word == nullptr) {
      all += " spins for ever, as what it reads stays as it is";
      continue;
    }
    const auto newest = found.final_value(it.word);
    const auto held = [](bits value) { return std::to_string(static_cast<std::uint64_t>(value)); };
    all += " sleeps for ever on " + who.variable(it.word) + ", which held " + held(it.expected) +
           (newest == it.expected ? " and still does" : " and holds " + held(newest) + " now");
  }
  return all;
}

struct strength {
  memory_model model;
  const char* name;
};
constexpr strength all_stronger[] = {{memory_model::sc, "sc"}, {memory_model::tso, "tso"}};
/// Seconds that the search under each of them may take.
constexpr double for_stronger = 0.5;
/// Where none does: events of the executions that are looked at for one that is easier to follow.
constexpr std::uint64_t events_for_simpler = 300'000;

}  // namespace

bool fails_a_step(std::string_view violation_class) {
  constexpr std::array<std::string_view, 4> all{"data_race", "use_after_free", "undefined", "double_free"};
  return std::find(all.begin(), all.end(), violation_class) != all.end();
}

const char* meaning_of(memory_model strongest) {
  switch (strongest) {
    case memory_model::sc:
      return "It happens on any machine: its steps can be taken one after another.";
    case memory_model::tso:
      return "It happens on x86, whose stores may be late.";
    case memory_model::ra:
    case memory_model::rc11:
      break;
  }
  return "Only weakly ordered machines, and compilers, show it.";
}

harness::violation tell(explorer& found, const violation& broken, steps& told, const model::cast& who) {
  harness::violation out;
  out.violation_class = broken.violation_class;
  out.message = broken.message;
  std::uint64_t number = 0;
  for (const auto& step : told.all()) out.trace.push_back(who.told(step, number++));
  const std::string& name = out.violation_class;
  if (fails_a_step(name)) {
    const auto& failed = told.intended(static_cast<int>(broken.thread) + told.first());
    if (name == "data_race") out.message = model::race(who, told.all(), failed);
    if (name == "use_after_free") out.message = who.variable(failed.object) + " is accessed after its life has ended";
    if (name == "undefined") out.message = who.variable(failed.object) + ": " + broken.message;
    out.trace.push_back(who.told(failed, number));
    out.where = out.trace.back().where;
  }
  if (name == "deadlock" || name == "lost_wakeup" || name == "livelock")
    if (const std::string waits = stuck(who, found, told.first()); !waits.empty()) out.message = waits;
  out.dot = dot_of(found.execution(), told, who);
  return out;
}

harness::violation show(explorer& found, const std::function<void()>& program, const limits& how,
                        const description& describe) {
  for (const auto& it : all_stronger) {
    explorer check;
    limits within = how;
    within.model = it.model;
    within.seconds = for_stronger;
    const auto seen = check.explore(program, within);
    if (!seen.broken) continue;
    auto told = describe(check, *seen.broken);
    told.message += std::string("\n") + meaning_of(it.model);
    told.strongest_model = it.name;
    return told;
  }
  auto told = describe(found, found.simplify(program, events_for_simpler).broken);
  told.message += std::string("\n") + meaning_of(memory_model::rc11);
  told.strongest_model = "rc11";
  return told;
}

}  // namespace gauntlet::rc11
