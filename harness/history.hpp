#pragma once
/// Histories of concurrent operations, and whether a sequential meaning explains them (Herlihy & Wing 1990,
/// "Linearizability").

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gauntlet::harness {

/// What an operation gave back, as a number; what it stands for is the specification's to say.
using outcome = std::int64_t;

/// The state that every specification uses: as many numbers as it needs.
struct model_state : std::vector<std::int64_t> {
  using vector::vector;
  void pop_front() { erase(begin()); }
};

/// When an operation returned that has not.
inline constexpr auto never = std::numeric_limits<std::uint64_t>::max();

/// One operation that a history records.
struct recorded {
  unsigned thread = 0;
  unsigned operation = 0;
  std::int64_t argument = 0;
  outcome result = 0;
  /// call_begins() and call_ends(), or the times that in_real_time() makes of them. Equal times are no order.
  std::uint64_t called = 0;
  std::uint64_t returned = 0;
  /// It has not returned, and won't before another operation lets it go on.
  bool waits = false;
};

enum class verdict { ok, violated, unknown };

/// A specification as data: what harness/specification.hpp asks for, type-erased.
struct meaning {
  const std::string_view* names = nullptr;
  model_state initial;
  bool (*step)(model_state&, const recorded&) = nullptr;
  /// Null if no operation blocks.
  bool (*enabled)(const model_state&, const recorded&) = nullptr;
  /// Null if the history is all about one thing.
  std::int64_t (*key)(const recorded&) = nullptr;
  /// Null if no monitor knows these operations (harness/monitors.hpp).
  verdict (*monitor)(const std::vector<recorded>&, const model_state& initial) = nullptr;
  /// What the operation is about, if a legal history stays legal without everything about one such value. Null if there
  /// is no such thing.
  std::optional<std::int64_t> (*about)(const recorded&) = nullptr;
};

/// Whether some order of `history` that respects real time is allowed. Operations that never returned may or may not
/// have had their effect. Those that wait have not, and the order must end in a state that enables none of them.
///
/// Each key by itself; by the monitor where there is one and it knows, else by search().
verdict judge(const meaning& what, const std::vector<recorded>& history);

/// What a search through a history's orders came to.
struct search_result {
  verdict said = verdict::unknown;
  /// The longest order found that is allowed and respects real time: indices into the history.
  std::vector<std::size_t> longest;
};

/// A search that is exact where it ends: exponential in the number of operations that overlap, linear in their number
/// otherwise. Takes neither key nor monitor into account. unknown after `limit` steps, and where an operation overlaps
/// with more than 64 others that began after it, or more than 64 never returned.
search_result search(const meaning& what, const std::vector<recorded>& history, std::uint64_t limit = 5'000'000);

/// For a history that is violated: as small a part of it as still is, each operation on a line in the order of the
/// calls, with its place in the longest order that is allowed, and the one that doesn't fit.
std::string explain(const meaning& what, std::vector<recorded> history);

}  // namespace gauntlet::harness
