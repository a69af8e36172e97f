#include <algorithm>

#include "models/rc11/cell/run.hpp"

namespace gauntlet::rc11 {

namespace {

/// Who waits for what.
std::string stuck(const model::cast& who, explorer& found) {
  std::string all;
  for (const auto& it : found.waiters()) {
    all += (all.empty() ? "" : "; ") + who.person(static_cast<int>(it.thread) - 1);
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

/// Runs the execution once more, and tells it.
harness::violation describe(explorer& found, const violation& broken, const std::function<void()>& program,
                            const harness::scenario& what, const void* storage) {
  account& told = current();
  told.recording = true;
  found.repeat(program);
  told.recording = false;

  const model::cast who(what, storage, told.heap, told.roles);
  harness::violation out;
  out.violation_class = broken.violation_class;
  out.message = broken.message;
  std::uint64_t number = 0;
  for (const auto& step : told.steps()) out.trace.push_back(who.told(step, number++));
  sync::site where = from(broken.where);
  const std::string& name = out.violation_class;
  if (name == "data_race" || name == "use_after_free" || name == "undefined" || name == "double_free") {
    const auto& failed = told.intended(static_cast<int>(broken.thread) - 1);
    where = failed.where;
    if (name == "data_race") out.message = model::race(who, told.steps(), failed);
    if (name == "use_after_free") out.message = who.variable(failed.object) + " is accessed after its life has ended";
    if (name == "undefined") out.message = who.variable(failed.object) + " is read before it was given a value";
    out.trace.push_back(who.told(failed, number));
  }
  if (name == "deadlock" || name == "lost_wakeup" || name == "livelock")
    if (const std::string waits = stuck(who, found); !waits.empty()) out.message = waits;
  if (name == "leak") {
    const auto left = std::find_if(told.heap.begin(), told.heap.end(), [](const auto& it) { return it.second.alive; });
    if (left != told.heap.end())
      out.message = model::heap_name(left->second) + " is still alive when everything is over";
  }
  if (where.file != nullptr) out.where = harness::at(where);
  out.dot = dot_of(found.execution(), told, who);
  return out;
}

struct stronger {
  memory_model model;
  const char* name;
  const char* says;
};
constexpr stronger all_stronger[] = {
    {memory_model::sc, "sc", "It happens on any machine: its steps can be taken one after another."},
    {memory_model::tso, "tso", "It happens on x86, whose stores may be late."}};
/// Seconds that the search under each of them may take.
constexpr double for_stronger = 0.5;

}  // namespace

harness::violation show(explorer& found, const violation& broken, const std::function<void()>& program,
                        const limits& how, const harness::scenario& what, const void* storage) {
  for (const auto& it : all_stronger) {
    explorer check;
    limits within = how;
    within.model = it.model;
    within.seconds = for_stronger;
    const auto seen = check.explore(program, within);
    if (!seen.broken) continue;
    auto told = describe(check, *seen.broken, program, what, storage);
    told.message += std::string("\n") + it.says;
    told.strongest_model = it.name;
    return told;
  }
  auto told = describe(found, broken, program, what, storage);
  told.message += "\nOnly weakly ordered machines, and compilers, show it.";
  told.strongest_model = "rc11";
  return told;
}

}  // namespace gauntlet::rc11
