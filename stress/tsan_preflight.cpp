/// A race that ThreadSanitizer must report. tsan flavour only.

#include <thread>

#include "stress/sanitizer.hpp"

namespace gauntlet::stress {
namespace {

int shared = 0;

[[gnu::noinline]] void write() {
  ++shared;
}

}  // namespace

bool sees() noexcept {
  rehearse(true);
  // Nothing orders the two, however they run.
  std::thread one(write);
  std::thread other(write);
  one.join();
  other.join();
  rehearse(false);
  return reported();
}

}  // namespace gauntlet::stress
