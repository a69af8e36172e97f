/// The search from the outside: all graphs that rc11::search comes up with, in one process or several, or a few.

#include <malloc.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"
#include "models/rc11/memory.hpp"
#include "models/rc11/workers.hpp"

namespace gauntlet::rc11 {

namespace {
/// Clocks count to 32,767.
constexpr unsigned most_events = 32000;

/// After so many runs a worker looks whether another one is wanted.
constexpr std::uint64_t dividing = 128;

using steady = std::chrono::steady_clock;

/// How long what the process holds goes unlooked at, if nothing is known to grow.
constexpr auto between_looks = std::chrono::milliseconds(10);

/// How many bytes may be known to have come while it goes unlooked at.
constexpr std::size_t unlooked_at = std::size_t{16} << 20U;

steady::time_point end_of(double seconds) {
  return std::chrono::time_point_cast<steady::duration>(steady::now() + std::chrono::duration<double>(seconds));
}
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
  // To look costs as much as a small program's whole exploration.
  grown_ = 0;
  look_again_ = search_->held() + unlooked_at;
  look_at_ = {};
}

/// @return whether there is enough left; else the search is over
bool explorer::look_at_memory() {
  look_again_ = grown_ + search_->held() + unlooked_at;
  found_.out_of_memory = resident() > limits_.memory / limits_.workers;
  return !found_.out_of_memory;
}

/// @return whether the last run has to be done once more, before anything else
bool explorer::repeated() {
  if (std::exchange(again_, false)) return true;
  if (!std::exchange(anew_, false)) return false;
  found_ = {};
  twins_ = 0;
  search_->begin(lanes_);
  return true;
}

/// After a run. @return whether the search is over, or has to stop
bool explorer::stops(const std::function<bool()>& each) {
  if (found_.broken || !diverged_.empty() || found_.out_of_memory) return true;
  if (completed_ && each != nullptr && !each()) return true;
  return found_.runs() >= limits_.executions;
}

/// Whether time or memory is used up, or others have found something. Looked at now and then only.
bool explorer::used_up(steady::time_point end, const workers* together) {
  const auto now = steady::now();
  if (now >= end || (together != nullptr && together->stopped())) return true;
  if (now < look_at_) return false;
  look_at_ = now + between_looks;
  return !look_at_memory();
}

/// Gives a part of the search to another process, if one is wanted.
void explorer::share(workers& together) {
  if (!search_->divisible() || !together.wanted()) return;
  switch (together.divide()) {
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

/// @param begun the last run is done
void explorer::search_all(const std::function<bool()>& each, workers* together, bool begun) {
  const auto end = end_of(limits_.seconds);
  std::uint64_t runs = 0;
  auto now = begun ? search_->next() : search::step::run;
  while (now != search::step::end && !found_.out_of_memory) {
    if (now == search::step::run) {
      run();
      if (anew_ && together != nullptr && runs >= dividing) {
        // The others would have to begin anew, too.
        together->stop();
        break;
      }
      if (repeated()) continue;
      if (stops(each)) break;
      if (++runs % dividing == 0 && together != nullptr) share(*together);
    }
    if ((now == search::step::pause || runs % 64 == 0) && used_up(end, together)) break;
    if (grown_ + search_->held() >= look_again_ && !look_at_memory()) break;
    now = search_->next();
  }
  found_.exhausted = now == search::step::end;
  found_.dropped = search_->dropped;
  found_.explored = search_->explored();
  found_.threads = static_cast<unsigned>(threads_.size());
  found_.locations = shadow_.locations();
  found_.twins = static_cast<unsigned>(std::popcount(twins_));
  if (!found_.out_of_memory) return;
  // What other searches of this process need.
  search_->release();
  arena::release();
  malloc_trim(0);
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
      explore(program, alone, each);
      if (found_.out_of_memory)
        throw std::runtime_error(
            "rc11: what one of several processes found was not found again, as one alone needs more memory");
      return found_;
    }
  }
  if (!diverged_.empty()) throw_diverged();
  return found_;
}

statistics explorer::resume(double seconds) {
  limits_.seconds = seconds;
  if (found_.out_of_memory) return found_;
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

/// @return false if there is no further run, or the program didn't do the same again
bool explorer::run_next() {
  auto now = search_->next();
  while (now == search::step::pause) now = search_->next();
  if (now == search::step::end) return false;
  found_.broken.reset();
  do run();
  while (repeated());
  return diverged_.empty();
}

simplest explorer::simplify(const std::function<void()>& program, std::uint64_t events, double seconds) {
  const auto end = end_of(seconds);
  program_ = &program;
  simplest best{*found_.broken};
  statistics found = found_;
  graph shown = search_->current();
  auto least = difficulty(shown);
  explorer* const outer = std::exchange(current_, this);
  std::uint64_t left = events;
  for (std::uint64_t run = 1; left != 0 && run_next(); ++run) {
    const graph& now = search_->current();
    left -= std::min<std::uint64_t>(left, now.size());
    if (run % 64 == 0 && steady::now() >= end) break;
    if (!found_.broken || found_.broken->violation_class != best.broken.violation_class) continue;
    const auto difficult = difficulty(now);
    if (difficult >= least) continue;
    least = difficult;
    best = {*found_.broken, run};
    shown = now;
  }
  current_ = outer;
  diverged_.clear();
  search_->current() = std::move(shown);
  found_ = std::move(found);
  found_.broken = best.broken;
  return best;
}

std::optional<violation> explorer::go_on(const std::function<void()>& program, std::uint64_t runs) {
  program_ = &program;
  explorer* const outer = std::exchange(current_, this);
  while (runs != 0 && run_next()) --runs;
  current_ = outer;
  if (!diverged_.empty()) throw_diverged();
  return runs == 0 ? found_.broken : std::nullopt;
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
    if (found_.broken || !diverged_.empty() || found_.out_of_memory) break;
    if (completed_) weighed += ways;
  } while (search_->descend(random, ways));
  return weighed;
}

estimate explorer::probe(const std::function<void()>& program, const limits& how, unsigned paths, std::uint64_t seed) {
  begin(program, how);
  const auto end = end_of(how.seconds);
  std::mt19937_64 random(seed);
  explorer* const outer = std::exchange(current_, this);
  double sum = 0;
  double squares = 0;
  unsigned done = 0;
  do {
    const double weighed = complete_below(random);
    sum += weighed;
    squares += weighed * weighed;
  } while (++done < paths && !found_.out_of_memory && steady::now() < end);
  current_ = outer;
  const double mean = sum / done;
  return {mean, std::sqrt(std::max(0.0, squares / done - mean * mean) / done)};
}

double estimate::with(const statistics& seen) const {
  const auto found = static_cast<double>(seen.complete);
  if (seen.exhausted) return found;
  const double as_far = found / std::max(seen.explored, 1e-18);
  if (executions <= 0 || found == 0) return std::max(executions, as_far);
  return std::max(found, std::pow(executions, 1 - seen.explored) * std::pow(as_far, seen.explored));
}

}  // namespace gauntlet::rc11
