#pragma once
/// Time in the program: it passes as events do, one microsecond for each that happens before, so that clocks are the
/// same in every replay and later for whoever knows of more. A wait until some time may end by it at any point, within
/// limits::timeouts.

#include <ctime>

namespace gauntlet::rc11::unmodified {

/// A choice: whether a wait that may end by time does so now.
bool times_out(const void* where);

/// The calling thread's clocks show at least that, from now on: what it waited for has come.
void time_is(const timespec* until) noexcept;

/// Whether the calling thread's clocks show that, or more.
bool has_come(const timespec* until) noexcept;

/// The calling thread sleeps so long.
void pass(const timespec& duration) noexcept;

}  // namespace gauntlet::rc11::unmodified
