#pragma once
/// Waiting for several futures, after Python's concurrent.futures.wait.
///
/// Whoever waits has each future tell it, and only then counts those that are done already: one that comes in between
/// is told, or seen, and never both (python/cpython bpo-14406 was a look before the telling was arranged).
///
/// Memory ordering: what came before the end of each future in `done` is visible after the wait.

#include <chrono>
#include <concepts>
#include <cstddef>
#include <ranges>
#include <unordered_set>
#include <vector>

#include "primitives/event/event.hpp"
#include "primitives/future/future_state.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

enum class return_when {
  /// One is done at least.
  first_completed,
  /// One ended with an exception, being cancelled is none; or all are done.
  first_exception,
  all_completed
};

template <class Futures>
concept range_of_futures =
    std::ranges::input_range<Futures> && requires(const std::ranges::range_value_t<Futures>& one, observer& who) {
      { one.done() } -> std::same_as<bool>;
      { one.observe(who) } -> std::same_as<bool>;
      { one.hash() } -> std::same_as<std::size_t>;
    };

/// How a wait ended: each future once, in the order in which it was first named.
template <class Future>
struct done_and_not_done {
  std::vector<Future> done;
  std::vector<Future> not_done;
};

/// Each once, in the order in which they were first named.
template <range_of_futures Futures>
auto distinct(Futures&& futures) {
  using one = std::ranges::range_value_t<Futures>;
  const auto identity = [](const one& of) { return of.hash(); };
  std::unordered_set<one, decltype(identity)> seen;
  std::vector<one> once;
  for (const one& each : futures)
    if (seen.insert(each).second) once.push_back(each);
  return once;
}

/// Ends when enough futures are done.
class countdown {
 public:
  class link final : public observer {
   public:
    void told(bool failed) noexcept override { whole->count(failed); }
    countdown* whole = nullptr;
  };

  countdown(std::size_t futures, return_when when)
      : left_(when == return_when::first_completed && futures > 0 ? 1 : futures),
        failure_ends_(when == return_when::first_exception) {
    if (futures == 0) enough_.set();
  }

  void count(bool failed) noexcept {
    // acq_rel [count]: pairs with the other calls' fetch_sub of left_; carries what came before each future's end.
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1 || (failed && failure_ends_)) enough_.set();
  }

  void wait(const sync::deadline& until) { enough_.wait_until(until.when()); }

 private:
  sync::atomic<std::size_t> left_;
  const bool failure_ends_;
  event enough_;
};

template <range_of_futures Futures>
auto wait_before(Futures&& futures, return_when when, const sync::deadline& until) {
  const auto all = distinct(futures);
  done_and_not_done<std::ranges::range_value_t<Futures>> ended;
  ended.done.reserve(all.size());
  ended.not_done.reserve(all.size());
  countdown enough(all.size(), when);
  std::vector<countdown::link> links(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    links[i].whole = &enough;
    if (!all[i].observe(links[i])) enough.count(!all[i].cancelled() && all[i].exception() != nullptr);
  }
  enough.wait(until);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].ignore(links[i]);
    (all[i].done() ? ended.done : ended.not_done).push_back(all[i]);
  }
  return ended;
}

/// Waits until enough of `futures` are done. O(n) for n futures, beside the wait itself.
/// @param futures any range of them; one that comes twice counts once
template <range_of_futures Futures>
auto wait(Futures&& futures, return_when when = return_when::all_completed) {
  return wait_before(futures, when, sync::deadline::never());
}
/// @param duration zero, or negative: one look; too long to be represented: no limit. That time is up is no error
template <range_of_futures Futures, class Rep, class Period>
auto wait_for(Futures&& futures, const std::chrono::duration<Rep, Period>& duration,
              return_when when = return_when::all_completed) {
  return wait_before(futures, when, sync::deadline::after(duration));
}
/// @param until a point on any clock, passed or not
template <range_of_futures Futures, class Clock, class Duration>
auto wait_until(Futures&& futures, const std::chrono::time_point<Clock, Duration>& until,
                return_when when = return_when::all_completed) {
  return wait_before(futures, when, sync::deadline::at(until));
}

}  // namespace gauntlet
