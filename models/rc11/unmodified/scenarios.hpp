#pragma once
/// What a scenario's program may ask of the engine that explores it, beside what harness/scenario.hpp promises.

#include <cstdint>

#include "primitives/sync.hpp"

namespace gauntlet::rc11::unmodified {

#pragma GCC visibility push(default)

/// The program's first thread is 1; the others are numbered as they are started, the same in every execution.
std::uint32_t thread_number() noexcept;

/// Whether a deadline that lies ahead has passed: a choice, within limits::timeouts.
bool deadline_passes() noexcept;

/// The loop that the calling thread enters next is one of sync::spin_until or sync::retry_until.
void next_loop_waits() noexcept;
void next_loop_retries() noexcept;

/// What the calling thread keeps for `object`, or null.
void* own(const void* object) noexcept;
/// Has it kept. @param last is called with it at the thread's end, unless somebody has taken it by then
void keep_own(const void* object, void* kept, void (*last)(void*)) noexcept;
/// What some thread keeps for `object`, and doesn't any more; or null.
void* take_own(const void* object) noexcept;

/// Whether plain data holds a value. What nothing was said of does.
void has_value(const void* data, bool does) noexcept;
/// Fails if it holds none.
void expect_value(const void* data, sync::site where) noexcept;

/// So many threads play a role of the scenario: the first ones that are started.
void roles_are(unsigned count) noexcept;

[[noreturn]] void fail(const char* violation_class, const char* message, sync::site where);

#pragma GCC visibility pop

}  // namespace gauntlet::rc11::unmodified
