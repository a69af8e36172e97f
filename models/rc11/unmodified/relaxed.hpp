#pragma once
/// What relaxed/pass.cpp has an instrumented program tell of its plain accesses that are taken for relaxed atomic ones.

#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace gauntlet::rc11::unmodified {

/// A place in the program; a static object of it.
struct relaxed_use {
  /// The suppression, as it stands in its file, or `annotated`.
  const char* by;
  const char* file;
  const char* function;
  unsigned line;
};

/// From now on they are counted, in this process and those that it forks. @throws std::runtime_error without memory
void count_relaxed_uses();
/// How often each of these accesses was made, by what they fall under and where they are.
std::vector<std::pair<relaxed_use, std::uint64_t>> relaxed_uses();

}  // namespace gauntlet::rc11::unmodified

/// Called before each of these accesses.
extern "C" void __gauntlet_relaxed(const gauntlet::rc11::unmodified::relaxed_use* use);
