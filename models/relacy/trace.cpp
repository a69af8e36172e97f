#include "models/relacy/trace.hpp"

#include <algorithm>

#include "models/relacy/execution.hpp"
#include "models/relacy/relacy.hpp"
#include "models/relacy/scheduler.hpp"

namespace gauntlet::relacy {

namespace {

using model::cast;

/// Only a livelock comes near it; what leads to any failure lies close to its end.
constexpr std::size_t longest_trace = 2000;

model::told_step told(const step& did) {
  model::told_step out{.operation = did.operation,
                       .thread = did.thread,
                       .object = did.object,
                       .type = did.type,
                       .value = did.value,
                       .order = did.order,
                       .reads_from = {},
                       .stale = did.stale,
                       .where = did.where};
  if (did.read != no_token) out.reads_from = current().step_of(did.read);
  return out;
}

std::string stuck(const cast& who) {
  std::string all;
  for (const auto& asleep : current().sleepers()) {
    const auto newest = newest_value(asleep.object);
    all += (all.empty() ? "" : "; ") + who.person(static_cast<int>(asleep.thread)) + " sleeps for ever on " +
           who.variable(asleep.object) + ", which held " + std::to_string(asleep.expected) +
           (newest == asleep.expected ? " and still does"
                                      : " and holds " + std::to_string(static_cast<std::uint64_t>(newest)) + " now");
  }
  return all;
}

}  // namespace

void name_failure(int verdict) {
  auto& broken = current().broken;
  if (broken.violation_class != nullptr) return;
  broken.thread = current().now == execution::phase::roles ? the_search.running : setup_thread;
  switch (verdict) {
    case rl::test_result_data_race:
      broken.violation_class = "data_race";
      break;
    case rl::test_result_access_to_freed_memory:
      broken.violation_class = "use_after_free";
      break;
    case rl::test_result_unitialized_access:
      broken.violation_class = "undefined";
      break;
    case rl::test_result_deadlock: {
      const auto& asleep = current().sleepers();
      const bool lost = std::any_of(asleep.begin(), asleep.end(),
                                    [](const sleeper& who) { return newest_value(who.object) != who.expected; });
      broken.violation_class = lost ? "lost_wakeup" : "deadlock";
      break;
    }
    case rl::test_result_livelock:
      broken.violation_class = "livelock";
      break;
    default:
      broken.violation_class = "crash";
      broken.message = std::string("Relacy says: ") + rl::test_result_str(static_cast<rl::test_result_e>(verdict));
  }
}

harness::violation describe_failure(const harness::scenario& what, const void* storage) {
  const model::scenario_cast who(what, storage, current().blocks(), current().role_count);
  auto& broken = current().broken;
  harness::violation told_as;
  told_as.violation_class = broken.violation_class;
  const auto& steps = current().steps();
  const std::size_t left_out = steps.size() > longest_trace ? steps.size() - longest_trace : 0;
  for (std::size_t number = left_out; number < steps.size(); ++number)
    told_as.trace.push_back(who.told(told(steps[number]), number));

  const std::string_view name = broken.violation_class;
  const step* failed = nullptr;
  if (name == "data_race" || name == "use_after_free" || name == "undefined") {
    failed = &current().intended(broken.thread);
    broken.where = failed->where;
  }
  if (name == "data_race") {
    std::vector<model::told_step> all;
    std::transform(steps.begin(), steps.end(), std::back_inserter(all), told);
    broken.message = race(who, all, told(*failed));
  }
  if (name == "use_after_free") broken.message = who.variable(failed->object) + " is accessed after its life has ended";
  if (name == "undefined") broken.message = who.variable(failed->object) + " is read before it was given a value";
  if (name == "livelock") broken.message = "no end after 20000 scheduling points: threads wait for each other in turns";
  if ((name == "deadlock" || name == "lost_wakeup") && broken.message.empty()) {
    broken.message = stuck(who);
    if (!current().sleepers().empty()) broken.where = current().sleepers().front().where;
  }
  if (failed != nullptr) told_as.trace.push_back(who.told(told(*failed), steps.size()));
  told_as.message = broken.message;
  if (left_out != 0)
    told_as.message += "\nThe trace begins at step " + std::to_string(left_out) + ", the " +
                       std::to_string(longest_trace) + "th from its end.";
  if (broken.where.file != nullptr) told_as.where = harness::at(broken.where);
  return told_as;
}

}  // namespace gauntlet::relacy
