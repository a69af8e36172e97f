#include "models/rc11/unmodified/output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace gauntlet::rc11::unmodified {

namespace {
int real_out = -1;
int real_error = -1;
}  // namespace

void hold_output() {
  fflush(stdout);
  real_out = dup(STDOUT_FILENO);
  real_error = dup(STDERR_FILENO);
}

void end_output() {
  if (real_out < 0) return;
  fflush(stdout);
}

void release_output() {
  if (real_out < 0) return;
  fflush(stdout);
  dup2(real_out, STDOUT_FILENO);
  dup2(real_error, STDERR_FILENO);
  close(real_out);
  close(real_error);
  real_out = real_error = -1;
}

void tell(const std::string& text) {
  const int to = real_error >= 0 ? real_error : STDERR_FILENO;
  [[maybe_unused]] const auto written = write(to, text.data(), text.size());
}

}  // namespace gauntlet::rc11::unmodified
