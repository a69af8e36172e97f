/// The search from the outside: all graphs that rc11::search comes up with, in one process or several, or a few.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "models/rc11/explorer.hpp"
#include "models/rc11/workers.hpp"

namespace gauntlet::rc11 {

namespace {
/// Clocks count to 32,767.
constexpr unsigned most_events = 32000;

/// After so many runs a worker looks whether another one is wanted.
constexpr std::uint64_t dividing = 128;
}  // namespace

void explorer::begin(const std::function<void()>& program, const limits& how) {
  if (how.events > most_events)
    throw std::length_error("rc11: an execution has at most " + std::to_string(most_events) + " events, not " +
                            std::to_string(how.events));
  program_ = &program;
  limits_ = how;
  found_ = {};
  diverged_.clear();
  polled_.reset();
  tries_locks_ = false;
  families_.clear();
  fruitful_.clear();
  satisfied_by_older_.clear();
  untried_ = ~std::uint64_t{0};
  twins_ = 0;
  shadow_.clear();
  search_ = std::make_unique<search>(how.model, how.seeded);
  search_->begin(lanes_);
}

/// @return whether the last run has to be done once more, before anything else
bool explorer::repeated() {
  if (std::exchange(again_, false)) return true;
  if (!std::exchange(grow_, false)) return false;
  // More threads than clocks have ticks: from the beginning, with longer clocks.
  lanes_ += 8;
  found_ = {};
  search_->begin(lanes_);
  return true;
}

/// @param begun the last run is done @return false if it stopped at what other workers found
bool explorer::search_all(const std::function<bool()>& each, workers* together, bool begun) {
  using steady = std::chrono::steady_clock;
  const auto end = steady::now() + std::chrono::duration<double>(limits_.seconds);
  std::uint64_t runs = 0;
  bool more = !begun || search_->next();
  for (found_.exhausted = !more; more; found_.exhausted = !more) {
    run();
    if (grow_ && together != nullptr && runs >= dividing) {
      // The others would have to begin anew, too.
      together->stop();
      return false;
    }
    if (repeated()) continue;
    if (found_.broken || !diverged_.empty()) break;
    if (completed_ && each != nullptr && !each()) break;
    if (found_.complete >= limits_.executions) break;
    if (++runs % 64 == 0) {
      if (steady::now() >= end) break;
      if (together != nullptr && together->stopped()) return false;
    }
    if (together != nullptr && runs % dividing == 0 && search_->divisible() && together->wanted()) {
      switch (together->divide()) {
        case workers::side::alone:
          break;
        case workers::side::old_one:
          search_->keep(search::part::newer);
          break;
        case workers::side::new_one:
          search_->keep(search::part::older);
          found_ = {};
          search_->forget_progress();
          break;
      }
    }
    more = search_->next();
  }
  found_.dropped = search_->dropped;
  found_.explored = search_->explored();
  found_.threads = static_cast<unsigned>(threads_.size());
  found_.locations = shadow_.locations();
  found_.twins = static_cast<unsigned>(std::popcount(twins_));
  return true;
}

statistics explorer::explore(const std::function<void()>& program, const limits& how,
                             const std::function<bool()>& each) {
  begin(program, how);
  std::optional<workers> together;
  if (how.workers > 1 && each == nullptr && how.executions == limits{}.executions) together.emplace(how.workers);
  explorer* const outer = std::exchange(current_, this);
  search_all(each, together ? &*together : nullptr, false);
  current_ = outer;
  if (together) {
    if (found_.broken || !diverged_.empty()) together->stop();
    together->finish(found_);
    if (together->stopped()) {
      // One alone comes to it, too; and always to the same.
      limits alone = how;
      alone.workers = 1;
      alone.seconds = limits{}.seconds;
      return explore(program, alone, each);
    }
  }
  if (!diverged_.empty()) throw_diverged();
  return found_;
}

statistics explorer::resume(double seconds) {
  limits_.seconds = seconds;
  explorer* const outer = std::exchange(current_, this);
  search_all(nullptr, nullptr, true);
  current_ = outer;
  if (!diverged_.empty()) throw nondeterminism(diverged_);
  return found_;
}

namespace {
/// How hard to follow an execution is: its stale reads, and how often another thread goes on.
std::pair<unsigned, unsigned> difficulty(const graph& of) {
  std::pair<unsigned, unsigned> sum;
  for (unsigned i = 0; i < of.size(); ++i) {
    const event& it = of[static_cast<event_id>(i)];
    if (it.kind == kind::read && it.stale) ++sum.first;
    if (i != 0 && it.thread != of[static_cast<event_id>(i - 1)].thread) ++sum.second;
  }
  return sum;
}
}  // namespace

violation explorer::simplify(const std::function<void()>& program, std::uint64_t runs) {
  program_ = &program;
  violation simplest = *found_.broken;
  graph shown = search_->current();
  auto least = difficulty(shown);
  explorer* const outer = std::exchange(current_, this);
  for (; runs != 0 && least.first != 0 && search_->next(); --runs) {
    found_.broken.reset();
    do run();
    while (repeated());
    if (!diverged_.empty()) break;
    if (!found_.broken || found_.broken->violation_class != simplest.violation_class) continue;
    const auto found = difficulty(search_->current());
    if (found >= least) continue;
    least = found;
    simplest = *found_.broken;
    shown = search_->current();
  }
  current_ = outer;
  diverged_.clear();
  search_->current() = std::move(shown);
  found_.broken = simplest;
  return simplest;
}

/// The complete executions of one random path, each times how many such paths there are.
double explorer::complete_below(std::mt19937_64& random) {
  search_->begin(lanes_);
  untried_ = ~std::uint64_t{0};
  double weighed = 0;
  double ways = 1;
  do {
    do run();
    while (repeated());
    if (found_.broken || !diverged_.empty()) break;
    if (completed_) weighed += ways;
  } while (search_->descend(random(), ways));
  return weighed;
}

estimate explorer::probe(const std::function<void()>& program, const limits& how, unsigned paths, std::uint64_t seed) {
  begin(program, how);
  std::mt19937_64 random(seed);
  explorer* const outer = std::exchange(current_, this);
  double sum = 0;
  double squares = 0;
  for (unsigned path = 0; path < paths; ++path) {
    const double weighed = complete_below(random);
    sum += weighed;
    squares += weighed * weighed;
  }
  current_ = outer;
  const double mean = sum / paths;
  return {mean, std::sqrt(std::max(0.0, squares / paths - mean * mean) / paths)};
}

}  // namespace gauntlet::rc11
