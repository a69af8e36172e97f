#pragma once
/// Plain accesses: the program's own, and those that the C library makes for it.

#include <cstddef>

#include "models/rc11/unmodified/heap.hpp"
#include "models/rc11/unmodified/loops.hpp"
#include "models/rc11/unmodified/record.hpp"

namespace gauntlet::rc11::unmodified {

/// Tells of an access of `size` bytes, before it is made.
[[gnu::always_inline]] inline void look_along(const void* address, std::size_t size, bool writes, const void* where) {
  if (!inside() || size == 0) return;
  const told step(writes ? "write" : "read", address, size, -1, where);
  engine->touch_plain();
  memory.span(address, size, writes, where);
  if (writes) loops.writes(address, size);
}

}  // namespace gauntlet::rc11::unmodified
