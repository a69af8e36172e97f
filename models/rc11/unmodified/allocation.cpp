/// malloc, new and their families: the program's heap for the program, the C library's for everybody else.

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include "models/rc11/unmodified/heap.hpp"
#include "models/rc11/unmodified/modules.hpp"

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace {

using namespace gauntlet::rc11::unmodified;
using made_by = heap::made_by;

/// Whether it is the program's that is allocated: what the C library allocates may outlive the execution.
bool for_program(const void* caller) noexcept {
  if (inside()) return is_programs_or_standard(caller);
  return storage.starting() && is_programs(caller);
}

void* allocate(std::size_t size, std::size_t alignment, made_by how, const void* caller) noexcept {
  if (!for_program(caller))
    return alignment <= alignof(std::max_align_t) ? __libc_malloc(size) : __libc_memalign(alignment, size);
  void* const given = storage.allocate(size, alignment, how, caller);
  if (given == nullptr) errno = ENOMEM;
  return given;
}

void* allocate_or_throw(std::size_t size, std::size_t alignment, made_by how, const void* caller) {
  void* const given = allocate(size, alignment, how, caller);
  if (given == nullptr) throw std::bad_alloc();
  return given;
}

/// What an execution left behind goes with it, and so does what was made before the first one.
void release(void* it, made_by how, const void* caller) noexcept {
  if (it == nullptr) return;
  if (!storage.owns(it)) return __libc_free(it);
  if (inside()) storage.release(it, how, caller);
}

constexpr std::size_t least = alignof(std::max_align_t);

}  // namespace

GAUNTLET_ENTRY void* malloc(std::size_t size) {
  return allocate(size, least, made_by::malloc, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY void free(void* it) {
  release(it, made_by::malloc, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY void* calloc(std::size_t count, std::size_t size) {
  if (!for_program(GAUNTLET_CALLER)) return __libc_calloc(count, size);
  std::size_t whole = 0;
  if (__builtin_mul_overflow(count, size, &whole)) {
    errno = ENOMEM;
    return nullptr;
  }
  void* const given = allocate(whole, least, made_by::malloc, GAUNTLET_CALLER);
  if (given != nullptr) std::memset(given, 0, whole);
  return given;
}
GAUNTLET_ENTRY void* realloc(void* old, std::size_t size) {
  if (old == nullptr ? !for_program(GAUNTLET_CALLER) : !storage.owns(old)) return __libc_realloc(old, size);
  if (!inside() && !storage.starting()) return nullptr;
  if (old != nullptr && size == 0) {
    release(old, made_by::malloc, GAUNTLET_CALLER);
    return nullptr;
  }
  void* const given = storage.allocate(size, least, made_by::malloc, GAUNTLET_CALLER);
  if (given == nullptr || old == nullptr) return given;
  const std::size_t kept = std::min(size, storage.size_of(old));
  if (inside()) memory.span(old, kept, false, GAUNTLET_CALLER);
  std::memcpy(given, old, kept);
  release(old, made_by::malloc, GAUNTLET_CALLER);
  return given;
}
GAUNTLET_ENTRY void* memalign(std::size_t alignment, std::size_t size) {
  return allocate(size, alignment, made_by::malloc, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return allocate(size, alignment, made_by::malloc, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY int posix_memalign(void** given, std::size_t alignment, std::size_t size) {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  *given = allocate(size, alignment, made_by::malloc, GAUNTLET_CALLER);
  return *given == nullptr ? ENOMEM : 0;
}
GAUNTLET_ENTRY void* valloc(std::size_t size) {
  return allocate(size, 4096, made_by::malloc, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY std::size_t malloc_usable_size(void* it) {
  if (it == nullptr) return 0;
  if (storage.owns(it)) return storage.size_of(it);
  return GAUNTLET_REAL(malloc_usable_size, it);
}

#pragma GCC visibility push(default)

#define NEW(brackets, how)                                                                                    \
  void* operator new brackets(std::size_t size) {                                                             \
    return allocate_or_throw(size, least, made_by::how, GAUNTLET_CALLER);                                     \
  }                                                                                                           \
  void* operator new brackets(std::size_t size, std::align_val_t alignment) {                                 \
    return allocate_or_throw(size, static_cast<std::size_t>(alignment), made_by::how, GAUNTLET_CALLER);       \
  }                                                                                                           \
  void* operator new brackets(std::size_t size, const std::nothrow_t&) noexcept {                             \
    return allocate(size, least, made_by::how, GAUNTLET_CALLER);                                              \
  }                                                                                                           \
  void* operator new brackets(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept { \
    return allocate(size, static_cast<std::size_t>(alignment), made_by::how, GAUNTLET_CALLER);                \
  }
#define DELETE_AS(brackets, how, ...)                                           \
  void operator delete brackets(void* it __VA_OPT__(, ) __VA_ARGS__) noexcept { \
    release(it, made_by::how, GAUNTLET_CALLER);                                 \
  }
#define DELETE(brackets, how)                             \
  DELETE_AS(brackets, how)                                \
  DELETE_AS(brackets, how, std::size_t)                   \
  DELETE_AS(brackets, how, std::align_val_t)              \
  DELETE_AS(brackets, how, std::size_t, std::align_val_t) \
  DELETE_AS(brackets, how, const std::nothrow_t&)         \
  DELETE_AS(brackets, how, std::align_val_t, const std::nothrow_t&)

#define NOTHING
NEW(NOTHING, scalar_new)
NEW([], array_new)
DELETE(NOTHING, scalar_new)
DELETE([], array_new)

#pragma GCC visibility pop
