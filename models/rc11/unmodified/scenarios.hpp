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

/// So many threads play a role of the scenario: the first ones that are started.
void roles_are(unsigned count) noexcept;

[[noreturn]] void fail(const char* violation_class, const char* message, sync::site where);

#pragma GCC visibility pop

}  // namespace gauntlet::rc11::unmodified
