#pragma once
/// What ends an execution that doesn't come to its end: one that runs on and on without an event, which is a hang; and
/// the whole search when its time is up, even if the program waits in the kernel then.

#include <optional>
#include <string>

#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11::unmodified {

/// Seconds of the processor's time without an event that are a hang: at first, and when it is run again to be told.
inline constexpr double hangs_after = 2;
inline constexpr double hangs_again_after = 0.3;

/// From now on, while `engine` explores. @param seconds that the search may take @param alone that a thread may run
/// without an event, of the processor's time
void begin_watch(double seconds, double alone);
/// @return where the program was when time was up, if its execution came to no end by itself
std::optional<site> end_watch();

/// Where the program is: as a return address of its innermost function's; null if that isn't known.
const void* innermost_place();

/// "file.cpp:12", of a call; of the program's innermost one if a library made it; "an unknown place" if none is known.
std::string place_of_call(const void* return_address);

}  // namespace gauntlet::rc11::unmodified
