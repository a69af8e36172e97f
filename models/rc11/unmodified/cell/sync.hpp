#pragma once
/// The seam as an author would have written it without one: std::atomic, plain data, std::thread, the futex, new and
/// delete. So a primitive becomes an ordinary program, which is explored as one; see program.cpp.
///
/// What a program can't say is asked of the engine (models/rc11/unmodified/scenarios.hpp): which thread this is, as a
/// count of threads would be an event of each; whether a deadline passes, as time stands still in the models.

#include "models/rc11/unmodified/scenarios.hpp"
#include "primitives/native.hpp"

namespace gauntlet::sync::engine {

using native::cell;
using native::destroy;
using native::fence;
using native::futex_wait;
using native::futex_wait_until;
using native::futex_wake;
using native::lock_identity;
using native::lock_scope;
using native::make;
using native::plain;
using native::retry;
using native::slot;
using native::thread;

inline clock::time_point now() noexcept {
  return clock::time_point();
}
inline bool passed(clock::time_point, site) noexcept {
  return rc11::unmodified::deadline_passes();
}

/// Without a back-off: that is a count, by which iterations would differ.
struct spin {
  explicit spin(site) noexcept {}
  void again() noexcept {}
};

/// Asks once, which stands for any number: see sync::spin_briefly.
struct brief {
  explicit brief(site) noexcept {}
  static constexpr bool begins() noexcept { return true; }
  static constexpr bool again(auto&&) noexcept { return false; }
};

inline std::uint32_t this_thread() noexcept {
  return rc11::unmodified::thread_number();
}

[[noreturn]] inline void failed(const char* what, site where) {
  rc11::unmodified::fail("assertion", what, where);
}

}  // namespace gauntlet::sync::engine
