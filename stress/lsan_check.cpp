/// Leaks, at the end of each check. asan flavour only.

#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>

#include "stress/sanitizer.hpp"

namespace gauntlet::stress {

bool sees() noexcept {
  char* const gone = new char[16];
  delete[] gone;
  return __asan_address_is_poisoned(gone) != 0;
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
