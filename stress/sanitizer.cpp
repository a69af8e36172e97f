/// A flavour without a sanitizer. All stress flavours; weak, so that a flavour's own definition wins.

#include "stress/sanitizer.hpp"

namespace gauntlet::stress {

[[gnu::weak]] const sanitizer_report* first_report() noexcept {
  return nullptr;
}

[[gnu::weak]] void forget_report() noexcept {}

[[gnu::weak]] bool sees() noexcept {
  return true;
}

[[gnu::weak]] bool leaks() noexcept {
  return false;
}

[[gnu::weak]] double slowdown() noexcept {
  return 1;
}

}  // namespace gauntlet::stress
