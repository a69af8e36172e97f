/// harness::run on the exhaustive checker: each size of a scenario, smallest first, to its end or the budget's.

#include "models/rc11/cell/run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

namespace gauntlet::rc11 {

namespace {

using harness::scenario;
using harness::shape;
using steady = std::chrono::steady_clock;

/// Linearizability speaks of real time, the memory model only of happens-before: the clock of histories synchronises
/// all who read it.
alignas(16) constexpr unsigned char the_clock[16] = {};

struct running_role {
  const scenario* what;
  void* storage;
  unsigned role;
};

/// The whole of a scenario's execution: what thread 0 does. @param seen what executions came to, if they tell
std::function<void()> program_of(const scenario& what, const shape& size, void* storage, harness::tally* seen) {
  return [&what, size, storage, seen] {
    current().begin(size.threads);
    explorer& here = engine();
    here.create(the_clock, 8, 0, {});
    what.construct(storage, size);
    what.before(storage);
    std::vector<running_role> roles;
    for (unsigned role = 0; role < size.threads; ++role) roles.push_back({&what, storage, role});
    for (auto& role : roles)
      here.thread_start(
          [](void* it) {
            const auto& own = *static_cast<running_role*>(it);
            own.what->thread(own.storage, own.role);
            current().end(acting());
          },
          &role, {});
    for (unsigned role = 0; role < size.threads; ++role) here.thread_join(role + 1, {});
    what.after(storage);
    if (seen != nullptr) seen->expect(storage);
    what.destroy(storage);
  };
}

/// One search: a size, and how many spurious wake-ups and failures an execution may have.
struct stage {
  shape size;
  unsigned spurious;
};

/// Executions of an endless loop end after so many events: a few times what any scenario needs.
constexpr unsigned most_events = 1000;

/// How many executions there were: of sizes that were explored to their end, the last such search of each, and others.
struct sum {
  std::uint64_t of_sizes = 0;
  std::uint64_t of_size = 0;
  std::uint64_t of_others = 0;

  void add(const statistics& seen) {
    if (seen.exhausted)
      of_size = seen.complete;
    else
      of_others += seen.complete;
  }
  void next_size() { of_sizes += std::exchange(of_size, 0); }
  std::uint64_t total(harness::coverage covered) const {
    return of_sizes + of_size + (covered == harness::coverage::sampled ? of_others : 0);
  }
};

/// Without anything spurious first, as that multiplies most.
std::vector<stage> stages_of(const scenario& what, const harness::options& how) {
  std::vector<stage> all;
  for (const auto& size : what.model) {
    if (how.replay && (how.replay->size.threads != size.threads || how.replay->size.operations != size.operations))
      continue;
    all.push_back({size, 0});
    all.push_back({size, 1});
  }
  return all;
}

}  // namespace

std::uint64_t count() {
  return static_cast<std::uint64_t>(engine().modify(the_clock, 8, operation::add, 1, order::acq_rel, {})) + 1;
}

}  // namespace gauntlet::rc11

namespace gauntlet::harness {

result run(const scenario& what, const options& how) {
  using namespace rc11;
  const std::unique_ptr<void, decltype(&std::free)> storage(
      std::aligned_alloc(std::max<std::size_t>(what.alignment, 64), (what.size + 63) / 64 * 64), &std::free);
  result found;
  found.check = what.name;
  found.outcome = finding::clean;
  found.unit = "executions";
  found.seed = how.replay ? how.replay->seed : how.seed;
  const auto started = steady::now();
  const auto spent = [&] { return std::chrono::duration<double>(steady::now() - started).count(); };
  const auto stages = stages_of(what, how);
  std::size_t left = stages.size();
  sum explored;
  std::optional<harness::tally> came_to;
  if (what.outcome != nullptr) came_to.emplace(what);
  bool more_spurious = false;
  for (const auto& [size, spurious] : stages) {
    limits within;
    within.events = most_events;
    within.spurious = spurious;
    within.seconds = how.replay ? 1e9 : (how.seconds - spent()) / static_cast<double>(left);
    --left;
    if (spurious == 0) explored.next_size();
    if (spurious != 0 && !more_spurious) continue;
    const auto program = program_of(what, size, storage.get(), came_to ? &*came_to : nullptr);
    if (came_to) came_to->clear();
    explorer check;
    const auto seen = check.explore(program, within);
    explored.add(seen);
    // A search that ends has all that those before it had.
    if (came_to && (seen.exhausted || seen.broken || found.covered == coverage::sampled))
      found.outcomes = came_to->counts();
    if (seen.broken) {
      found.outcome = finding::violated;
      found.covered = coverage::sampled;
      found.bounds = size;
      found.time_outs = found.spurious_wakeups = {};
      found.broken = show(check, *seen.broken, program, within, [&](explorer& shown, const rc11::violation& broken) {
        return describe(shown, broken, program, what, storage.get());
      });
      found.broken->replay = to_string({.primitive = how.primitive,
                                        .engine = how.engine,
                                        .check = what.name,
                                        .size = size,
                                        .seed = found.seed,
                                        .iteration = seen.complete + seen.blocked + seen.cut + 1});
      break;
    }
    more_spurious = seen.exhausted && seen.more_spurious;
    if (seen.exhausted || found.covered == coverage::sampled) found.bounds = size;
    if (!seen.exhausted) continue;
    found.covered = seen.bound || found.covered == coverage::bounded ? coverage::bounded : coverage::complete;
    found.time_outs = seen.more_timeouts ? std::optional(within.timeouts) : std::nullopt;
    found.spurious_wakeups = seen.more_spurious ? std::optional(spurious) : std::nullopt;
  }
  found.explored = explored.total(found.covered);
  if (!found.bounds) {
    found.outcome = finding::unknown;
    found.reason =
        how.replay ? "the token's size is none of this scenario's" : "the scenario has no size for the models";
  }
  found.seconds = spent();
  return found;
}

}  // namespace gauntlet::harness
