#pragma once
/// A kind's sequential meaning, and the check that comes from it: random operations from several threads, recorded as a
/// history and searched for an order that explains it (Herlihy & Wing 1990, "Linearizability").

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario.hpp"

namespace gauntlet::harness {

/// What an operation gave back, as a number; what it stands for is the specification's to say.
using outcome = std::int64_t;

/// The state that every specification uses: as many numbers as it needs.
using model_state = std::deque<std::int64_t>;

/// One operation that a history records.
struct recorded {
  unsigned thread = 0;
  unsigned operation = 0;
  std::int64_t argument = 0;
  outcome result = 0;
  /// timestamp() just before the call, and just after it returned.
  std::uint64_t called = 0;
  std::uint64_t returned = 0;
};

/// A specification for primitive P is a class with
///   `static constexpr std::string_view operations[]`, the names;
///   `static std::unique_ptr<P> create()`, and `static model_state initial()`, which agree;
///   `static std::int64_t argument(unsigned operation)`, one drawn with choose();
///   `static outcome apply(P&, unsigned operation, std::int64_t argument)`, the call;
///   `static bool step(model_state&, const recorded&)`, whether the operation may give that result in that state; if so
///   the state moves on.
/// Operations must not block.

/// Whether some order of `history` that respects real time is allowed by `step` from `initial`. Exponential in the
/// number of overlapping operations; visited configurations are remembered (Wing & Gong 1993; Lowe 2017).
/// @param history at most 64 operations
bool linearizable(const std::vector<recorded>& history, const model_state& initial,
                  bool (*step)(model_state&, const recorded&));

/// A history as people read it, one operation a line, in order of the calls.
std::string describe(const std::vector<recorded>& history, const std::string_view* names);

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
      now.argument = Specification::argument(now.operation);
      now.called = timestamp();
      now.result = Specification::apply(*object_, now.operation, now.argument);
      now.returned = timestamp();
      records_[role].push_back(now);
    }
  }

  void after() {
    std::vector<recorded> history;
    for (const auto& one : records_) history.insert(history.end(), one.begin(), one.end());
    if (!linearizable(history, Specification::initial(), &Specification::step))
      fail("not_linearizable", "no order explains this history:\n" + describe(history, Specification::operations));
    object_.reset();
  }

 private:
  shape shape_;
  std::unique_ptr<P> object_;
  std::vector<std::vector<recorded>> records_;
};

}  // namespace gauntlet::harness
