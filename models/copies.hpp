#pragma once
/// ThreadSanitizer's entry points for what compilers make of copies, beside those in models/accesses.hpp, which is
/// included with this.

#include <cstring>

#include "models/accesses.hpp"

GAUNTLET_ENTRY void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
  look_along(from, size, false, GAUNTLET_CALLER);
  look_along(to, size, true, GAUNTLET_CALLER);
  return std::memcpy(to, from, size);
}
GAUNTLET_ENTRY void* __tsan_memmove(void* to, const void* from, std::size_t size) {
  look_along(from, size, false, GAUNTLET_CALLER);
  look_along(to, size, true, GAUNTLET_CALLER);
  return std::memmove(to, from, size);
}
GAUNTLET_ENTRY void* __tsan_memset(void* to, int value, std::size_t size) {
  look_along(to, size, true, GAUNTLET_CALLER);
  return std::memset(to, value, size);
}
