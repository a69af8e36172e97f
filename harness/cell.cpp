/// One cell's own translation unit: names the primitive, and nothing of the engine.
/// GAUNTLET_HEADER, GAUNTLET_CONTRACT (paths) and GAUNTLET_TYPE come from the Makefile.

#include GAUNTLET_HEADER
#include GAUNTLET_CONTRACT

namespace gauntlet::harness {

contract cell_contract() {
  contract made;
  contracts::describe<GAUNTLET_TYPE>(made);
  return made;
}

}  // namespace gauntlet::harness
