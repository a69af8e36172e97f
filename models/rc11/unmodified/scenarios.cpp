/// harness/scenario.hpp on the front end for unmodified programs: for a scenario that is a program of its own.

#include "models/rc11/unmodified/scenarios.hpp"

#include "models/rc11/histories.hpp"
#include "models/rc11/unmodified/runtime.hpp"

#pragma GCC visibility push(default)
#include "harness/scenario.hpp"
#pragma GCC visibility pop

namespace gauntlet::rc11::unmodified {

namespace {

unsigned roles = 0;

site at(sync::site where) noexcept {
  return {where.file, where.function, where.line};
}

}  // namespace

std::uint32_t thread_number() noexcept {
  return engine->thread_index() + 1;
}

bool deadline_passes() noexcept {
  const void* const where = GAUNTLET_CALLER;
  return engine->choose(2, explorer::budget::timeout, at(where)) != 0;
}

void roles_are(unsigned count) noexcept {
  roles = count;
  start_history(*engine, count);
}

void fail(const char* violation_class, const char* message, sync::site where) {
  engine->fail(violation_class, message, at(where));
}

}  // namespace gauntlet::rc11::unmodified

namespace gauntlet::harness {

using namespace rc11::unmodified;

void until_blocked(unsigned role) {
  const void* const where = GAUNTLET_CALLER;
  engine->watch(role + 1, rc11::unmodified::at(where));
}

void until_quiet() {
  const void* const where = GAUNTLET_CALLER;
  engine->watch_all(roles, rc11::unmodified::at(where));
}

bool is_blocked(unsigned) {
  return false;
}

void suspend_within(std::uint32_t) {}

void record_fairness(const std::vector<unsigned>&, const std::vector<unsigned>&) {}

std::uint32_t choose(std::uint32_t alternatives) {
  const void* const where = GAUNTLET_CALLER;
  return engine->choose(alternatives, rc11::explorer::budget::none, rc11::unmodified::at(where));
}

std::uint64_t call_begins() {
  return rc11::call_begins(*engine, roles);
}

std::uint64_t call_ends() {
  return rc11::call_ends(*engine);
}

bool in_real_time(std::vector<recorded>& history) {
  return rc11::in_real_time(history);
}

std::uint64_t timestamp_error() {
  return 0;
}

void fail(const char* violation_class, const std::string& message, sync::site where) {
  rc11::unmodified::fail(violation_class, message.c_str(), where);
}

}  // namespace gauntlet::harness
