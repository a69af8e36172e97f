/// Files: each execution begins with those open that the process had open, and with the same standard input. What it
/// writes stays, and the next one writes it again.

#include <fcntl.h>
#include <poll.h>
#include <stdio_ext.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "models/rc11/unmodified/loops.hpp"
#include "models/rc11/unmodified/program.hpp"
#include "models/rc11/unmodified/runtime.hpp"
#include "models/rc11/unmodified/system.hpp"
#include "models/rc11/unmodified/time.hpp"
#include "models/rc11/unmodified/watchdog.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

/// Descriptors that are looked after.
constexpr int most = 1024;

/// What the execution has opened and not closed.
std::bitset<most> files;
std::vector<FILE*> streams;

/// Where standard input began. What can't be read twice is copied to a file first, by whichever process comes to it
/// first: then the copy is sealed.
off_t input_begin = 0;
bool is_seekable = false;
int copy = -1;
/// The process that standard input was opened for anew.
pid_t reader = 0;
/// The execution has read some of it.
bool input_read = false;

/// Whether it was there before the execution, and so is there in the next one.
bool lasts(int file) {
  return file >= 0 && file < most && !files[static_cast<unsigned>(file)] && fcntl(file, F_GETFD) != -1;
}

/// Before what can't be done by two processes at once.
void expect_alone(const char* name, const void* where) {
  if (estimating) _exit(0);
  if (chosen.search.workers > 1)
    refuse_call(name, "other processes of the search would write at the same time; leave out --workers", where);
}

int note(int file, int flags, const void* where) {
  loops.loses_sight();
  if (file < 0) return file;
  if (file < most) files.set(static_cast<unsigned>(file));
  if ((flags & O_ACCMODE) != O_RDONLY) {
    expect_alone("open", where);
    const outside ordinary;
    warn_once((place_of_call(where) + ": what is written to a file is written again in every execution").c_str());
  }
  return file;
}

FILE* note(FILE* stream, const char* mode, const void* where) {
  if (stream == nullptr) return stream;
  const outside ordinary;
  streams.push_back(stream);
  note(fileno(stream), mode[0] == 'r' && mode[1] != '+' && mode[1] != 'b' ? O_RDONLY : O_RDWR, where);
  return stream;
}

void forget(FILE* stream) {
  const outside ordinary;
  std::erase(streams, stream);
  if (const int file = fileno(stream); file >= 0 && file < most) files.reset(static_cast<unsigned>(file));
}

void copy_input() {
  std::array<char, 4096> part;
  for (;;) {
    const auto got = GAUNTLET_REAL(read, STDIN_FILENO, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (ssize_t done = 0; done < got;) {
      const auto put = GAUNTLET_REAL(write, copy, part.data() + done, static_cast<std::size_t>(got - done));
      if (put <= 0) break;
      done += put;
    }
  }
}

}  // namespace

void hold_input() {
  input_begin = lseek(STDIN_FILENO, 0, SEEK_CUR);
  struct stat about{};
  is_seekable = input_begin != -1 && fstat(STDIN_FILENO, &about) == 0 && S_ISREG(about.st_mode);
  if (is_seekable || !lasts(STDIN_FILENO)) return;
  input_begin = 0;
  copy = memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

void expect_input() {
  input_read = true;
  if (!is_seekable && copy == -1) return;
  if (const pid_t me = getpid(); std::exchange(reader, me) == me) return;
  // What waits for input is the program: the watchdog may end it here.
  if (!is_seekable && (fcntl(copy, F_GET_SEALS) & F_SEAL_WRITE) == 0) {
    if (estimating) _exit(0);
    copy_input();
    fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE);
  }
  // A place of its own in it: other processes have theirs.
  const outside ordinary;
  const int source = is_seekable ? STDIN_FILENO : copy;
  const int mine = open(("/proc/self/fd/" + std::to_string(source)).c_str(), O_RDONLY | O_CLOEXEC);
  if (mine == -1) return;
  dup2(mine, STDIN_FILENO);
  close(mine);
  lseek(STDIN_FILENO, input_begin, SEEK_SET);
}

void forget_files() {
  if (std::exchange(input_read, false)) {
    __fpurge(stdin);
    clearerr(stdin);
    std::cin.clear();
    lseek(STDIN_FILENO, input_begin, SEEK_SET);
  }
  for (FILE* const it : streams) {
    __fpurge(it);
    fclose(it);
  }
  streams.clear();
  for (std::size_t file = 0; file < files.size() && files.any(); ++file) {
    if (files[file]) close(static_cast<int>(file));
    files.reset(file);
  }
}

}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11::unmodified;

namespace {
mode_t mode_of(int flags, va_list all) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(all, mode_t) : 0;
}
}  // namespace

#define OPEN(name)                                               \
  GAUNTLET_ENTRY int name(const char* path, int flags, ...) {    \
    va_list all;                                                 \
    va_start(all, flags);                                        \
    const mode_t mode = mode_of(flags, all);                     \
    va_end(all);                                                 \
    const int file = GAUNTLET_REAL(name, path, flags, mode);     \
    return inside() ? note(file, flags, GAUNTLET_CALLER) : file; \
  }
OPEN(open)
OPEN(open64)
#define OPEN_AT(name)                                                     \
  GAUNTLET_ENTRY int name(int folder, const char* path, int flags, ...) { \
    va_list all;                                                          \
    va_start(all, flags);                                                 \
    const mode_t mode = mode_of(flags, all);                              \
    va_end(all);                                                          \
    const int file = GAUNTLET_REAL(name, folder, path, flags, mode);      \
    return inside() ? note(file, flags, GAUNTLET_CALLER) : file;          \
  }
OPEN_AT(openat)
OPEN_AT(openat64)
GAUNTLET_ENTRY int creat(const char* path, mode_t mode) {
  const int file = GAUNTLET_REAL(creat, path, mode);
  return inside() ? note(file, O_WRONLY, GAUNTLET_CALLER) : file;
}
GAUNTLET_ENTRY int dup(int file) noexcept {
  const int other = GAUNTLET_REAL(dup, file);
  return inside() ? note(other, O_RDONLY, GAUNTLET_CALLER) : other;
}
GAUNTLET_ENTRY int dup2(int file, int other) noexcept {
  if (inside() && lasts(other))
    refuse_call("dup2", "a file that the process had open before would be another one from then on", GAUNTLET_CALLER);
  const int made = GAUNTLET_REAL(dup2, file, other);
  return inside() ? note(made, O_RDONLY, GAUNTLET_CALLER) : made;
}
GAUNTLET_ENTRY int close(int file) {
  if (inside() && lasts(file))
    refuse_call("close", "a file that the process had open before would be closed from then on", GAUNTLET_CALLER);
  if (inside() && file >= 0 && file < most) files.reset(static_cast<unsigned>(file));
  return GAUNTLET_REAL(close, file);
}

#define OPEN_STREAM(name)                                         \
  GAUNTLET_ENTRY FILE* name(const char* path, const char* mode) { \
    FILE* const it = GAUNTLET_REAL(name, path, mode);             \
    return inside() ? note(it, mode, GAUNTLET_CALLER) : it;       \
  }
OPEN_STREAM(fopen)
OPEN_STREAM(fopen64)
GAUNTLET_ENTRY FILE* fdopen(int file, const char* mode) noexcept {
  FILE* const it = GAUNTLET_REAL(fdopen, file, mode);
  return inside() ? note(it, mode, GAUNTLET_CALLER) : it;
}
GAUNTLET_ENTRY FILE* tmpfile() {
  FILE* const it = GAUNTLET_REAL(tmpfile);
  return inside() ? note(it, "r", GAUNTLET_CALLER) : it;
}
GAUNTLET_ENTRY int fclose(FILE* it) {
  if (inside()) forget(it);
  return GAUNTLET_REAL(fclose, it);
}

// ---- Waiting for files. A timer's signal mustn't end it, and time passes as it does elsewhere.

GAUNTLET_ENTRY int poll(pollfd* all, nfds_t count, int milliseconds) {
  if (!inside()) return GAUNTLET_REAL(poll, all, count, milliseconds);
  int ready = count == 0 ? 0 : GAUNTLET_REAL(poll, all, count, 0);
  if (ready != 0 || milliseconds == 0) return ready;
  if (milliseconds > 0) {
    pass({milliseconds / 1000, milliseconds % 1000 * 1'000'000L});
    return 0;
  }
  do ready = GAUNTLET_REAL(poll, all, count, -1);
  while (ready < 0 && errno == EINTR);
  return ready;
}
GAUNTLET_ENTRY int select(int count, fd_set* to_read, fd_set* to_write, fd_set* except, timeval* duration) {
  if (!inside()) return GAUNTLET_REAL(select, count, to_read, to_write, except, duration);
  if (count == 0 && duration != nullptr) {
    pass({duration->tv_sec, duration->tv_usec * 1000});
    return 0;
  }
  refuse_call("select", "poll() is what gauntlet knows", GAUNTLET_CALLER);
}
