#pragma once
/// The clock of recorded histories. It must hide nothing: a fence between two operations, or an atomic that all threads
/// share, empties the store buffer, and what a weak order would have let happen doesn't. So it is a bare reading of the
/// time-stamp counter where the processors have one in common, and what that may be wrong by is told beside it.

#include <cstdint>

namespace gauntlet::stress {

/// Ticks of the processor's counter, or nanoseconds of the steady clock, after a fence, where there is no such counter.
std::uint64_t timestamp() noexcept;

/// How much later a timestamp may be than one that was taken after it: what the processors' counters differ by, and how
/// long a store may go on being invisible to others. 0 for the steady clock. Measured once, in at most
/// 20 ms for each processor.
std::uint64_t timestamp_error();

}  // namespace gauntlet::stress
