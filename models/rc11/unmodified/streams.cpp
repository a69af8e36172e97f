/// The C library's functions that read and write files and streams, as far as they do so from and to the program's
/// memory; and those that print to memory. A loop that calls one does something. All that there are of them are here.

#include <printf.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "models/rc11/unmodified/accesses.hpp"
#include "models/rc11/unmodified/system.hpp"

using namespace gauntlet::rc11::unmodified;

namespace {

void reads(const void* it, std::size_t size, const void* where) {
  look_along(it, size, false, where);
}
void reads_string(const char* it, const void* where) {
  if (inside() && it != nullptr) reads(it, GAUNTLET_REAL(strlen, it) + 1, where);
}
/// So much was written; the bytes that there were are lost.
template <class T>
T wrote(const void* it, T size, const void* where) {
  if (size > 0) look_along(it, static_cast<std::size_t>(size), true, where);
  return size;
}

/// The world outside is about to see or give something.
void effect() {
  if (inside()) loops.loses_sight();
}
void effect(int file) {
  effect();
  if (inside() && file == STDIN_FILENO) expect_input();
}
void effect(FILE* stream) {
  effect();
  if (inside() && stream == stdin) expect_input();
}

/// The strings among what is printed, unless a precision may cut them short.
void reads_arguments(const char* format, va_list all, const void* where) {
  if (!inside()) return;
  reads_string(format, where);
  for (const char* it = format; *it != 0; ++it)
    if (*it == '.') return;
  std::array<int, 32> types;
  const std::size_t count = std::min(parse_printf_format(format, types.size(), types.data()), types.size());
  va_list rest;
  va_copy(rest, all);
  for (std::size_t i = 0; i < count; ++i) {
    const int type = types[i];
    if ((type & PA_FLAG_PTR) != 0 || (type & ~PA_FLAG_MASK) == PA_POINTER || (type & ~PA_FLAG_MASK) == PA_WSTRING)
      va_arg(rest, void*);
    else if ((type & ~PA_FLAG_MASK) == PA_STRING)
      reads_string(va_arg(rest, const char*), where);
    else if ((type & ~PA_FLAG_MASK) == PA_DOUBLE || (type & ~PA_FLAG_MASK) == PA_FLOAT)
      (type & PA_FLAG_LONG_DOUBLE) != 0 ? static_cast<void>(va_arg(rest, long double))
                                        : static_cast<void>(va_arg(rest, double));
    else if ((type & (PA_FLAG_LONG | PA_FLAG_LONG_LONG)) != 0)
      va_arg(rest, long);
    else
      va_arg(rest, int);
  }
  va_end(rest);
}

/// @param size of the buffer @return as vsnprintf()
int print_to(char* to, std::size_t size, const char* format, va_list all, const void* where) {
  reads_arguments(format, all, where);
  if (inside() && size != 0) {
    va_list again;
    va_copy(again, all);
    const int length = GAUNTLET_REAL(vsnprintf, nullptr, 0, format, again);
    va_end(again);
    if (length >= 0) look_along(to, std::min(size, static_cast<std::size_t>(length) + 1), true, where);
  }
  return GAUNTLET_REAL(vsnprintf, to, size, format, all);
}
constexpr std::size_t no_limit = 0x7fffffff;

int print(FILE* to, const char* format, va_list all, const void* where) {
  effect();
  reads_arguments(format, all, where);
  return GAUNTLET_REAL(vfprintf, to, format, all);
}

}  // namespace

// ---- To memory

GAUNTLET_ENTRY int vsnprintf(char* to, std::size_t size, const char* format, va_list all) noexcept {
  return print_to(to, size, format, all, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY int vsprintf(char* to, const char* format, va_list all) noexcept {
  return print_to(to, no_limit, format, all, GAUNTLET_CALLER);
}
#define WITH_ARGUMENTS(call) \
  va_list all;               \
  va_start(all, format);     \
  const int done = call;     \
  va_end(all);               \
  return done
GAUNTLET_ENTRY int snprintf(char* to, std::size_t size, const char* format, ...) noexcept {
  WITH_ARGUMENTS(print_to(to, size, format, all, GAUNTLET_CALLER));
}
GAUNTLET_ENTRY int sprintf(char* to, const char* format, ...) noexcept {
  WITH_ARGUMENTS(print_to(to, no_limit, format, all, GAUNTLET_CALLER));
}

// ---- To streams

GAUNTLET_ENTRY int vfprintf(FILE* to, const char* format, va_list all) {
  return print(to, format, all, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY int vprintf(const char* format, va_list all) {
  return print(stdout, format, all, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY int fprintf(FILE* to, const char* format, ...) {
  WITH_ARGUMENTS(print(to, format, all, GAUNTLET_CALLER));
}
GAUNTLET_ENTRY int printf(const char* format, ...) {
  WITH_ARGUMENTS(print(stdout, format, all, GAUNTLET_CALLER));
}
GAUNTLET_ENTRY int fputs(const char* it, FILE* to) {
  effect();
  reads_string(it, GAUNTLET_CALLER);
  return GAUNTLET_REAL(fputs, it, to);
}
GAUNTLET_ENTRY int puts(const char* it) {
  effect();
  reads_string(it, GAUNTLET_CALLER);
  return GAUNTLET_REAL(puts, it);
}
GAUNTLET_ENTRY std::size_t fwrite(const void* it, std::size_t size, std::size_t count, FILE* to) {
  effect();
  reads(it, size * count, GAUNTLET_CALLER);
  return GAUNTLET_REAL(fwrite, it, size, count, to);
}
#define PUT(name)                                \
  GAUNTLET_ENTRY int name(int value, FILE* to) { \
    effect();                                    \
    return GAUNTLET_REAL(name, value, to);       \
  }
PUT(fputc)
PUT(putc)
GAUNTLET_ENTRY int putchar(int value) {
  effect();
  return GAUNTLET_REAL(putchar, value);
}

// ---- From streams

GAUNTLET_ENTRY std::size_t fread(void* to, std::size_t size, std::size_t count, FILE* from) {
  effect(from);
  const std::size_t done = GAUNTLET_REAL(fread, to, size, count, from);
  wrote(to, done * size, GAUNTLET_CALLER);
  return done;
}
GAUNTLET_ENTRY char* fgets(char* to, int size, FILE* from) {
  effect(from);
  char* const done = GAUNTLET_REAL(fgets, to, size, from);
  if (inside() && done != nullptr) wrote(to, GAUNTLET_REAL(strlen, to) + 1, GAUNTLET_CALLER);
  return done;
}
#define GET(name)                       \
  GAUNTLET_ENTRY int name(FILE* from) { \
    effect(from);                       \
    return GAUNTLET_REAL(name, from);   \
  }
GET(fgetc)
GET(getc)
GAUNTLET_ENTRY int getchar() {
  effect(stdin);
  return GAUNTLET_REAL(getchar);
}
#define GET_LINE(name, ...)                                                                               \
  GAUNTLET_ENTRY ssize_t name(char** line, std::size_t* size __VA_OPT__(, int) __VA_ARGS__, FILE* from) { \
    effect(from);                                                                                         \
    const ssize_t done = GAUNTLET_REAL(name, line, size __VA_OPT__(, ) __VA_ARGS__, from);                \
    if (done >= 0) wrote(*line, done + 1, GAUNTLET_CALLER);                                               \
    return done;                                                                                          \
  }
GET_LINE(getline)
GET_LINE(getdelim, end)
#define SCAN(name, scan)                                                               \
  GAUNTLET_ENTRY int scan(FILE* from, const char* format, va_list all) __asm__(#name); \
  GAUNTLET_ENTRY int scan(FILE* from, const char* format, va_list all) {               \
    static const auto real = reinterpret_cast<decltype(&scan)>(next(#name));           \
    effect(from);                                                                      \
    return real(from, format, all);                                                    \
  }
// What is scanned is written unseen.
SCAN(vfscanf, scan_stream)
SCAN(__isoc99_vfscanf, scan_stream_c99)
#define SCAN_INPUT(name, scan)                                     \
  GAUNTLET_ENTRY int scan(const char* format, ...) __asm__(#name); \
  GAUNTLET_ENTRY int scan(const char* format, ...) {               \
    WITH_ARGUMENTS(scan_stream_c99(stdin, format, all));           \
  }
SCAN_INPUT(scanf, scan_input)
SCAN_INPUT(__isoc99_scanf, scan_input_c99)
#define SCAN_STREAM(name, scan)                                                \
  GAUNTLET_ENTRY int scan(FILE* from, const char* format, ...) __asm__(#name); \
  GAUNTLET_ENTRY int scan(FILE* from, const char* format, ...) {               \
    WITH_ARGUMENTS(scan_stream_c99(from, format, all));                        \
  }
SCAN_STREAM(fscanf, scan_file)
SCAN_STREAM(__isoc99_fscanf, scan_file_c99)

// ---- Files

GAUNTLET_ENTRY ssize_t read(int file, void* to, std::size_t size) {
  effect(file);
  return wrote(to, GAUNTLET_REAL(read, file, to, size), GAUNTLET_CALLER);
}
GAUNTLET_ENTRY ssize_t pread(int file, void* to, std::size_t size, off_t from) {
  effect(file);
  return wrote(to, GAUNTLET_REAL(pread, file, to, size, from), GAUNTLET_CALLER);
}
GAUNTLET_ENTRY ssize_t write(int file, const void* from, std::size_t size) {
  effect();
  reads(from, size, GAUNTLET_CALLER);
  return GAUNTLET_REAL(write, file, from, size);
}
GAUNTLET_ENTRY ssize_t pwrite(int file, const void* from, std::size_t size, off_t to) {
  effect();
  reads(from, size, GAUNTLET_CALLER);
  return GAUNTLET_REAL(pwrite, file, from, size, to);
}
GAUNTLET_ENTRY ssize_t readv(int file, const iovec* parts, int count) {
  effect(file);
  const ssize_t done = GAUNTLET_REAL(readv, file, parts, count);
  for (ssize_t left = done; left > 0; left -= static_cast<ssize_t>((parts++)->iov_len))
    wrote(parts->iov_base, std::min(left, static_cast<ssize_t>(parts->iov_len)), GAUNTLET_CALLER);
  return done;
}
GAUNTLET_ENTRY ssize_t writev(int file, const iovec* parts, int count) {
  effect();
  for (int i = 0; i < count; ++i) reads(parts[i].iov_base, parts[i].iov_len, GAUNTLET_CALLER);
  return GAUNTLET_REAL(writev, file, parts, count);
}
