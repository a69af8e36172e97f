#include "models/rc11/unmodified/output.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <iostream>

namespace gauntlet::rc11::unmodified {

namespace {

/// One of the process's two streams.
struct stream {
  int number;
  /// The process's own; and what is printed until it is known whether it is to be seen.
  int real = -1;
  int held = -1;
};
std::array<stream, 2> streams{{{STDOUT_FILENO}, {STDERR_FILENO}}};
options::output wanted = options::output::first;
bool holding = false;
bool silent = false;

void flush() {
  std::cout.flush();
  fflush(stdout);
}

void write_all(int to, const char* from, std::size_t size) {
  while (size > 0) {
    const auto written = write(to, from, size);
    if (written <= 0) return;
    from += written;
    size -= static_cast<std::size_t>(written);
  }
}

/// @param seen whether what is held is printed, or forgotten
void let_go(const stream& it, bool seen) {
  const auto size = lseek(it.held, 0, SEEK_CUR);
  if (size <= 0) return;
  if (seen) {
    std::array<char, 4096> part;
    for (off_t from = 0; from < size;) {
      const auto read = pread(it.held, part.data(), part.size(), from);
      if (read <= 0) break;
      write_all(it.real, part.data(), static_cast<std::size_t>(read));
      from += read;
    }
  }
  lseek(it.held, 0, SEEK_SET);
  [[maybe_unused]] const int cut = ftruncate(it.held, 0);
}

void be_silent() {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  for (const stream& it : streams) dup2(nowhere, it.number);
  close(nowhere);
  silent = true;
}

}  // namespace

void hold_output(options::output which) {
  flush();
  wanted = which;
  for (stream& it : streams) {
    it.real = fcntl(it.number, F_DUPFD_CLOEXEC, 3);
    it.held = memfd_create("output", MFD_CLOEXEC);
    dup2(it.held, it.number);
  }
  holding = true;
  if (which == options::output::none) be_silent();
}

void end_output(bool completed) {
  flush();
  if (!holding || silent) return;
  for (const stream& it : streams) let_go(it, completed);
  if (completed && wanted == options::output::first) be_silent();
}

void release_output(bool completed) {
  if (!holding) return;
  end_output(completed);
  for (stream& it : streams) {
    dup2(it.real, it.number);
    close(it.real);
    close(it.held);
    it.real = it.held = -1;
  }
  holding = silent = false;
}

void tell(const std::string& text) {
  write_all(holding ? streams[1].real : STDERR_FILENO, text.data(), text.size());
}

}  // namespace gauntlet::rc11::unmodified
