#pragma once
/// Where in the program something happens: a stack is taken in some microseconds, and read when it is told.

#include <array>
#include <string>
#include <vector>

#include "harness/frames.hpp"

namespace gauntlet::lock_order {

/// Return addresses, innermost first; null after the last.
using stack = std::array<void*, 16>;

/// The calling thread's stack, from the caller's caller on.
[[gnu::noinline]] stack here() noexcept;

struct position {
  std::string file;
  unsigned line = 0;
  std::string function;
};

/// `file:line (function)`, or "somewhere" without debug information.
std::string to_string(const position& where);

/// Reads stacks and addresses by the program's debug information (DWARF, through elfutils' libdw).
class reader {
 public:
  /// The first position outside of the locks themselves and of the standard library; inlined calls count.
  position caller(const stack& from);
  /// What the stack of a lock's construction constructs, such as `mutex`; "lock" where it can't be told.
  std::string constructed(const stack& from);
  /// The global variable that has this address in it, or "".
  std::string variable(const void* address) const { return frames_.variable(address); }

 private:
  std::vector<position> positions(void* return_address);

  harness::frames frames_;
};

}  // namespace gauntlet::lock_order
