#pragma once
/// Random litmus programs.

#include <random>

#include "models/litmus/program.hpp"

namespace gauntlet::oracle {

struct proportions {
  /// Of all events; a read-modify-write is two. From 4 to 16.
  unsigned most_events = 8;
  /// Whether some programs have plain data.
  bool plain = true;
  /// Whether loads may be awaits.
  bool awaits = false;
  /// Whether locks may be taken, by threads that mostly release them again.
  bool locks = false;
  /// Whether threads may sleep and wake, on locations as futexes.
  bool futexes = false;
};

/// Two to four threads of loads, stores, read-modify-writes and fences of all orders, on one to three locations, some
/// with values and branches that depend on what was read. Half of them are variations on tests of the catalogue, up to
/// two events larger. The same numbers give the same program everywhere.
litmus::program random_program(std::mt19937_64& numbers, const proportions& of);

}  // namespace gauntlet::oracle
