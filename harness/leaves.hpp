#pragma once
/// What lies where in objects of known types: the members that hold values, each with its name. For harness/names.hpp
/// and harness/variables.hpp, which know where objects are.

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gauntlet::harness {

/// How a value is best read by people.
enum class reading : std::uint8_t { unsigned_integer, signed_integer, boolean, pointer, other };

struct leaf {
  std::size_t size = 0;
  std::string name = {};
  reading kind = reading::other;
};

std::string_view name_of(Dwarf_Die* die);
/// The type of a variable, a member or a template's parameter, without what only qualifies it. @return false if it has
/// none
bool type_of(Dwarf_Die* die, Dwarf_Die* type);
std::size_t size_of(Dwarf_Die* type);
/// Types are compared by this: the demangler and the compiler differ in spaces and in the case of literals' suffixes.
std::string normalised(std::string_view name);

/// The unit that an address lies in, by the table of its lines: clang leaves the table of units out, and elfutils 0.188
/// loses some of the ranges that clang gives a unit.
/// @param bias what to take off addresses for what is asked of the unit @return null if there is none
Dwarf_Die* unit_of(Dwfl_Module* module, Dwarf_Addr address, Dwarf_Addr& bias);

class leaves {
 public:
  /// What lies at `address`, of the type. What its smart pointers and vectors own is known with it.
  void add_value(std::uintptr_t address, Dwarf_Die type, const std::string& name, unsigned depth = 0);
  /// @param prefix what a member's name is appended to
  void add_members(std::uintptr_t object, Dwarf_Die type, const std::string& prefix, unsigned depth = 0);

  /// The innermost that covers the address, or null.
  const leaf* at(std::uintptr_t address) const;
  /// The outermost object of a class that begins at the address, or "".
  std::string object_at(std::uintptr_t address) const;

 private:
  void add_sole_member(std::uintptr_t address, Dwarf_Die type, const std::string& name, unsigned depth);
  void add_owned(std::uintptr_t target, Dwarf_Die type, const std::string& name, unsigned depth);
  void add_elements(std::uintptr_t first, std::size_t bytes, Dwarf_Die element, const std::string& name,
                    unsigned depth);

  std::map<std::uintptr_t, leaf> all_;
  std::map<std::uintptr_t, std::string> objects_;
};

}  // namespace gauntlet::harness
