#include "harness/scopes.hpp"

#include <dwarf.h>

#include <algorithm>

namespace gauntlet::harness {

namespace {

std::vector<Dwarf_Die> functions_of(Dwarf_Die* unit) {
  std::vector<Dwarf_Die> all;
  dwarf_getfuncs(
      unit,
      [](Dwarf_Die* function, void* to) {
        // Others are declarations, or only ever inlined.
        if (dwarf_hasattr(function, DW_AT_low_pc) != 0 || dwarf_hasattr(function, DW_AT_ranges) != 0)
          static_cast<std::vector<Dwarf_Die>*>(to)->push_back(*function);
        return static_cast<int>(DWARF_CB_OK);
      },
      &all, 0);
  return all;
}

/// The block or inlined call in `outer`, and in nothing between, that has the address in it. @return whether there is
/// one
bool step_into(Dwarf_Die& outer, Dwarf_Addr address) {
  Dwarf_Die each;
  if (dwarf_child(&outer, &each) != 0) return false;
  do {
    const int tag = dwarf_tag(&each);
    if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) continue;
    if (dwarf_haspc(&each, address) <= 0) continue;
    outer = each;
    return true;
  } while (dwarf_siblingof(&each, &each) == 0);
  return false;
}

}  // namespace

std::vector<Dwarf_Die> scopes::at(Dwarf_Die* unit, Dwarf_Addr address) {
  const auto [entry, fresh] = functions_.try_emplace(unit->addr);
  if (fresh) entry->second = functions_of(unit);
  auto& functions = entry->second;
  const auto found = std::find_if(functions.begin(), functions.end(),
                                  [&](Dwarf_Die& each) { return dwarf_haspc(&each, address) > 0; });
  if (found == functions.end()) return {};
  std::vector<Dwarf_Die> all{*found};
  for (Dwarf_Die innermost = *found; step_into(innermost, address);) all.push_back(innermost);
  return all;
}

}  // namespace gauntlet::harness
