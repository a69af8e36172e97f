/// Leaks, at the end of each check; and known faults that AddressSanitizer must see. asan flavour only.

#include <fcntl.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#include <unistd.h>

#include <cstdint>
#include <thread>

#include "stress/sanitizer.hpp"

namespace gauntlet::stress {
namespace {

/// So that no copy of the address is left in a register or on a stack.
std::uintptr_t hidden = 0;

bool sees_use_after_free() noexcept {
  char* const gone = new char[16];
  delete[] gone;
  return __asan_address_is_poisoned(gone) != 0;
}

/// What is reported is not for the log: who looks there for why a process died would find it.
bool sees_leak() {
  std::thread([] { hidden = ~reinterpret_cast<std::uintptr_t>(new char[16]); }).join();
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::intptr_t>(nowhere)));
  const bool seen = leaks();
  __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::intptr_t>(STDERR_FILENO)));
  close(nowhere);
  delete[] reinterpret_cast<char*>(~hidden);
  return seen;
}

}  // namespace

bool sees() noexcept {
  return sees_use_after_free() && sees_leak();
}

bool leaks() noexcept {
  return __lsan_do_recoverable_leak_check() != 0;
}

}  // namespace gauntlet::stress

/// A leak that shows only at exit ends with Boost.Test's status for a failure.
extern "C" const char* __lsan_default_options() {
  return "exitcode=201";
}

extern "C" const char* __ubsan_default_options() {
  return "print_stacktrace=1";
}
