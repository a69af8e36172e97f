#pragma once
/// How much of the machine's memory a search may take.

#include <sys/types.h>

#include <cstddef>
#include <string>

namespace gauntlet::rc11 {

/// Bytes of the machine's memory that a process has: whatever holds them, graphs, arenas, stacks, or what the program
/// got from the system; what it shares with the processes that it was forked with, too. Takes microseconds.
/// @param process 0 for the calling one @return 0 where the system doesn't tell
std::size_t resident(pid_t process = 0) noexcept;

/// `2 GiB`, `64 MiB`, `1000 bytes`.
std::string memory_words(std::size_t bytes);

}  // namespace gauntlet::rc11
