/// The C library's functions on memory and strings: what they read and write is the program's access. All that there
/// are of them are here; those on files are in streams.cpp.

#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "models/rc11/unmodified/accesses.hpp"

using namespace gauntlet::rc11::unmodified;

namespace {

void reads(const void* it, std::size_t size, const void* where) {
  look_along(it, size, false, where);
}
void writes(const void* it, std::size_t size, const void* where) {
  look_along(it, size, true, where);
}

/// With the zero at its end.
std::size_t whole(const char* it) {
  return GAUNTLET_REAL(strlen, it) + 1;
}
/// The same, but no more than `most`.
std::size_t whole(const char* it, std::size_t most) {
  return std::min(most, GAUNTLET_REAL(strnlen, it, most) + 1);
}
/// So far a comparison looks: `most`, or to where they differ or end.
std::size_t compared(const char* one, const char* other, std::size_t most) {
  std::size_t size = 0;
  while (size < most && one[size] == other[size] && one[size] != 0) ++size;
  return std::min(size, most - 1) + 1;
}
void reads_both(const char* one, const char* other, std::size_t most, const void* where) {
  if (!inside() || most == 0) return;
  const std::size_t size = compared(one, other, most);
  reads(one, size, where);
  reads(other, size, where);
}
/// @param kept bytes of `to` that stay, and are looked through
void copies(const char* from, char* to, std::size_t kept, std::size_t size, const void* where) {
  reads(from, size, where);
  if (kept != 0) reads(to, kept + 1, where);
  writes(to + kept, size, where);
}
/// Of a search that found `found`, or nothing in all of it.
template <class T>
std::size_t searched(const T* begin, const void* found, std::size_t size) {
  return found == nullptr ? size : static_cast<std::size_t>(static_cast<const T*>(found) - begin) + 1;
}

constexpr std::size_t no_limit = ~std::size_t{0};

char* duplicated(const char* from, std::size_t most, const void* where) {
  const std::size_t size = GAUNTLET_REAL(strnlen, from, most);
  reads(from, std::min(size + 1, most), where);
  auto* const made =
      static_cast<char*>(storage.allocate(size + 1, alignof(std::max_align_t), heap::made_by::malloc, where));
  if (made == nullptr) return nullptr;
  writes(made, size + 1, where);
  GAUNTLET_REAL(memcpy, made, from, size);
  made[size] = 0;
  return made;
}

}  // namespace

// ---- Memory. The instrumented program calls the first three by other names.

#define COPY(name, real)                                                             \
  GAUNTLET_ENTRY void* name(void* to, const void* from, std::size_t size) noexcept { \
    reads(from, size, GAUNTLET_CALLER);                                              \
    writes(to, size, GAUNTLET_CALLER);                                               \
    return GAUNTLET_REAL(real, to, from, size);                                      \
  }
COPY(__tsan_memcpy, memcpy)
COPY(__tsan_memmove, memmove)
COPY(memcpy, memcpy)
COPY(memmove, memmove)
COPY(mempcpy, mempcpy)
#define FILL(name)                                                            \
  GAUNTLET_ENTRY void* name(void* to, int value, std::size_t size) noexcept { \
    writes(to, size, GAUNTLET_CALLER);                                        \
    return GAUNTLET_REAL(memset, to, value, size);                            \
  }
FILL(__tsan_memset)
FILL(memset)
GAUNTLET_ENTRY void bzero(void* to, std::size_t size) noexcept {
  writes(to, size, GAUNTLET_CALLER);
  GAUNTLET_REAL(memset, to, 0, size);
}
#define COMPARE(name)                                                                      \
  GAUNTLET_ENTRY int name(const void* one, const void* other, std::size_t size) noexcept { \
    reads(one, size, GAUNTLET_CALLER);                                                     \
    reads(other, size, GAUNTLET_CALLER);                                                   \
    return GAUNTLET_REAL(name, one, other, size);                                          \
  }
COMPARE(memcmp)
COMPARE(bcmp)
#define FIND_BYTE(name, find)                                                               \
  GAUNTLET_ENTRY void* find(const void* begin, int value, std::size_t size) __asm__(#name); \
  GAUNTLET_ENTRY void* find(const void* begin, int value, std::size_t size) {               \
    static const auto real = reinterpret_cast<decltype(&find)>(next(#name));                \
    void* const found = real(begin, value, size);                                           \
    reads(begin, searched(static_cast<const char*>(begin), found, size), GAUNTLET_CALLER);  \
    return found;                                                                           \
  }
FIND_BYTE(memchr, find_byte)
FIND_BYTE(memrchr, find_last_byte)
GAUNTLET_ENTRY void* memmem(const void* in, std::size_t size, const void* part, std::size_t of_part) noexcept {
  reads(in, size, GAUNTLET_CALLER);
  reads(part, of_part, GAUNTLET_CALLER);
  return GAUNTLET_REAL(memmem, in, size, part, of_part);
}

// ---- Strings

GAUNTLET_ENTRY std::size_t strlen(const char* it) noexcept {
  const std::size_t size = GAUNTLET_REAL(strlen, it);
  reads(it, size + 1, GAUNTLET_CALLER);
  return size;
}
GAUNTLET_ENTRY std::size_t strnlen(const char* it, std::size_t most) noexcept {
  const std::size_t size = GAUNTLET_REAL(strnlen, it, most);
  reads(it, std::min(size + 1, most), GAUNTLET_CALLER);
  return size;
}

GAUNTLET_ENTRY char* strcpy(char* to, const char* from) noexcept {
  copies(from, to, 0, whole(from), GAUNTLET_CALLER);
  return GAUNTLET_REAL(strcpy, to, from);
}
GAUNTLET_ENTRY char* stpcpy(char* to, const char* from) noexcept {
  copies(from, to, 0, whole(from), GAUNTLET_CALLER);
  return GAUNTLET_REAL(stpcpy, to, from);
}
GAUNTLET_ENTRY char* strcat(char* to, const char* from) noexcept {
  copies(from, to, whole(to) - 1, whole(from), GAUNTLET_CALLER);
  return GAUNTLET_REAL(strcat, to, from);
}
GAUNTLET_ENTRY char* strncat(char* to, const char* from, std::size_t most) noexcept {
  copies(from, to, whole(to) - 1, whole(from, most), GAUNTLET_CALLER);
  return GAUNTLET_REAL(strncat, to, from, most);
}
// These write so much, whatever they copy.
GAUNTLET_ENTRY char* strncpy(char* to, const char* from, std::size_t size) noexcept {
  reads(from, whole(from, size), GAUNTLET_CALLER);
  writes(to, size, GAUNTLET_CALLER);
  return GAUNTLET_REAL(strncpy, to, from, size);
}
GAUNTLET_ENTRY char* stpncpy(char* to, const char* from, std::size_t size) noexcept {
  reads(from, whole(from, size), GAUNTLET_CALLER);
  writes(to, size, GAUNTLET_CALLER);
  return GAUNTLET_REAL(stpncpy, to, from, size);
}

#define COMPARE_STRINGS(name)                                            \
  GAUNTLET_ENTRY int name(const char* one, const char* other) noexcept { \
    reads_both(one, other, no_limit, GAUNTLET_CALLER);                   \
    return GAUNTLET_REAL(name, one, other);                              \
  }
#define COMPARE_STRINGS_SO_FAR(name)                                                       \
  GAUNTLET_ENTRY int name(const char* one, const char* other, std::size_t most) noexcept { \
    reads_both(one, other, most, GAUNTLET_CALLER);                                         \
    return GAUNTLET_REAL(name, one, other, most);                                          \
  }
COMPARE_STRINGS(strcmp)
COMPARE_STRINGS(strcasecmp)
COMPARE_STRINGS(strcoll)
COMPARE_STRINGS_SO_FAR(strncmp)
COMPARE_STRINGS_SO_FAR(strncasecmp)

#define FIND_CHARACTER(name, find)                                            \
  GAUNTLET_ENTRY char* find(const char* it, int value) __asm__(#name);        \
  GAUNTLET_ENTRY char* find(const char* it, int value) {                      \
    static const auto real = reinterpret_cast<decltype(&find)>(next(#name));  \
    char* const found = real(it, value);                                      \
    if (inside()) reads(it, searched(it, found, whole(it)), GAUNTLET_CALLER); \
    return found;                                                             \
  }
FIND_CHARACTER(strchr, find_character)
FIND_CHARACTER(strchrnul, find_character_or_end)
FIND_CHARACTER(strrchr, find_last_character)
#define FIND_STRING(name, find, T)                                           \
  GAUNTLET_ENTRY T find(const char* it, const char* other) __asm__(#name);   \
  GAUNTLET_ENTRY T find(const char* it, const char* other) {                 \
    static const auto real = reinterpret_cast<decltype(&find)>(next(#name)); \
    if (inside()) {                                                          \
      reads(it, whole(it), GAUNTLET_CALLER);                                 \
      reads(other, whole(other), GAUNTLET_CALLER);                           \
    }                                                                        \
    return real(it, other);                                                  \
  }
FIND_STRING(strstr, find_string, char*)
FIND_STRING(strpbrk, find_any, char*)
FIND_STRING(strspn, span_of, std::size_t)
FIND_STRING(strcspn, span_without, std::size_t)

// The program's heap has the copy: the C library's own would not be the same in every execution.
GAUNTLET_ENTRY char* strdup(const char* from) noexcept {
  return inside() ? duplicated(from, no_limit, GAUNTLET_CALLER) : GAUNTLET_REAL(strdup, from);
}
GAUNTLET_ENTRY char* strndup(const char* from, std::size_t most) noexcept {
  return inside() ? duplicated(from, most, GAUNTLET_CALLER) : GAUNTLET_REAL(strndup, from, most);
}

#define NUMBER(T, name)                                                         \
  GAUNTLET_ENTRY T name(const char* it, char** end, int base) noexcept {        \
    char* seen = nullptr;                                                       \
    const T number = GAUNTLET_REAL(name, it, &seen, base);                      \
    reads(it, static_cast<std::size_t>(seen - it) + 1, GAUNTLET_CALLER);        \
    if (end != nullptr) writes(end, sizeof *end, GAUNTLET_CALLER), *end = seen; \
    return number;                                                              \
  }
NUMBER(long, strtol)
NUMBER(unsigned long, strtoul)
NUMBER(long long, strtoll)
NUMBER(unsigned long long, strtoull)
GAUNTLET_ENTRY double strtod(const char* it, char** end) noexcept {
  char* seen = nullptr;
  const double number = GAUNTLET_REAL(strtod, it, &seen);
  reads(it, static_cast<std::size_t>(seen - it) + 1, GAUNTLET_CALLER);
  if (end != nullptr) writes(end, sizeof *end, GAUNTLET_CALLER), *end = seen;
  return number;
}

GAUNTLET_ENTRY void qsort(void* all, std::size_t count, std::size_t size, int (*compare)(const void*, const void*)) {
  writes(all, count * size, GAUNTLET_CALLER);
  GAUNTLET_REAL(qsort, all, count, size, compare);
}
