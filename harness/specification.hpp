#pragma once
/// A kind's sequential meaning, and the check that comes from it: random operations from several threads, recorded as a
/// history that some order must explain.

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/history.hpp"
#include "harness/monitors.hpp"
#include "harness/scenario.hpp"

namespace gauntlet::harness {

/// A specification for primitive P is a class with
///   `static constexpr std::string_view operations[]`, the names;
///   `static std::unique_ptr<P> create()`, and `static model_state initial()`, which agree;
///   `static std::int64_t argument(unsigned operation)`, one drawn with choose(), or `argument(operation, nth)`, where
///   each call of a history has another nth, 0, 1, 2 …;
///   `static outcome apply(P&, unsigned operation, std::int64_t argument)`, the call;
///   `static bool step(model_state&, const recorded&)`, whether the operation may give that result in that state; if so
///   the state moves on. It looks at the thread, the operation, its argument and its result only.
/// and may have
///   `static std::int64_t key(const recorded&)`, if operations with different keys have nothing to do with each other;
///   `static M monitored(const recorded&)`, the operation as monitor M (harness/monitors.hpp) knows it: long histories
///   are then judged in no time, where a search may have to give up;
///   `static bool may(unsigned role, const std::vector<recorded>& mine, unsigned operation)`, whether a role that has
///   called `mine` may call that next: who holds a lock must let go of it, and nobody else;
///   `static bool due(unsigned operation)`, with it: whether a role calls it at the end for as long as it may;
///   `static std::optional<unsigned> second(unsigned operation)`, if an operation takes effect twice, such as when it
///   begins to wait and when it goes on: the name of the latter, which is never called by itself. The history has it as
///   two, with the same argument and result.
/// If operations block it has
///   `static bool blocks(unsigned operation)`, which do;
///   `static bool enabled(const model_state&, const recorded&)`, whether one that waits could go on in that state;
///   `static recorded rescue(const recorded& waiting)`, the operation and its argument with which role 0 lets one go on
///   that waits for good reason; not needed where none does when all have called what is due.
template <class S>
meaning meaning_of() {
  meaning made{.names = S::operations, .initial = S::initial(), .step = &S::step};
  if constexpr (requires { &S::enabled; }) made.enabled = &S::enabled;
  if constexpr (requires { &S::key; }) made.key = &S::key;
  if constexpr (requires(const recorded& one) { S::monitored(one); }) {
    using monitor = decltype(S::monitored(recorded{}));
    made.monitor = [](const std::vector<recorded>& history, const model_state& initial) {
      std::vector<timed<monitor>> seen;
      seen.reserve(history.size());
      for (const recorded& one : history) seen.push_back({S::monitored(one), one.called, one.returned});
      return monitor::judge(seen, initial);
    };
    if constexpr (requires(const monitor& event) { event.about(); })
      made.about = [](const recorded& one) { return S::monitored(one).about(); };
  }
  return made;
}

/// The scenario that a specification gives: every thread calls `operations` random ones, and the history must be
/// linearizable. Role 0 calls none that blocks; at last it looks who still waits, and lets them go on. An operation
/// that waits then, though the specification enables it, was not woken.
template <class P, class Specification>
class linearizability {
 public:
  explicit linearizability(shape how) : shape_(how), records_(how.threads) {
    for (auto& mine : records_) mine.reserve(how.operations);
  }

  void before() { object_ = Specification::create(); }

  void thread(unsigned role) {
    for (unsigned i = 0; i < shape_.operations; ++i)
      if (const auto operation = draw(role)) call(role, *operation, argument(*operation, nth(role)));
    while (const auto operation = due(role)) call(role, *operation, argument(*operation, nth(role)));
    if constexpr (blocking)
      if (role == 0) close();
  }

  void after() {
    expect_ok(history());
    object_.reset();
  }

 private:
  static constexpr bool blocking = requires { &Specification::enabled; };
  static constexpr auto count = static_cast<unsigned>(std::size(Specification::operations));

  void call(unsigned role, unsigned operation, std::int64_t argument) {
    recorded& now = records_[role].emplace_back(recorded{.thread = role, .operation = operation, .argument = argument});
    now.returned = never;
    now.called = timestamp();
    now.result = Specification::apply(*object_, operation, argument);
    now.returned = timestamp();
  }

  /// One that the role may call; none if there is none.
  std::optional<unsigned> draw(unsigned role) const {
    std::array<unsigned, count> allowed{};
    unsigned size = 0;
    for (unsigned operation = 0; operation < count; ++operation)
      if (may(role, operation) && !(role == 0 && blocks(operation))) allowed[size++] = operation;
    if (size == 0) return std::nullopt;
    return allowed[choose(size)];
  }

  std::optional<unsigned> due(unsigned role) const {
    if constexpr (requires { &Specification::due; })
      for (unsigned operation = 0; operation < count; ++operation)
        if (Specification::due(operation) && may(role, operation)) return operation;
    return std::nullopt;
  }

  bool may(unsigned role, unsigned operation) const {
    if (is_second(operation)) return false;
    if constexpr (requires { &Specification::may; })
      return Specification::may(role, records_[role], operation);
    else
      return true;
  }

  static bool blocks(unsigned operation) {
    if constexpr (blocking)
      return Specification::blocks(operation);
    else
      return false;
  }

  /// Lets those go on who wait, one by one, and looks each time whether they should have before.
  void close() {
    for (unsigned rescued = 0;; ++rescued) {
      until_quiet();
      const auto seen = history();
      const auto waiting = std::ranges::find_if(seen, &recorded::waits);
      const bool over = std::ranges::all_of(seen, [](const recorded& one) { return one.returned != never; });
      if (over) return;
      if (waiting == seen.end()) continue;
      expect_ok(seen);
      if constexpr (requires { &Specification::rescue; }) {
        if (rescued == shape_.threads * shape_.operations) throw std::logic_error("a rescue lets nobody go on");
        const recorded wanted = Specification::rescue(*waiting);
        call(0, wanted.operation, wanted.argument);
      } else {
        throw std::logic_error("the specification leaves a thread waiting, and has no rescue");
      }
    }
  }

  /// What there was so far. Who is in an operation waits.
  std::vector<recorded> history() const {
    std::vector<recorded> all;
    for (const auto& mine : records_)
      for (recorded one : mine) {
        one.waits = one.returned == never && blocks(one.operation);
        if (const auto second = second_half(one.operation)) {
          recorded first = one;
          if (std::exchange(first.waits, false)) first.returned = timestamp();
          all.push_back(first);
          one.operation = *second;
        }
        all.push_back(one);
      }
    return all;
  }

  static void expect_ok(std::vector<recorded> history) {
    const meaning what = meaning_of<Specification>();
    verdict said = judge(what, history);
    if (said == verdict::violated && timestamp_error() != 0) {
      widen(history);
      said = judge(what, history);
    }
    if (said == verdict::unknown)
      throw std::length_error("a history of " + std::to_string(history.size()) +
                              " operations was too much to search; use fewer threads or operations, or a monitor");
    if (said == verdict::ok) return;
    const std::string told = explain(what, history);
    for (recorded& one : history) one.waits = false;
    if (judge(what, history) == verdict::violated) fail("not_linearizable", "no order explains this history:\n" + told);
    fail("lost_wakeup", "an operation waits though it could go on:\n" + told);
  }

  /// So that no order between two operations comes of an error of the clock. What was explained without that still is.
  static void widen(std::vector<recorded>& history) {
    for (recorded& one : history) {
      one.called -= std::min(one.called, timestamp_error());
      if (one.returned != never) one.returned += timestamp_error();
    }
  }

  static std::optional<unsigned> second_half(unsigned operation) {
    if constexpr (requires { &Specification::second; })
      return Specification::second(operation);
    else
      return std::nullopt;
  }

  static bool is_second(unsigned operation) {
    for (unsigned first = 0; first < count; ++first)
      if (second_half(first) == operation) return true;
    return false;
  }

  unsigned nth(unsigned role) const { return static_cast<unsigned>(records_[role].size()) * shape_.threads + role; }

  static std::int64_t argument(unsigned operation, unsigned nth) {
    if constexpr (requires { Specification::argument(operation, nth); })
      return Specification::argument(operation, nth);
    else
      return Specification::argument(operation);
  }

  shape shape_;
  std::unique_ptr<P> object_;
  std::vector<std::vector<recorded>> records_;
};

}  // namespace gauntlet::harness
