#pragma once
/// What code an address is in, call by inlined call. (dwarf_getscopes() goes through all of a unit for each address;
/// this does so once.)

#include <elfutils/libdw.h>

#include <unordered_map>
#include <vector>

namespace gauntlet::harness {

class scopes {
 public:
  /// The function that has this address of the unit in it, then the blocks and inlined calls around the address,
  /// outermost first. Empty where there is none. Linear in the number of the unit's functions.
  std::vector<Dwarf_Die> at(Dwarf_Die* unit, Dwarf_Addr address);

 private:
  /// Those of each unit that has been asked for.
  std::unordered_map<const void*, std::vector<Dwarf_Die>> functions_;
};

}  // namespace gauntlet::harness
