#pragma once
/// What a marked program and the engine have in common: how loops tell of themselves.

/// One for each loop of the program.
struct gauntlet_loop {
  const char* file;
  unsigned line;
  /// The compiler knows after how many iterations it ends: it is never held.
  unsigned ends;
  const char* function;
};

namespace gauntlet::loops {

/// What covers an iteration that only fails, and so refreshes what the next one expects: see retry.cpp. Any of
enum retries : unsigned {
  /// an execution in which the load before the loop has read what it found, if it is the first one;
  after_load = 1,
  /// one in which the iteration before has found that, if that one only failed and expected something else.
  after_failing = 2
};

}  // namespace gauntlet::loops
