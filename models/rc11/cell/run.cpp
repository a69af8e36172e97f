/// harness::run on the exhaustive checker: each size of a scenario, smallest first, to its end or the budget's.

#include "models/rc11/cell/run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>

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

/// The whole of a scenario's execution: what thread 0 does.
std::function<void()> program_of(const scenario& what, const shape& size, void* storage) {
  return [&what, size, storage] {
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
    what.destroy(storage);
  };
}

const char* where_else(const scenario& what, const shape& size, void* storage, double seconds) {
  struct weaker {
    memory_model model;
    const char* says;
  };
  constexpr weaker all[] = {{memory_model::sc, "It happens on any machine: its steps can be taken one after another."},
                            {memory_model::tso, "It happens on x86, whose stores may be late."}};
  for (const auto& it : all) {
    explorer check;
    limits how;
    how.model = it.model;
    how.seconds = seconds;
    if (check.explore(program_of(what, size, storage), how).broken) return it.says;
  }
  return "Only weakly ordered machines, and compilers, show it.";
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
  found.covered = coverage::complete;
  found.unit = "executions";
  found.seed = how.replay ? how.replay->seed : how.seed;
  const auto started = steady::now();
  const auto spent = [&] { return std::chrono::duration<double>(steady::now() - started).count(); };
  std::size_t left = what.model.size();
  for (const auto& size : what.model) {
    limits within;
    within.seconds = (how.seconds - spent()) / static_cast<double>(left--);
    if (how.replay) {
      if (how.replay->size.threads != size.threads || how.replay->size.operations != size.operations) continue;
      within.seconds = 1e9;
    }
    const auto program = program_of(what, size, storage.get());
    explorer check;
    const auto explored = check.explore(program, within);
    found.explored += explored.complete;
    found.bounds = size;
    if (!explored.exhausted && !explored.broken) found.covered = coverage::sampled;
    if (explored.bound && found.covered == coverage::complete) found.covered = coverage::bounded;
    if (!explored.broken) continue;
    found.outcome = finding::violated;
    found.covered = coverage::sampled;
    found.broken = describe(check, *explored.broken, program, what, storage.get());
    found.broken->message += std::string("\n") + where_else(what, size, storage.get(), 0.5);
    found.broken->replay = to_string({.primitive = how.primitive,
                                      .engine = how.engine,
                                      .check = what.name,
                                      .size = size,
                                      .seed = found.seed,
                                      .iteration = explored.complete + explored.blocked + explored.cut + 1});
    break;
  }
  if (!found.bounds) {
    found.outcome = finding::unknown;
    found.reason =
        how.replay ? "the token's size is none of this scenario's" : "the scenario has no size for the models";
  }
  found.seconds = spent();
  return found;
}

}  // namespace gauntlet::harness
