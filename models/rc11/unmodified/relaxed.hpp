#pragma once
/// What relaxed/pass.cpp has an instrumented program tell of its plain accesses that are taken for relaxed atomic ones.

namespace gauntlet::unmodified {

/// A place in the program; a static object of it.
struct relaxed_use {
  /// The suppression, as it stands in its file, or `annotated`.
  const char* by;
  const char* file;
  const char* function;
  unsigned line;
};

}  // namespace gauntlet::unmodified

/// Called before each of these accesses.
extern "C" void __gauntlet_relaxed(const gauntlet::unmodified::relaxed_use* use);
