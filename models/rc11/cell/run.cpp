/// harness::run on the exhaustive checker: each size of a scenario, smallest first, to its end or the budget's.

#include "models/rc11/cell/run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "models/rc11/cell/ordinary.hpp"
#include "models/rc11/histories.hpp"
#include "models/rc11/memory.hpp"

namespace gauntlet::rc11 {

namespace {

using harness::scenario;
using harness::search_record;
using harness::shape;
using steady = std::chrono::steady_clock;

struct running_role {
  const scenario* what;
  void* storage;
  unsigned role;
};

/// The thread of the last role before this one that may be exchanged with it; 0 if there is none.
unsigned twin_of(const scenario& what, unsigned role) {
  for (unsigned other = role; other > 0; --other)
    if (what.alike(other - 1, role)) return other;
  return 0;
}

void run_roles(const scenario& what, const shape& size, void* storage) {
  explorer& here = engine();
  std::vector<running_role> roles;
  for (unsigned role = 0; role < size.threads; ++role) roles.push_back({&what, storage, role});
  for (auto& role : roles) {
    start_thread();
    here.thread_start(
        [](void* it) {
          const auto& own = *static_cast<running_role*>(it);
          own.what->thread(own.storage, own.role);
          end_thread();
        },
        &role, {}, twin_of(what, role.role));
  }
  for (unsigned role = 0; role < size.threads; ++role) here.thread_join(role + 1, {});
  if (current().started() == size.threads) ordinary().end_concurrency();
}

/// The whole of a scenario's execution: what thread 0 does. @param seen what executions came to, if they tell
std::function<void()> program_of(const scenario& what, const shape& size, void* storage, harness::tally* seen) {
  return [&what, size, storage, seen] {
    current().begin(size.threads);
    ordinary().begin();
    start_history(engine(), size.threads);
    what.construct(storage, size);
    what.before(storage);
    run_roles(what, size, storage);
    what.after(storage);
    if (seen != nullptr) seen->expect(storage);
    what.destroy(storage);
    end_thread();
  };
}

/// Executions of an endless loop end after so many events: a few times what any scenario needs.
constexpr unsigned most_events = 1000;

/// Random paths by which it is estimated how much there is to explore.
constexpr unsigned paths = 200;

/// One size, with so much at most that is spurious: what multiplies most comes last.
class one_search {
 public:
  one_search(const scenario& what, const shape& size, unsigned spurious, void* storage)
      : record{.size = size, .spurious_wakeups = spurious},
        program(program_of(what, size, storage, came_to_of(what))),
        what_(what),
        storage_(storage) {
    within.events = most_events;
    within.spurious = spurious;
  }

  /// @param seed of the random paths that say how much there is, where it doesn't come to its end in its first turn
  void proceed(double seconds, std::uint64_t seed) {
    const auto started = steady::now();
    const bool is_first = record.seconds == 0;
    within.seconds = seconds;
    seen = is_first ? check.explore(program, within) : check.resume(seconds);
    record.seconds += std::chrono::duration<double>(steady::now() - started).count();
    record.complete = seen.exhausted;
    record.explored = seen.complete;
    record.out_of_memory = seen.out_of_memory;
    // Not counted among what executions came to.
    if (is_first && is_open())
      guess = explorer().probe(program_of(what_, record.size, storage_, nullptr), within, paths, seed);
    record.estimate = guess.with(seen);
  }

  /// It has neither come to its end nor to something that ends it.
  bool is_open() const { return !seen.exhausted && !seen.broken && !seen.out_of_memory; }

  /// It is over, and with one more that is spurious there would have been more.
  bool goes_on() const { return seen.exhausted && record.spurious_wakeups == 0 && seen.more_spurious; }

  search_record record;
  /// What executions came to, if they tell.
  std::optional<harness::tally> came_to;
  const std::function<void()> program;
  limits within;
  explorer check;
  statistics seen;
  estimate guess;

 private:
  const scenario& what_;
  void* storage_;

  harness::tally* came_to_of(const scenario& what) {
    return what.outcome == nullptr ? nullptr : &came_to.emplace(what);
  }
};

/// About how much there is to explore, compared with other sizes.
unsigned amount(const shape& size) {
  return (size.threads + size.spawned) * size.operations;
}

using searches = std::vector<std::unique_ptr<one_search>>;

/// Smallest first.
std::vector<shape> sizes_of(const scenario& what, const harness::options& how) {
  std::vector<shape> sizes;
  for (const shape& size : what.model)
    if (!how.replay || (how.replay->size.threads == size.threads && how.replay->size.operations == size.operations))
      sizes.push_back(size);
  std::ranges::sort(sizes, {}, [](const shape& it) { return std::tuple(amount(it), it.threads, it.spawned); });
  return sizes;
}

/// What the cell's checks didn't use of their seconds: most come to their end in no time, so that others may go on.
double left_over = 0;

/// A check's own seconds and what is left over, three times its own at most: it counts as hung after four times.
double seconds_for(const harness::options& how) {
  return how.replay ? 1e9 : std::min(how.seconds + left_over, 3 * how.seconds);
}

/// All sizes by turns, as how long each takes isn't known beforehand: the smallest gets some time, each of the others
/// half of what the one before got, and then all twice as much, until they have come to their end or the time is up.
/// @return the one that found a violation, or null
one_search* by_turns(searches& all, const scenario& what, const harness::options& how, void* storage) {
  const auto end = steady::now() + std::chrono::duration<double>(seconds_for(how));
  std::vector<one_search*> open;
  current().reduces = !how.every_execution;
  const auto add = [&](const shape& size, unsigned spurious) {
    one_search& made = *all.emplace_back(std::make_unique<one_search>(what, size, spurious, storage));
    made.within.symmetry = !how.every_execution;
    open.push_back(&made);
  };
  for (const shape& size : sizes_of(what, how)) add(size, 0);
  for (double turn = how.replay ? 0.05 : how.seconds / 16; !open.empty(); turn *= 2) {
    const std::vector<one_search*> round = std::exchange(open, {});
    double share = turn;
    for (one_search* const one : round) {
      one_search& now = *one;
      const double left = std::chrono::duration<double>(end - steady::now()).count();
      if (left <= 0) return nullptr;
      now.proceed(std::min(share, left), how.seed);
      share /= 2;
      if (now.seen.broken) return &now;
      if (now.is_open())
        open.push_back(&now);
      else if (now.goes_on())
        add(now.record.size, 1);
    }
  }
  return nullptr;
}

/// What the searches have shown together: of each size, the last one that came to its end, or the one that came
/// farthest.
void sum_up(const searches& all, harness::result& found) {
  const one_search* largest = nullptr;
  const one_search* told = nullptr;
  std::map<std::pair<unsigned, unsigned>, std::uint64_t> complete, any;
  for (const auto& one : all) {
    if (one->record.seconds == 0) continue;
    const auto& size = one->record.size;
    if (one->seen.out_of_memory)
      found.notes.push_back(std::to_string(size.threads) + " × " + std::to_string(size.operations) +
                            ": stopped at the memory budget of " + memory_words(one->within.memory));
    found.searches.push_back(one->record);
    found.bounds = largest == nullptr ? size : largest->record.size;
    auto& explored = any[{size.threads, size.operations}];
    explored = std::max(explored, one->record.explored);
    if (largest == nullptr) told = one.get();
    if (!one->record.complete) continue;
    complete[{size.threads, size.operations}] = one->record.explored;
    if (largest == nullptr || amount(size) >= amount(largest->record.size)) told = largest = one.get();
    if (one->seen.bound) found.covered = harness::coverage::bounded;
  }
  if (largest != nullptr) {
    found.bounds = largest->record.size;
    if (found.covered != harness::coverage::bounded) found.covered = harness::coverage::complete;
    if (largest->seen.twins != 0) found.interchangeable = largest->seen.twins;
    if (largest->seen.more_timeouts) found.time_outs = largest->within.timeouts;
    if (largest->seen.more_spurious) found.spurious_wakeups = largest->record.spurious_wakeups;
  }
  for (const auto& one : all)
    if (one->seen.broken) told = one.get();
  if (told != nullptr && told->came_to) found.outcomes = told->came_to->counts();
  for (const auto& [size, explored] : largest != nullptr ? complete : any) found.explored += explored;
}

}  // namespace

void start_thread() {
  current().start();
  ordinary().begin_concurrency();
}

void end_thread() {
  if (current().end(acting())) ordinary().expect_all_released();
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
  arena::listening = &ordinary();
  ordinary().begin_check();
  const auto started = steady::now();
  searches all;
  one_search* const broken = by_turns(all, what, how, storage.get());
  left_over += how.seconds - std::chrono::duration<double>(steady::now() - started).count();
  sum_up(all, found);
  if (broken != nullptr) {
    const statistics& seen = broken->seen;
    found.outcome = finding::violated;
    found.covered = coverage::sampled;
    found.bounds = broken->record.size;
    found.interchangeable = found.time_outs = found.spurious_wakeups = {};
    found.broken =
        show(broken->check, broken->program, broken->within, [&](explorer& shown, const rc11::violation& broken_there) {
          return describe(shown, broken_there, broken->program, what, storage.get());
        });
    found.broken->replay = to_string({.primitive = how.primitive,
                                      .engine = how.engine,
                                      .check = what.name,
                                      .size = broken->record.size,
                                      .seed = found.seed,
                                      .iteration = seen.complete + seen.blocked + seen.cut + 1});
  }
  if (!found.bounds) {
    found.outcome = finding::unknown;
    found.reason =
        how.replay ? "the token's size is none of this scenario's" : "the scenario has no size for the models";
  }
  found.seconds = std::chrono::duration<double>(steady::now() - started).count();
  return found;
}

}  // namespace gauntlet::harness
