#pragma once
/// A condition in sequence.

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/specification.hpp"
#include "primitives/condition/monitor.hpp"

namespace gauntlet::contracts {

/// A wait is a beginning and an end. The state is how many waits have begun, how many of them go on and which calls
/// they are, each with its place among the begun ones; then the notifications that nobody has used, as the number of
/// waits that had begun: each is for one of these.
template <class C, bool never_spurious>
struct condition_specification {
  static constexpr std::string_view operations[] = {"wait", "end", "wait_for", "end_in_time", "notify", "notify_all"};
  enum : unsigned { wait, end, wait_for, end_in_time, notify, notify_all };
  using object = monitor<C>;

  static std::unique_ptr<object> create() { return std::make_unique<object>(); }
  static harness::model_state initial() { return {0, 0}; }
  static std::int64_t argument(unsigned operation, unsigned nth) { return operation == notify ? 1 + nth % 2 : nth; }

  static std::optional<unsigned> second(unsigned operation) {
    if (operation != wait && operation != wait_for) return std::nullopt;
    return operation == wait ? end : end_in_time;
  }
  static bool blocks(unsigned operation) { return operation == wait; }
  static bool enabled(const harness::model_state& state, const harness::recorded& waiting) {
    return view(state).notified(waiting.argument);
  }
  static harness::recorded rescue(const harness::recorded&) { return {.operation = notify_all}; }

  /// @return 0 for a time-out
  static harness::outcome apply(object& on, unsigned operation, std::int64_t argument) {
    if (operation == notify) on.changed.notify(static_cast<std::size_t>(argument));
    if (operation == notify_all) on.changed.notify_all();
    if (operation != wait && operation != wait_for) return 1;
    const std::lock_guard guard(on.lock);
    if (operation == wait_for) return on.changed.wait_for(on.lock, soon) == std::cv_status::timeout ? 0 : 1;
    on.changed.wait(on.lock);
    return 1;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    view now(state);
    bool right = true;
    if (done.operation == wait || done.operation == wait_for)
      now.begin(done.argument);
    else if (done.operation == notify || done.operation == notify_all)
      now.tell(done.operation == notify ? static_cast<std::size_t>(done.argument) : now.waiting.size());
    else
      right =
          now.knows(done.argument) && (now.end(done.argument, done.result == 1) || !never_spurious || done.result == 0);
    state = now.packed();
    return right;
  }

 private:
  struct waiter {
    std::int64_t call;
    std::int64_t place;
  };
  struct view {
    explicit view(const harness::model_state& state) : begun(state[0]) {
      const auto waits = 2 + 2 * static_cast<std::size_t>(state[1]);
      for (std::size_t i = 2; i < waits; i += 2) waiting.push_back({state[i], state[i + 1]});
      for (std::size_t i = waits; i < state.size(); ++i) told.push_back(state[i]);
    }
    harness::model_state packed() const {
      harness::model_state made{begun, static_cast<std::int64_t>(waiting.size())};
      for (const waiter& one : waiting) made.insert(made.end(), {one.call, one.place});
      made.insert(made.end(), told.begin(), told.end());
      return made;
    }

    void begin(std::int64_t call) { waiting.push_back({call, begun++}); }
    void tell(std::size_t most) {
      for (std::size_t i = told.size(); i < waiting.size() && most > 0; ++i, --most) told.push_back(begun);
    }
    bool knows(std::int64_t call) const { return std::ranges::count(waiting, call, &waiter::call) == 1; }
    bool notified(std::int64_t call) const {
      const auto found = std::ranges::find(waiting, call, &waiter::call);
      return found != waiting.end() && !told.empty() && told.back() > found->place;
    }
    /// @param uses whether it takes a notification along @return whether there was one: the one that is for the fewest
    bool end(std::int64_t call, bool uses) {
      const auto found = std::ranges::find(waiting, call, &waiter::call);
      const auto first = std::ranges::upper_bound(told, found->place);
      const bool there = first != told.end();
      if (there && uses) told.erase(first);
      waiting.erase(found);
      drop_what_is_for_nobody();
      return there;
    }
    void drop_what_is_for_nobody() {
      std::size_t used = 0;
      std::erase_if(told, [&](std::int64_t horizon) {
        const auto older = std::ranges::count_if(waiting, [&](const waiter& one) { return one.place < horizon; });
        return std::cmp_less_equal(older, used) || (++used, false);
      });
    }

    std::int64_t begun;
    std::vector<waiter> waiting;
    std::vector<std::int64_t> told;
  };
};

}  // namespace gauntlet::contracts
