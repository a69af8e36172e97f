#pragma once
/// Programs some of whose threads are twins, and their executions up to exchanging these.

#include <optional>

#include "tests/rc11/engine.hpp"

namespace gauntlet::oracle {

/// Which threads of a program are there more than once: its last one twice or three times, its last two twice each.
enum class copies : std::uint8_t { two, three, two_and_two };

struct twins {
  litmus::program what;
  kinship told = {};
};

/// @return none if the program has fewer threads, or its copies need more registers than there are
std::optional<twins> multiplied(const litmus::program& once, copies how);
/// Its last thread twice, with the location z as a location of its own in each: z of the first, w of the second one.
std::optional<twins> with_own_memory(litmus::program once);

/// A signature with the threads exchanged that makes it the smallest: the same for executions that differ only in which
/// twin did what, and for no others.
std::string orbit(const std::string& signature, const std::vector<bool>& same);

/// Of what the oracle or the engine says of all threads, what is left if twins are told apart no more. Outcomes go.
finding up_to_twins(finding all, const std::vector<bool>& same);

}  // namespace gauntlet::oracle
