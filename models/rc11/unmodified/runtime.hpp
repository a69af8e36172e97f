#pragma once
/// What the parts of the runtime under an unmodified program share. The program was compiled for ThreadSanitizer, and
/// calls this library in place of ThreadSanitizer's, of pthread's and of much of the C library.
///
/// Whether the program itself runs, or the engine or the runtime on its behalf, is arena::active's to say: a function
/// that the library takes over does for the latter what the C library does.

#include <cstddef>
#include <cstdint>
#include <string>

#include "models/entry.hpp"
#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11::unmodified {

inline constexpr unsigned most_threads = 64;

/// The explorer of the program, while it is explored; else null.
inline explorer* engine = nullptr;

/// Whether the program is running, on one of its threads.
[[gnu::always_inline]] inline bool inside() noexcept {
  return arena::active != arena::ordinary;
}

/// While one of these is, the runtime runs: it allocates what outlives the execution.
struct outside : arena::use {
  outside() noexcept : use(arena::ordinary) {}
};

inline site at(const void* where) noexcept {
  return {where, nullptr, 0};
}

// ---- The C library's own functions, for what isn't the program's.

/// @param name of a function that this library takes over
void* next(const char* name) noexcept;

/// Calls the C library's function of that name.
#define GAUNTLET_REAL(name, ...)                                                                             \
  ([&] {                                                                                                     \
    static const auto real = reinterpret_cast<decltype(&::name)>(::gauntlet::rc11::unmodified::next(#name)); \
    return real(__VA_ARGS__);                                                                                \
  }())

/// What this library does not do, and never did before in this process: said once for each `what`, on standard error.
void warn_once(const char* what) noexcept;

}  // namespace gauntlet::rc11::unmodified
