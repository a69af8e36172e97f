/// What scenarios may ask of their engine, and how a check fails. All stress flavours.

#include "harness/scenario.hpp"

#include <cstdio>
#include <cstdlib>
#include <tuple>

#include "harness/records.hpp"
#include "stress/driver.hpp"
#include "stress/operations.hpp"
#include "stress/perturbation.hpp"

namespace gauntlet::stress {

void violated(const char* violation_class, const std::string& message, site where) noexcept {
  driver* const running = driver::running();
  if (running == nullptr || mine == nullptr) {
    std::fprintf(stderr, "%s:%u: %s: %s\n", where.file, where.line, where.function, message.c_str());
    std::abort();
  }
  harness::violation found;
  found.violation_class = violation_class;
  found.message = message;
  if (where.line != 0) found.where = harness::at(where);
  // Before it is kept: that may end the check, and threads of the next one must not be parked.
  abandon();
  running->keep(std::move(found));
  park();
}

activity* adopt(site where) noexcept {
  driver* const running = driver::running();
  activity* const place = running == nullptr ? nullptr : running->adopt();
  if (place == nullptr) violated("assertion", "the scenario starts too many threads for the stress engine", where);
  return place;
}

}  // namespace gauntlet::stress

namespace gauntlet::harness {

using namespace stress;

void until_blocked(unsigned role) {
  const activity& other = *driver::running()->role(role);
  const auto blocked = [&] {
    const auto now = other.now.load(std::memory_order_relaxed);
    if (now == doing::finished || now == doing::spinning) return true;
    const bool sleeps = now == doing::sleeping || now == doing::sleeping_until || now == doing::joining;
    return sleeps && sleeps_in_kernel(other.thread.load(std::memory_order_relaxed));
  };
  sync::spin_until(blocked);
}

void until_quiet() {
  watchdog dog(1);
  unsigned in_a_row = 0;
  const auto quiet = [&] {
    auto others = driver::running()->everybody();
    std::erase_if(others, [](const participant& one) { return one.thread == mine; });
    in_a_row = dog.quiet(others) ? in_a_row + 1 : 0;
    if (in_a_row < 2) return false;
    for (const participant& one : others) {
      // acquire [quiet]: pairs with tell()'s release of now; carries what that thread did before it waited or ended.
      std::ignore = one.thread->now.load(std::memory_order_acquire);
    }
    return true;
  };
  sync::spin_until(quiet);
}

std::uint32_t choose(std::uint32_t alternatives) {
  return mine == nullptr || alternatives == 0 ? 0 : draw(mine->choices) % alternatives;
}

std::uint64_t timestamp() {
  // seq_cst: forbids that a store of the operation before is still on its way to other cores when its end is stamped,
  // so that a later call elsewhere misses it. Orders nothing between threads by itself.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return static_cast<std::uint64_t>(sync::clock::now().time_since_epoch().count());
}

void fail(const char* violation_class, const std::string& message, sync::site where) {
  violated(violation_class, message, where);
}

}  // namespace gauntlet::harness
