/// ThreadSanitizer's entry points for plain memory.

#include "models/rc11/unmodified/accesses.hpp"

using gauntlet::rc11::unmodified::inside;
using gauntlet::rc11::unmodified::look_along;
using gauntlet::rc11::unmodified::loops;
using gauntlet::rc11::unmodified::memory;
using gauntlet::rc11::unmodified::told;

namespace {

enum class access : bool { ordinary, is_volatile };

template <access how = access::ordinary>
[[gnu::always_inline]] inline void look(const void* address, unsigned size, bool writes, const void* where) {
  if (!inside()) return;
  const told step(how == access::ordinary ? writes ? "write" : "read"
                  : writes                ? "volatile write"
                                          : "volatile read",
                  address, size, -1, where);
  memory.access(address, size, writes, where);
  if (writes) loops.writes(address, size);
}

}  // namespace

// A volatile access is a plain one: it orders nothing, and races.
#define ACCESS(name, size, how, writes)                        \
  GAUNTLET_ENTRY void __tsan_##name##size(void* address) {     \
    look<access::how>(address, size, writes, GAUNTLET_CALLER); \
  }
#define BOTH(prefix, size, how)          \
  ACCESS(prefix##read, size, how, false) \
  ACCESS(prefix##write, size, how, true)
// A write covers the read before it: both conflict with whatever the write conflicts with.
#define ALL(size)                              \
  BOTH(, size, ordinary)                       \
  BOTH(unaligned_, size, ordinary)             \
  BOTH(volatile_, size, is_volatile)           \
  BOTH(unaligned_volatile_, size, is_volatile) \
  ACCESS(read_write, size, ordinary, true)     \
  ACCESS(unaligned_read_write, size, ordinary, true)

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
