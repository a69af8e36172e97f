#pragma once
/// Which processors there are, and their common clock.

#include <cstdint>

namespace gauntlet::stress {

/// Of those that the process may use. At least 1.
unsigned processors() noexcept;

/// Ties the calling thread to one of them, the `nth` in turn.
void settle_on(unsigned nth) noexcept;
/// Lets it run wherever the process may.
void settle_anywhere() noexcept;

/// Whether ticks() is one clock on all processors, at one rate that doesn't change: the kernel says so of x86's
/// time-stamp counter. Where it doesn't, ticks() must not be called.
bool counters_agree();

/// The processor's counter, read with no fence: what comes after it may be done before.
inline std::uint64_t ticks() noexcept {
  return __builtin_readcyclecounter();
}

}  // namespace gauntlet::stress
