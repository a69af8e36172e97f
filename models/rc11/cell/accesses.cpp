/// What the compiler tells of in a cell: its plain accesses.

#include "models/rc11/cell/ordinary.hpp"
#include "models/rc11/cell/telling.hpp"

namespace {

using gauntlet::model::told_access;
using gauntlet::rc11::ordinary;
namespace arena = gauntlet::rc11::arena;

[[gnu::noinline]] void look_closely(const void* address, unsigned size, bool writes, const void* where) {
  const told_access step(writes ? "write" : "read", address, size);
  ordinary().access(address, size, writes, where);
}

[[gnu::always_inline]] inline void look(const void* address, unsigned size, bool writes, bool, const void* where) {
  if (arena::active == arena::ordinary || ordinary().is_private(address)) return;
  look_closely(address, size, writes, where);
}

void look_along(const void* address, std::size_t size, bool writes, const void* where) {
  if (arena::active == arena::ordinary || size == 0 || ordinary().is_private(address)) return;
  const told_access step(writes ? "write" : "read", address, size);
  ordinary().span(address, size, writes, where);
}

}  // namespace

#include "models/copies.hpp"
