/// models/model.hpp on Relacy: futexes, awaits, deadlines; and what a scenario asks of its engine.

#include <tuple>

#include "models/relacy/making.hpp"

namespace gauntlet::model {

sync::wait_result futex_wait(location& where, std::uint32_t expected, bool timed, site at) noexcept {
  making made("futex_wait", &where, {}, no_order, at);
  auto& context = rl::ctx();
  auto& state = atomic_at(where);
  // One scheduling point, then looking and falling asleep are one step. The kernel looks at the newest value.
  context.sched();
  std::ignore = state.life(info(at)).load();
  const token newest = state.newest.debug_value();
  made = making("futex_wait", &where, state.type, no_order, at);
  made.reads(newest, false);
  if (current().value(newest) != expected) {
    // The thread has now observed that value (coherence), and gains no ordering by it.
    const rl::preemption_disabler indivisible(context);
    token observed = no_token;
    state.newest.compare_exchange_strong(observed, no_token, rl::mo_relaxed, info(at), rl::mo_relaxed, info(at));
    made.named("futex_wait returns at once");
    made.done(current().value(newest));
    return sync::wait_result::changed;
  }
  made.named(timed ? "futex_wait sleeps, timed" : "futex_wait sleeps");
  made.done(expected);
  if (current().now != execution::phase::roles) {
    if (timed) return sync::wait_result::timed_out;
    current().sleep({0, &where, expected, at, false});
    current().broken = {"deadlock", "before() or after() sleeps, and nobody is left to wake it", at, setup_thread};
    context.fail_test("", rl::test_result_deadlock, info(at));
  }
  const auto me = static_cast<unsigned>(context.current_thread());
  current().sleep({me, &where, expected, at, timed});
  const auto reason = context.park_current_thread(timed, true, false, info(at));
  current().awake(me);
  making ended("wakes", &where, state.type, no_order, at);
  if (reason == rl::unpark_reason_timeout) ended.named("times out");
  if (reason == rl::unpark_reason_spurious) ended.named("wakes spuriously");
  ended.done(expected);
  return reason == rl::unpark_reason_timeout ? sync::wait_result::timed_out : sync::wait_result::woken;
}

void futex_wake(location& where, std::uint32_t count, site at) noexcept {
  making made(count == 1 ? "futex_wake one" : "futex_wake", &where, {}, no_order, at);
  auto& context = rl::ctx();
  context.sched();
  auto& sleepers = current().sleepers();
  bits woken = 0;
  for (; woken < count; ++woken) {
    unsigned here = 0;
    for (const auto& who : sleepers) here += who.object == &where ? 1U : 0U;
    if (here == 0) break;
    unsigned skip = here > 1 ? context.rand(here, rl::sched_type_user) : 0;
    for (const auto& who : sleepers) {
      if (who.object != &where || skip-- != 0) continue;
      const unsigned chosen = who.thread;
      current().awake(chosen);
      context.unpark_thread(static_cast<rl::thread_id_t>(chosen), false, info(at));
      break;
    }
  }
  made.done(woken);
}

bool deadline_passed(site at) noexcept {
  making made("deadline passes", nullptr, {}, no_order, at);
  auto& now = current();
  if (now.timeouts_left == 0 || rl::ctx().rand(4, rl::sched_type_user) != 0) return false;
  --now.timeouts_left;
  made.done(0);
  return true;
}

void await_begin(site) noexcept {}

void await_again(site at) noexcept {
  making made("waits", nullptr, {}, no_order, at);
  made.done(0);
  if (current().now == execution::phase::roles) current().iterate(rl::thread_index());
  rl::ctx().yield(1, info(at));
}

/// Asks once, which stands for any number.
bool brief_begin(site) noexcept {
  return true;
}

bool brief_again(site) noexcept {
  return false;
}

void brief_end() noexcept {}

void retry_begin(site) noexcept {}

void retry_again(site at) noexcept {
  rl::ctx().yield(1, info(at));
}

void retry_end() noexcept {}

void await_end() noexcept {
  if (current().now == execution::phase::roles) current().waits[rl::thread_index()] = false;
}

void failed(const char* what, site at) {
  harness::fail("assertion", what, at);
}

}  // namespace gauntlet::model

namespace gauntlet::harness {

void until_blocked(unsigned role) {
  const auto where = sync::site::here();
  while (!relacy::current().blocked(role)) rl::ctx().yield(1, model::info(where));
}

void until_quiet() {
  const auto where = sync::site::here();
  while (!relacy::current().quiet(rl::thread_index())) rl::ctx().yield(1, model::info(where));
}

std::uint32_t choose(std::uint32_t alternatives) {
  return alternatives < 2 ? 0 : rl::ctx().rand(alternatives, rl::sched_type_user);
}

std::uint64_t call_begins() {
  return relacy::tick();
}

std::uint64_t call_ends() {
  return relacy::tick();
}

bool in_real_time(std::vector<recorded>&) {
  return true;
}

void fail(const char* violation_class, const std::string& message, sync::site where) {
  auto& now = relacy::current();
  now.broken = {violation_class, message, where, model::acting_thread()};
  rl::ctx().fail_test("", rl::test_result_user_assert_failed, model::info(where));
  __builtin_unreachable();
}

}  // namespace gauntlet::harness
