#pragma once
/// ThreadSanitizer's entry points for plain memory, which code that is compiled with -fsanitize=thread calls before
/// each access. For one source of a program: it has defined, before this is included,
///   `void look(const void* address, unsigned size, bool writes, bool is_volatile, const void* where)`, for accesses of
///   1 to 16 bytes; `void look_along(const void* address, std::size_t size, bool writes, const void* where)`, for those
///   of any size;
/// `where` is the return address of the access.

#include <cstddef>

#include "models/entry.hpp"

// A volatile access is a plain one: it orders nothing, and races.
#define ACCESS(name, size, writes, is_volatile)                \
  GAUNTLET_ENTRY void __tsan_##name##size(void* address) {     \
    look(address, size, writes, is_volatile, GAUNTLET_CALLER); \
  }
#define BOTH(prefix, size, is_volatile)          \
  ACCESS(prefix##read, size, false, is_volatile) \
  ACCESS(prefix##write, size, true, is_volatile)
// A write covers the read before it: both conflict with whatever the write conflicts with.
#define ALL(size)                       \
  BOTH(, size, false)                   \
  BOTH(unaligned_, size, false)         \
  BOTH(volatile_, size, true)           \
  BOTH(unaligned_volatile_, size, true) \
  ACCESS(read_write, size, true, false) \
  ACCESS(unaligned_read_write, size, true, false)

ALL(1)
ALL(2)
ALL(4)
ALL(8)
ALL(16)

GAUNTLET_ENTRY void __tsan_read_range(void* address, std::size_t size) {
  look_along(address, size, false, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY void __tsan_write_range(void* address, std::size_t size) {
  look_along(address, size, true, GAUNTLET_CALLER);
}

/// A destructor sets the pointer that its class's objects have anyway: nobody sees that.
GAUNTLET_ENTRY void __tsan_vptr_update(void** address, void* value) {
  if (*address != value) look(static_cast<const void*>(address), sizeof(void*), true, false, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY void __tsan_vptr_read(void** address) {
  look(static_cast<const void*>(address), sizeof(void*), false, false, GAUNTLET_CALLER);
}

GAUNTLET_ENTRY void __tsan_init() {}

#undef ACCESS
#undef BOTH
#undef ALL
