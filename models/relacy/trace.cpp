#include "models/relacy/trace.hpp"

#include <cxxabi.h>

#include <algorithm>

#include "harness/names.hpp"
#include "models/relacy/execution.hpp"
#include "models/relacy/relacy.hpp"
#include "models/relacy/scheduler.hpp"

namespace gauntlet::relacy {

namespace {

using harness::names;
using harness::trace_event;

/// Only a livelock comes near it; what leads to any failure lies close to its end.
constexpr std::size_t longest_trace = 2000;

const char* order_name(int order) {
  constexpr const char* orders[] = {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
  return order < 0 ? "" : orders[order];
}

std::string heap_name(const block& what) {
  return harness::readable_type(what.type) + "#" + std::to_string(what.number);
}

std::string hexadecimal(bits value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[static_cast<unsigned>(value & 15U)]);
    value >>= 4U;
  } while (value != 0);
  return "0x" + digits;
}

std::string shown(bits value, model::value_type type) {
  switch (type.kind) {
    case model::value_kind::boolean:
      return value != 0 ? "true" : "false";
    case model::value_kind::unsigned_integer:
      return std::to_string(static_cast<std::uint64_t>(value));
    case model::value_kind::signed_integer: {
      const unsigned unused = 64U - std::min(type.size, std::uint8_t{8}) * 8U;
      return std::to_string(static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << unused) >> unused);
    }
    case model::value_kind::pointer: {
      if (value == 0) return "null";
      const auto* address = reinterpret_cast<const void*>(static_cast<std::uintptr_t>(value));
      const auto found = current().blocks().find(address);
      return found == current().blocks().end() ? hexadecimal(value) : "&" + heap_name(found->second);
    }
    case model::value_kind::other:
      break;
  }
  return type.size == 0 ? "" : hexadecimal(value);
}

/// Names for everything that this execution touched.
class cast {
 public:
  cast(const harness::scenario& what, const void* storage) : what_(what) {
    names_.add(storage, what.type->name(), "");
    for (const auto& [address, made] : current().blocks()) names_.add(address, made.type, heap_name(made) + ".");
  }

  std::string variable(const void* object) const {
    if (object == nullptr) return "";
    const auto found = current().blocks().find(object);
    std::string name = names_.of(object);
    if (!name.empty()) return name;
    if (found != current().blocks().end()) return heap_name(found->second);
    // A local of some thread: no debug information says which frame it lies in.
    std::size_t place = 0;
    while (place < locals_.size() && locals_[place] != object) ++place;
    if (place == locals_.size()) locals_.push_back(object);
    return "local#" + std::to_string(place);
  }

  /// The variable of a step, or the heap node that it makes or frees.
  std::string subject(const step& did) const {
    const std::string_view operation = did.operation;
    const auto found = current().blocks().find(did.object);
    if ((operation == "allocate" || operation == "free") && found != current().blocks().end())
      return heap_name(found->second);
    return variable(did.object);
  }

  std::string role(int thread) const {
    if (thread == setup_thread) return "setup";
    const auto index = static_cast<unsigned>(thread);
    return index < current().role_count ? std::string(what_.role(index))
                                        : "spawned " + std::to_string(index - current().role_count + 1);
  }

  std::string person(int thread) const {
    return thread == setup_thread ? "setup" : role(thread) + " " + std::to_string(thread);
  }

 private:
  const harness::scenario& what_;
  names names_;
  mutable std::vector<const void*> locals_;
};

trace_event told(const cast& who, const step& did, std::uint64_t number) {
  trace_event event;
  event.step = number;
  event.thread = did.thread;
  event.role = who.role(did.thread);
  event.operation = did.operation;
  event.variable = who.subject(did);
  event.value = shown(did.value, did.type);
  event.order = order_name(did.order);
  if (did.read != no_token) event.reads_from = current().step_of(did.read);
  event.stale = did.stale;
  if (did.where.file != nullptr) event.where = harness::at(did.where);
  return event;
}

/// Whether a step conflicts with every other on its object. An atomic access does so only with the object's making and
/// end.
bool modifies(const step& did) {
  const std::string_view operation = did.operation;
  return operation == "write" || operation == "destroy" || operation == "initialise";
}

/// A race's two sides: the step that failed, and the last one that it conflicts with. Relacy says only that there is
/// one.
std::string race(const cast& who, const step& failed) {
  const auto& steps = current().steps();
  for (auto it = steps.rbegin(); it != steps.rend(); ++it) {
    if (it->object != failed.object || it->thread == failed.thread) continue;
    if (!modifies(*it) && !modifies(failed)) continue;
    return who.variable(failed.object) + ": the " + failed.operation + " by " + who.person(failed.thread) +
           " and the " + it->operation + " by " + who.person(it->thread) + " at step " +
           std::to_string(steps.rend() - it - 1) + " conflict, and no happens-before orders them";
  }
  return who.variable(failed.object) + ": two conflicting accesses that no happens-before orders";
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
  const cast who(what, storage);
  auto& broken = current().broken;
  harness::violation told_as;
  told_as.violation_class = broken.violation_class;
  const auto& steps = current().steps();
  const std::size_t left_out = steps.size() > longest_trace ? steps.size() - longest_trace : 0;
  for (std::size_t number = left_out; number < steps.size(); ++number)
    told_as.trace.push_back(told(who, steps[number], number));

  const std::string_view name = broken.violation_class;
  const step* failed = nullptr;
  if (name == "data_race" || name == "use_after_free" || name == "undefined") {
    failed = &current().intended(broken.thread);
    broken.where = failed->where;
  }
  if (name == "data_race") broken.message = race(who, *failed);
  if (name == "use_after_free") broken.message = who.variable(failed->object) + " is accessed after its life has ended";
  if (name == "undefined") broken.message = who.variable(failed->object) + " is read before it was given a value";
  if (name == "livelock") broken.message = "no end after 20000 scheduling points: threads wait for each other in turns";
  if ((name == "deadlock" || name == "lost_wakeup") && broken.message.empty()) {
    broken.message = stuck(who);
    if (!current().sleepers().empty()) broken.where = current().sleepers().front().where;
  }
  if (failed != nullptr) told_as.trace.push_back(told(who, *failed, steps.size()));
  told_as.message = broken.message;
  if (left_out != 0)
    told_as.message += "\nThe trace begins at step " + std::to_string(left_out) + ", the " +
                       std::to_string(longest_trace) + "th from its end.";
  if (broken.where.file != nullptr) told_as.where = harness::at(broken.where);
  return told_as;
}

}  // namespace gauntlet::relacy
