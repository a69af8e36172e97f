/// Plain memory, as the program accesses it.

#include "models/rc11/unmodified/accesses.hpp"

using gauntlet::rc11::unmodified::engine;
using gauntlet::rc11::unmodified::inside;
using gauntlet::rc11::unmodified::look_along;
using gauntlet::rc11::unmodified::loops;
using gauntlet::rc11::unmodified::memory;
using gauntlet::rc11::unmodified::told;

namespace {

[[gnu::always_inline]] inline void look(const void* address, unsigned size, bool writes, bool is_volatile,
                                        const void* where) {
  if (!inside()) return;
  const char* const volatile_one = writes ? "volatile write" : "volatile read";
  const told step(is_volatile ? volatile_one : writes ? "write" : "read", address, size, -1, where);
  engine->touch_plain();
  memory.access(address, size, writes, where);
  if (writes) loops.writes(address, size);
}

}  // namespace

#include "models/accesses.hpp"

// Annotations for dynamic race detectors: all that they say is in the atomic operations, too.
GAUNTLET_ENTRY void AnnotateHappensBefore(const char*, int, const volatile void*) {}
GAUNTLET_ENTRY void AnnotateHappensAfter(const char*, int, const volatile void*) {}
GAUNTLET_ENTRY void AnnotateIgnoreReadsBegin(const char*, int) {}
GAUNTLET_ENTRY void AnnotateIgnoreReadsEnd(const char*, int) {}
GAUNTLET_ENTRY void AnnotateIgnoreWritesBegin(const char*, int) {}
GAUNTLET_ENTRY void AnnotateIgnoreWritesEnd(const char*, int) {}
GAUNTLET_ENTRY void AnnotateBenignRaceSized(const char*, int, const volatile void*, long, const char*) {}

GAUNTLET_ENTRY void __tsan_func_entry(void*) {}
GAUNTLET_ENTRY void __tsan_func_exit() {}
GAUNTLET_ENTRY void __tsan_ignore_thread_begin() {}
GAUNTLET_ENTRY void __tsan_ignore_thread_end() {}
