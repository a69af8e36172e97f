#pragma once
/// Words that threads wait for, as pthread's locks and all that is built on them do.

#include <pthread.h>

#include <cstdint>

namespace gauntlet::rc11::unmodified {

/// How long to wait: not at all, until time runs out (an explorer's choice), or until it is done.
enum class patience : std::uint8_t { none, limited, endless };

/// Adds to a 32-bit word in which no bit of `unless` is set. @return false if it gave up
bool take(void* word, unsigned unless, unsigned adding, patience how_long, const void* where);

/// @return what pthread's functions do
int lock_mutex(pthread_mutex_t* it, patience how_long, const void* where);
int unlock_mutex(pthread_mutex_t* it, const void* where);

}  // namespace gauntlet::rc11::unmodified
