/// harness/scenario.hpp on the front end for unmodified programs: for a scenario that is a program of its own.

#include "models/rc11/unmodified/scenarios.hpp"

#include <deque>
#include <set>
#include <utility>

#include "models/rc11/histories.hpp"
#include "models/rc11/unmodified/loops.hpp"
#include "models/rc11/unmodified/runtime.hpp"
#include "models/rc11/unmodified/threads.hpp"

#pragma GCC visibility push(default)
#include "harness/scenario.hpp"
#pragma GCC visibility pop

namespace gauntlet::rc11::unmodified {

namespace {

unsigned roles = 0;
std::set<const void*> without_value;

/// What a thread keeps for an object.
struct possession {
  const void* object;
  unsigned thread;
  void* kept;
  void (*last)(void*);
};
/// Of the present execution. References stay valid.
std::deque<possession> possessions;

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

void next_loop_waits() noexcept {
  loops.next_is(said::waits);
}

void next_loop_retries() noexcept {
  loops.next_is(said::retries);
}

void* own(const void* object) noexcept {
  for (const possession& it : possessions)
    if (it.object == object && it.thread == engine->thread_index() && it.kept != nullptr) return it.kept;
  return nullptr;
}

void keep_own(const void* object, void* kept, void (*last)(void*)) noexcept {
  const outside ordinary;
  possession& mine = possessions.emplace_back(object, engine->thread_index(), kept, last);
  threads.mine().endings.push_back({[](void* it) {
                                      auto& ended = *static_cast<possession*>(it);
                                      if (void* const left = std::exchange(ended.kept, nullptr)) ended.last(left);
                                    },
                                    &mine});
}

void* take_own(const void* object) noexcept {
  for (possession& it : possessions)
    if (it.object == object && it.kept != nullptr) return std::exchange(it.kept, nullptr);
  return nullptr;
}

void has_value(const void* data, bool does) noexcept {
  const outside ordinary;
  if (!does)
    without_value.insert(data);
  else if (!without_value.empty())
    without_value.erase(data);
}

void expect_value(const void* data, sync::site where) noexcept {
  if (!without_value.empty() && without_value.contains(data))
    fail("undefined", "plain data is read before it was given a value", where);
}

void roles_are(unsigned count) noexcept {
  const outside ordinary;
  without_value.clear();
  possessions.clear();
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
