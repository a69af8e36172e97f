#include "models/rc11/unmodified/checking.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "harness/frames.hpp"
#include "models/rc11/memory.hpp"
#include "models/rc11/unmodified/progress.hpp"
#include "models/rc11/unmodified/trial.hpp"
#include "models/rc11/unmodified/watchdog.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

using harness::coverage;
using harness::finding;
using steady = std::chrono::steady_clock;

/// Seconds that the search for a violation under a stronger model may take.
constexpr double for_stronger = 0.5;

std::string place(const site& at) {
  if (at.line != 0) return harness::file_name(static_cast<const char*>(at.where)) + ":" + std::to_string(at.line);
  return place_of_call(at.where);
}

/// The program's own line that a thread was held at: of a library's loop, where it was called.
std::string bound_of(const trial::account& seen) {
  harness::frames read;
  for (const void* const call : seen.held_in) {
    if (call == nullptr) break;
    for (const harness::frame& each : read.of(call))
      if (!each.file.empty() && !each.file.starts_with("/usr/")) return each.file + ":" + std::to_string(each.line);
  }
  return place(seen.bound);
}

class checking {
 public:
  explicit checking(const check& what) : what_(what) {
    out_.found.check = what.name;
    out_.found.unit = "executions";
    out_.found.outcome = finding::clean;
  }

  verdict run() {
    for (std::size_t i = 0; i < what_.stages.size() && !over(); ++i) {
      const stage& now = what_.stages[i];
      const bool same_size = is_further(i);
      // What is spurious is looked for where there is some, once all without it is done.
      if (same_size && !more_spurious_) continue;
      unsigned left = 1;
      for (std::size_t j = i + 1; j < what_.stages.size(); ++j) left += is_further(j) ? 0 : 1;
      search(now, same_size, (what_.budget - seconds()) / left);
    }
    out_.found.seconds = seconds();
    if (over()) return std::move(out_);
    if (!left_at_.empty()) {
      out_.found.outcome = finding::unknown;
      out_.found.reason =
          "the budget was used up in the midst of an execution, at " + left_at_ + ", from where it didn't go on";
    } else if (what_.must_end && out_.found.outcome == finding::clean && out_.found.covered == coverage::sampled) {
      give_reason();
    }
    return std::move(out_);
  }

 private:
  double seconds() const { return std::chrono::duration<double>(steady::now() - began_).count(); }
  /// Whether it is a further search of the same size.
  bool is_further(std::size_t which) const {
    return which > 0 && what_.stages[which - 1].size == what_.stages[which].size;
  }
  bool over() const { return out_.violated || !out_.trouble.empty(); }

  options how(const stage& now, memory_model model, double budget) const {
    options all = what_.how;
    all.search.model = model;
    all.search.seconds = std::max(budget, 0.001);
    all.search.spurious = now.spurious;
    return all;
  }

  void search(const stage& now, bool same_size, double budget) {
    const memory_model model = what_.how.search.model;
    const bool quiet = what_.quiet || searches_++ > 0;
    const auto started = seconds();
    trial one(what_, now, how(now, model, budget), quiet ? trial::task::quiet_search : trial::task::search);
    // It isn't over at once: so how much is it?
    std::optional<trial> beside;
    const auto& seen = one.wait([&](const auto& so_far) {
      if (!beside && !what_.replays) beside.emplace(what_, now, how(now, model, budget / 8), trial::task::estimate);
      progress_.show(before_ + so_far.executions, beside ? static_cast<double>(before_) + beside->estimate() : 0);
    });
    progress_.clear();
    before_ += seen.complete;
    harness::result& found = out_.found;
    if (seen.trouble[0] != 0) {
      out_.trouble = seen.trouble;
      return;
    }
    if (seen.broken) {
      found.explored = of_sizes_ + seen.runs;
      found.covered = coverage::sampled;
      found.bounds = bounds(now, seen);
      found.interchangeable = found.time_outs = found.spurious_wakeups = {};
      out_.violated = true;
      if (!told(one, now)) out_.trouble = one.trouble();
      found.outcome = finding::unknown;
      found.reason = "the violation is told in a record of its own";
      return;
    }
    statistics came;
    came.complete = seen.complete;
    came.explored = seen.explored;
    came.exhausted = seen.exhausted;
    found.searches.push_back({.size = bounds(now, seen),
                              .spurious_wakeups = now.spurious,
                              .complete = seen.exhausted,
                              .explored = seen.complete,
                              .seconds = seconds() - started,
                              .estimate = rc11::estimate{beside ? beside->estimate() : 0}.with(came),
                              .out_of_memory = seen.out_of_memory});
    more_spurious_ = seen.exhausted && seen.more_spurious;
    // Of a size, the last search that came to its end has all executions of those before it.
    if (seen.exhausted) of_sizes_ += seen.complete - (same_size ? of_size_ : 0);
    of_size_ = seen.exhausted ? seen.complete : 0;
    if (seen.left) left_at_ = place(seen.left_at);
    found.explored = of_sizes_ + (seen.exhausted || any_exhausted_ ? 0 : seen.complete);
    if (seen.exhausted || !found.bounds) found.bounds = bounds(now, seen);
    if (!seen.exhausted) return;
    any_exhausted_ = true;
    const bool bounded = seen.bounded || found.covered == coverage::bounded;
    found.covered = bounded ? coverage::bounded : coverage::complete;
    found.interchangeable = seen.twins != 0 ? std::optional(seen.twins) : std::nullopt;
    found.time_outs = seen.more_timeouts ? std::optional(what_.how.search.timeouts) : std::nullopt;
    found.spurious_wakeups = seen.more_spurious ? std::optional(now.spurious) : std::nullopt;
    if (seen.bounded) found.loop = bound_of(seen);
  }

  static harness::shape bounds(const stage& now, const trial::account& seen) {
    return now.size.operations == 0 ? harness::shape{.threads = seen.threads, .operations = 0} : now.size;
  }

  /// The violation, of the strongest model that shows it. @return whether it was told
  bool told(trial& found, const stage& now) {
    if (what_.seeks_simplest)
      for (const memory_model stronger : {memory_model::sc, memory_model::tso}) {
        if (stronger <= what_.how.search.model) continue;
        trial another(what_, now, how(now, stronger, for_stronger), trial::task::quiet_search);
        if (another.wait([](const auto&) {}).broken && another.tell()) return true;
      }
    return found.tell();
  }

  void give_reason() {
    out_.found.outcome = finding::unknown;
    const harness::search_record& last = out_.found.searches.back();
    const int part = static_cast<int>(static_cast<double>(last.explored) / std::max(last.estimate, 1.0) * 100);
    const std::string budget =
        last.out_of_memory ? "the memory budget of " + memory_words(what_.how.search.memory) : "the budget";
    out_.found.reason =
        budget + " was used up after about " + std::to_string(part) + " % of the search; a larger one explores more";
  }

  const check& what_;
  verdict out_;
  progress progress_;
  steady::time_point began_ = steady::now();
  unsigned searches_ = 0;
  /// Executions of searches that are over; of sizes that were explored to their end, and of the present one.
  std::uint64_t before_ = 0;
  std::uint64_t of_sizes_ = 0;
  std::uint64_t of_size_ = 0;
  std::string left_at_;
  bool any_exhausted_ = false;
  bool more_spurious_ = false;
};

}  // namespace

verdict explore(const check& what) {
  return checking(what).run();
}

}  // namespace gauntlet::rc11::unmodified
