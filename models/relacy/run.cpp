/// Runs a scenario on Relacy: one context per size, one execution after another until the budget ends or a promise
/// breaks.

#include <chrono>
#include <optional>
#include <sstream>

#include "harness/engine.hpp"
#include "harness/names.hpp"
#include "models/relacy/execution.hpp"
#include "models/relacy/relacy.hpp"
#include "models/relacy/scheduler.hpp"
#include "models/relacy/trace.hpp"

namespace gauntlet::relacy {

namespace {

using harness::scenario;
using harness::shape;
using steady = std::chrono::steady_clock;

const scenario* the_scenario = nullptr;
shape the_shape;
void* the_storage = nullptr;
/// What executions came to, if the scenario tells.
std::optional<harness::tally> the_tally;
steady::time_point the_end;
/// Executions of this context: the number of the last one, and where it stops however much time is left.
std::uint64_t the_last = 0;

/// What Relacy calls a test suite: the type-erased scenario in its hands.
template <rl::thread_id_t roles, rl::thread_id_t spawned>
struct suite : rl::test_suite<suite<roles, spawned>, roles> {
  static constexpr rl::thread_id_t dynamic_thread_count = spawned;

  void before() {
    current().begin(roles);
    start_clock();
    guarded([] {
      the_scenario->construct(the_storage, the_shape);
      the_scenario->before(the_storage);
    });
    current().now = execution::phase::roles;
  }

  void thread(unsigned role) {
    guarded([role] {
      the_scenario->thread(the_storage, role);
      current().end(role);
    });
  }

  void after() {
    current().now = execution::phase::teardown;
    guarded([] {
      the_scenario->after(the_storage);
      if (the_tally) the_tally->expect(the_storage);
      the_scenario->destroy(the_storage);
    });
    stop_clock();
    if (const auto* left = current().leaked(); left != nullptr)
      harness::fail("leak",
                    harness::readable_type(left->type) + "#" + std::to_string(left->number) +
                        " is still alive when everything is over",
                    {});
  }

 private:
  template <class Part>
  static void guarded(Part part) {
    try {
      part();
    } catch (const std::exception& thrown) {
      harness::fail("assertion", std::string("an exception left the scenario: ") + thrown.what());
    }
  }
};

// Relacy tracks `new` while this is 0. Here sync::make is the watched heap, and `new` stays the ordinary one: a context
// is told so from the outside, by the one way that C++ gives to a protected member.
template <auto member>
struct opener {
  friend int& untracked_new(rl::context& context) { return context.*member; }
};
int& untracked_new(rl::context& context);
template struct opener<&rl::context::disable_alloc_>;

template <rl::thread_id_t roles, rl::thread_id_t spawned>
rl::test_result_e explore(std::uint64_t first) {
  using tested = suite<roles, spawned>;
  using scheduler = portfolio_scheduler<roles + spawned>;
  rl::ostringstream ignored;
  rl::test_params parameters;
  parameters.output_stream = &ignored;
  parameters.progress_stream = &ignored;
  parameters.iteration_count = ~rl::iteration_t{0};
  parameters.execution_depth_limit = 20000;
  std::ostringstream start;
  start << first << ' ';
  std::istringstream state(start.str());
  typename scheduler::shared_context_t shared;
  rl::context_impl<tested, scheduler> context(parameters, shared);
  untracked_new(rl::ctx()) += 1;
  return context.simulate(ignored, state, false);
}

using explorer = rl::test_result_e (*)(std::uint64_t first);
constexpr unsigned most_roles = 4;
constexpr unsigned most_spawned = 2;
// By roles; without spawned threads, and with room for two: every context that exists costs seconds to compile.
constexpr explorer explorers[most_roles][2] = {{&explore<1, 0>, &explore<1, most_spawned>},
                                               {&explore<2, 0>, &explore<2, most_spawned>},
                                               {&explore<3, 0>, &explore<3, most_spawned>},
                                               {&explore<4, 0>, &explore<4, most_spawned>}};

bool enough() {
  return the_search.iteration >= the_last || (the_search.iteration % 64 == 0 && steady::now() >= the_end);
}
bool spend(unsigned& budget) {
  if (budget == 0) return false;
  --budget;
  return true;
}

/// How much is at stake in a run of that size: more calls, or as many by more threads.
std::pair<unsigned, unsigned> extent(const shape& size) {
  return {size.threads * size.operations, size.threads};
}

/// Explores one size until `end`, from execution `first` to `last` at most. @return whether a promise broke
bool explore_size(const shape& size, std::uint64_t seed, std::uint64_t first, std::uint64_t last,
                  steady::time_point end) {
  if (size.threads == 0 || size.threads > most_roles || size.spawned > most_spawned)
    throw std::invalid_argument("relacy runs 1 to 4 roles and 0 to 2 spawned threads, the scenario asks for " +
                                std::to_string(size.threads) + " and " + std::to_string(size.spawned));
  the_shape = size;
  the_end = end;
  the_last = last;
  the_search = {.seed = seed,
                .enough = &enough,
                .may_time_out = [] { return spend(current().timeouts_left); },
                .may_wake_spuriously = [] { return spend(current().spurious_left); }};
  const auto verdict = explorers[size.threads - 1][size.spawned == 0 ? 0 : 1](first);
  if (verdict == rl::test_result_success) return false;
  name_failure(static_cast<int>(verdict));
  return true;
}

}  // namespace

}  // namespace gauntlet::relacy

namespace gauntlet::harness {

result run(const scenario& what, const options& how) {
  using namespace relacy;
  the_scenario = &what;
  const std::unique_ptr<void, decltype(&std::free)> storage(
      std::aligned_alloc(std::max<std::size_t>(what.alignment, 64), (what.size + 63) / 64 * 64), &std::free);
  the_storage = storage.get();
  the_tally.reset();
  if (what.outcome != nullptr) the_tally.emplace(what);

  result found;
  found.check = what.name;
  found.outcome = finding::clean;
  found.unit = "executions";
  found.seed = how.replay ? how.replay->seed : how.seed;
  const auto started = steady::now();
  std::size_t left = what.model.size();
  for (const auto& size : what.model) {
    std::uint64_t first = 1;
    std::uint64_t last = ~std::uint64_t{0};
    const auto now = steady::now();
    auto end = now + (started +
                      std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(how.seconds)) - now) /
                         static_cast<int>(left--);
    if (how.replay) {
      if (how.replay->size.threads != size.threads || how.replay->size.operations != size.operations) continue;
      first = last = how.replay->iteration;
      end = steady::time_point::max();
    }
    const bool broke = explore_size(size, found.seed, first, last, end);
    found.explored += the_search.iteration - first + 1;
    if (!found.bounds || extent(size) > extent(*found.bounds)) found.bounds = size;
    if (broke) {
      found.outcome = finding::violated;
      found.broken = describe_failure(what, the_storage);
      found.broken->replay = to_string({.primitive = how.primitive,
                                        .engine = how.engine,
                                        .check = what.name,
                                        .size = size,
                                        .seed = found.seed,
                                        .iteration = the_search.iteration});
      break;
    }
  }
  if (found.explored == 0) {
    found.outcome = finding::unknown;
    found.reason =
        how.replay ? "the token's size is none of this scenario's" : "the scenario has no size for the models";
  }
  if (the_tally) found.outcomes = the_tally->counts();
  found.seconds = std::chrono::duration<double>(steady::now() - started).count();
  return found;
}

}  // namespace gauntlet::harness
