#pragma once
/// Futexes, from their definition: the waits and wakes on a word have one order. A wake takes as many as it may of
/// those who have fallen asleep and not been taken; a wait reads nothing older of the word than what was known to the
/// thread of whatever came before it in that order, but for waits that found something else than expected, of which
/// nobody knows. The order agrees with what is certainly earlier than what.

#include <set>
#include <string>

#include "tests/rc11/axioms.hpp"

namespace gauntlet::oracle {

/// All orders that an execution's futexes can have, without what makes no difference: where a wake that found nobody
/// stands between two operations that changed who sleeps, and where a wait stands that found something else than it
/// expected. An execution without futexes has one, the empty one.
std::set<std::string> queue_orders(const axioms& rules, const candidate& what,
                                   const std::array<std::vector<unsigned>, litmus::location_count>& coherence);

}  // namespace gauntlet::oracle
