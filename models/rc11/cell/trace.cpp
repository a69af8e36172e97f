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

}  // namespace

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
  return out;
}

}  // namespace gauntlet::rc11
