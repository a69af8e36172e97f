#pragma once
/// A kind's sequential meaning, and the check that comes from it: random operations from several threads, recorded as a
/// history that some order must explain.

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/history.hpp"
#include "harness/monitors.hpp"
#include "harness/scenario.hpp"
#include "harness/workload.hpp"

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

/// How a specification's operations are called.
template <class P, class S>
calls calls_of() {
  calls made{.count = static_cast<unsigned>(std::size(S::operations)), .judged = &meaning_of<S>};
  made.apply = [](void* object, unsigned operation, std::int64_t argument) {
    return S::apply(*static_cast<P*>(object), operation, argument);
  };
  if constexpr (requires { S::argument(0U, 0U); })
    made.argument = &S::argument;
  else
    made.argument = [](unsigned operation, unsigned) { return S::argument(operation); };
  if constexpr (requires { &S::may; }) made.may = &S::may;
  if constexpr (requires { &S::due; }) made.due = &S::due;
  if constexpr (requires { &S::second; }) made.second = &S::second;
  if constexpr (requires { &S::enabled; }) made.blocks = &S::blocks;
  if constexpr (requires { &S::rescue; }) made.rescue = &S::rescue;
  return made;
}

/// The scenario that a specification gives: every thread calls random operations, and the history must be
/// linearizable. An operation that waits at last, though the specification enables it, was not woken.
template <class P, class Specification>
class linearizability {
 public:
  explicit linearizability(shape how) : calls_(how, calls_of<P, Specification>()) {}

  void before() { object_ = Specification::create(); }
  void thread(unsigned role) { calls_.thread(object_.get(), role); }
  void after() {
    calls_.after();
    object_.reset();
  }

 private:
  std::unique_ptr<P> object_;
  workload calls_;
};

}  // namespace gauntlet::harness
