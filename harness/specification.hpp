#pragma once
/// A kind's sequential meaning, and the check that comes from it: random operations from several threads, recorded as a
/// history that some order must explain.

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
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
///   the state moves on. It looks at the operation, its argument and its result only.
/// and may have
///   `static std::int64_t key(const recorded&)`, if operations with different keys have nothing to do with each other;
///   `static M monitored(const recorded&)`, the operation as monitor M (harness/monitors.hpp) knows it: long histories
///   are then judged in no time, where a search may have to give up;
///   `static bool enabled(const model_state&, const recorded&)`, if operations block: whether one that waits could go
///   on in that state.
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
/// linearizable.
template <class P, class Specification>
class linearizability {
 public:
  explicit linearizability(shape how) : shape_(how), records_(how.threads) {
    for (auto& mine : records_) mine.reserve(how.operations);
  }

  void before() { object_ = Specification::create(); }

  void thread(unsigned role) {
    for (unsigned i = 0; i < shape_.operations; ++i) {
      recorded now{.thread = role};
      now.operation = choose(static_cast<std::uint32_t>(std::size(Specification::operations)));
      now.argument = argument(now.operation, role * shape_.operations + i);
      now.called = timestamp();
      now.result = Specification::apply(*object_, now.operation, now.argument);
      now.returned = timestamp();
      records_[role].push_back(now);
    }
  }

  void after() {
    std::vector<recorded> history;
    for (const auto& one : records_) history.insert(history.end(), one.begin(), one.end());
    const meaning what = meaning_of<Specification>();
    const verdict said = judge(what, history);
    if (said == verdict::violated)
      fail("not_linearizable", "no order explains this history:\n" + explain(what, history));
    if (said == verdict::unknown)
      throw std::length_error("a history of " + std::to_string(history.size()) +
                              " operations was too much to search; use fewer threads or operations, or a monitor");
    object_.reset();
  }

 private:
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
