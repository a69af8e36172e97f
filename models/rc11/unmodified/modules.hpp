#pragma once
/// What the process is made of: whose code calls, and where its data lies.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gauntlet::rc11::unmodified {

struct module {
  std::string name;
  std::uintptr_t begin;
  std::uintptr_t end;
  /// Of its data, which lies after its code.
  std::uintptr_t data_end;
  /// It is this library.
  bool ours;
  /// It was compiled for this library: the program, or a shared library of its own.
  bool instrumented;
  /// The C++ library: what it allocates, it does so on the program's behalf.
  bool standard;
};

/// Those that were loaded before the program's main.
const std::vector<module>& modules();

/// Whether code at `address` is the program's own, or the C++ library's.
bool is_programs(const void* address) noexcept;
bool is_programs_or_standard(const void* address) noexcept;
/// Whether it is this library's.
bool is_ours(const void* address) noexcept;
/// Whether the program runs and `object` is its own: not a variable of a library that isn't instrumented, which is not
/// restored between executions, and whose locks and the like are nobody else's business.
bool is_explored(const void* object) noexcept;

/// The program's variables, as they were at the time of the call: restored at the beginning of each execution.
void save_globals();
void restore_globals();
/// The bytes that are restored: pairs of begin and size; and those of other libraries' variables.
const std::vector<std::pair<std::byte*, std::size_t>>& globals();
const std::vector<std::pair<std::byte*, std::size_t>>& others_globals();

}  // namespace gauntlet::rc11::unmodified
