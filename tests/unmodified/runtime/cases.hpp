#pragma once
/// Programs of several cases, one of which is run: by the name that is the first argument.

#include <cassert>
#include <cstddef>
#include <cstring>

#undef NDEBUG
#define check assert

struct named_case {
  const char* name;
  void (*run)();
};

/// @return the exit status: 64 if there is no such case
template <std::size_t Size>
int run_case(const named_case (&all)[Size], int count, char** words) {
  for (const named_case& each : all) {
    if (count != 2 || std::strcmp(each.name, words[1]) != 0) continue;
    each.run();
    return 0;
  }
  return 64;
}
