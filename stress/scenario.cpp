/// What scenarios may ask of their engine, and how a check fails. All stress flavours.

#include "harness/scenario.hpp"

#include <cstdio>
#include <cstdlib>
#include <tuple>

#include "harness/records.hpp"
#include "stress/driver.hpp"
#include "stress/operations.hpp"
#include "stress/perturbation.hpp"
#include "stress/timestamps.hpp"

namespace gauntlet::stress {

void violated(const char* violation_class, const std::string& message, site where) noexcept {
  // Another thread of the check was first, and its driver may be gone.
  if (mine != nullptr && mine->abandoned()) park();
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

void misused(const char* how, const activity* holder) noexcept {
  const driver* const running = driver::running();
  if (running == nullptr || mine == nullptr) violated("lock_misuse", how, {"", "", 0});
  violated("lock_misuse", running->name(mine) + " " + how + (holder == nullptr ? "" : running->name(holder)),
           {"", "", 0});
}

activity* adopt(site where) noexcept {
  driver* const running = driver::running();
  activity* const place = running == nullptr ? nullptr : running->adopt();
  if (place == nullptr) violated("assertion", "the scenario starts too many threads for the stress engine", where);
  return place;
}

}  // namespace gauntlet::stress

namespace gauntlet::harness {
namespace {

bool blocked(const stress::activity& other) {
  using stress::doing;
  const doing now = other.now.load(std::memory_order_relaxed);
  const bool sleeps = now == doing::sleeping || now == doing::sleeping_until || now == doing::joining;
  return now == doing::spinning || (sleeps && stress::sleeps_in_kernel(other.thread.load(std::memory_order_relaxed)));
}

}  // namespace

using namespace stress;

void until_blocked(unsigned role) {
  const activity& other = *driver::running()->role(role);
  sync::spin_until([&] { return other.now.load(std::memory_order_relaxed) == doing::finished || blocked(other); });
}

bool explores(const scenario& what) {
  return what.native.threads > 0;
}

bool is_blocked(unsigned role) {
  if (mine->abandoned()) park();
  return blocked(*driver::running()->role(role));
}

void suspend_within(std::uint32_t steps) {
  mine->suspended_in = 1 + choose(steps);
}

void record_fairness(const std::vector<unsigned>& overtaken, const std::vector<unsigned>& shares) {
  driver::running()->add(overtaken, shares);
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

std::uint64_t call_begins() {
  return stress::timestamp();
}

std::uint64_t call_ends() {
  return stress::timestamp();
}

bool in_real_time(std::vector<recorded>&) {
  return true;
}

std::uint64_t timestamp_error() {
  return stress::timestamp_error();
}

void fail(const char* violation_class, const std::string& message, sync::site where) {
  violated(violation_class, message, where);
}

}  // namespace gauntlet::harness
