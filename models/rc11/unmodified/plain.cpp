/// ThreadSanitizer's entry points for plain memory.

#include "models/rc11/unmodified/accesses.hpp"

using gauntlet::rc11::unmodified::inside;
using gauntlet::rc11::unmodified::look_along;
using gauntlet::rc11::unmodified::loops;
using gauntlet::rc11::unmodified::memory;
using gauntlet::rc11::unmodified::told;

namespace {

[[gnu::always_inline]] inline void look(const void* address, unsigned size, bool writes, const void* where) {
  if (!inside()) return;
  const told step(writes ? "write" : "read", address, size, -1, where);
  memory.access(address, size, writes, where);
  if (writes) loops.writes(address, size);
}

}  // namespace

// A volatile access is a plain one: it orders nothing, and races.
#define ACCESS(name, size, writes)                         \
  GAUNTLET_ENTRY void __tsan_##name##size(void* address) { \
    look(address, size, writes, GAUNTLET_CALLER);          \
  }
#define BOTH(prefix, size)          \
  ACCESS(prefix##read, size, false) \
  ACCESS(prefix##write, size, true)
// A write covers the read before it: both conflict with whatever the write conflicts with.
#define ALL(size)                 \
  BOTH(, size)                    \
  BOTH(unaligned_, size)          \
  BOTH(volatile_, size)           \
  BOTH(unaligned_volatile_, size) \
  ACCESS(read_write, size, true)  \
  ACCESS(unaligned_read_write, size, true)

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
  if (*address != value) look(address, sizeof(void*), true, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY void __tsan_vptr_read(void** address) {
  look(address, sizeof(void*), false, GAUNTLET_CALLER);
}

// Annotations for dynamic race detectors: all that they say is in the atomic operations, too.
GAUNTLET_ENTRY void AnnotateHappensBefore(const char*, int, const volatile void*) {}
GAUNTLET_ENTRY void AnnotateHappensAfter(const char*, int, const volatile void*) {}
GAUNTLET_ENTRY void AnnotateIgnoreReadsBegin(const char*, int) {}
GAUNTLET_ENTRY void AnnotateIgnoreReadsEnd(const char*, int) {}
GAUNTLET_ENTRY void AnnotateIgnoreWritesBegin(const char*, int) {}
GAUNTLET_ENTRY void AnnotateIgnoreWritesEnd(const char*, int) {}
GAUNTLET_ENTRY void AnnotateBenignRaceSized(const char*, int, const volatile void*, long, const char*) {}

GAUNTLET_ENTRY void __tsan_init() {}
GAUNTLET_ENTRY void __tsan_func_entry(void*) {}
GAUNTLET_ENTRY void __tsan_func_exit() {}
GAUNTLET_ENTRY void __tsan_ignore_thread_begin() {}
GAUNTLET_ENTRY void __tsan_ignore_thread_end() {}
