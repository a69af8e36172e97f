/// models/model.hpp on the exhaustive checker: blocking, threads, the heap; and what a scenario asks of its engine.

#include <memory>

#include "harness/engine.hpp"
#include "models/entry.hpp"
#include "models/rc11/arena.hpp"
#include "models/rc11/cell/ordinary.hpp"
#include "models/rc11/cell/run.hpp"
#include "models/rc11/cell/telling.hpp"
#include "models/rc11/histories.hpp"

namespace gauntlet::model {

using sync::site;

sync::wait_result futex_wait(location& where, std::uint32_t expected, bool timed, site from) noexcept {
  telling step(timed ? "futex_wait, timed" : "futex_wait", &where, type_at(where), no_order, from);
  switch (engine().futex_wait(&where, type_at(where).size, expected, timed, at(from))) {
    case rc11::explorer::awoken::changed:
      step.named("futex_wait returns at once");
      step.done(expected);
      return sync::wait_result::changed;
    case rc11::explorer::awoken::timed_out:
      step.named("times out");
      step.done(expected);
      return sync::wait_result::timed_out;
    case rc11::explorer::awoken::woken:
      step.named("wakes");
      step.done(expected);
      break;
  }
  return sync::wait_result::woken;
}

void futex_wake(location& where, std::uint32_t count, site from) noexcept {
  telling step(count == 1 ? "futex_wake one" : "futex_wake", &where, {}, no_order, from);
  engine().futex_wake(&where, count, at(from));
  step.done(0);
}

bool deadline_passed(site from) noexcept {
  telling step("deadline passes", nullptr, {}, no_order, from);
  if (engine().choose(2, rc11::explorer::budget::timeout, at(from)) == 0) return false;
  step.done(0);
  return true;
}

void await_begin(site from) noexcept {
  engine().await_begin(at(from));
}

void await_again(site from) noexcept {
  telling step("waits", nullptr, {}, no_order, from);
  step.done(0);
  engine().await_again(at(from));
}

void await_end() noexcept {
  engine().await_end();
  current().looked[engine().thread_index()] = rc11::no_event;
}

/// Not to ask is to have asked in vain; who asks does so until it is true.
bool brief_begin(site from) noexcept {
  if (!current().reduces) return true;
  if (engine().choose(2, rc11::explorer::budget::none, at(from)) == 0) return false;
  engine().await_may_fail(true);
  engine().await_begin(at(from));
  return true;
}

bool brief_again(site from) noexcept {
  if (!current().reduces) return false;
  engine().await_again(at(from));
  return true;
}

void brief_end() noexcept {
  if (!current().reduces) return;
  engine().await_end();
  engine().await_may_fail(false);
  current().looked[engine().thread_index()] = rc11::no_event;
}

/// Whether all that the thread did since it looked at a word was a compare-exchange of that, which expected what it
/// saw.
static bool is_out_of_date(rc11::event_id looked, rc11::event_id last) {
  if (looked == rc11::no_event) return false;
  const rc11::graph& known = engine().execution();
  const rc11::event& look = known[looked];
  const rc11::event& failed = known[last];
  return failed.kind == rc11::kind::read && failed.modify == rc11::operation::compare_exchange &&
         failed.previous == looked && look.kind == rc11::kind::read && look.location == failed.location &&
         known.value(look) == failed.expected && (look.how() == failed.how() || look.how() == rc11::order::relaxed);
}

void retry_begin(site from) noexcept {
  engine().await_begin(at(from), false);
}

/// Where a round only found that its word had changed since the look before it, the execution in which that look found
/// the newer value shows what comes now: it knows no more, and has less behind it.
void retry_again(site from) noexcept {
  auto& looked = current().looked[engine().thread_index()];
  const rc11::event_id last = engine().last_event();
  if (current().reduces && is_out_of_date(looked, last)) engine().await_covered(at(from));
  engine().await_again(at(from));
  looked = last;
}

void retry_end() noexcept {
  engine().await_end();
  current().looked[engine().thread_index()] = rc11::no_event;
}

unsigned thread_start(void (*function)(void*), void* argument, site from) {
  telling step("starts a thread", nullptr, {}, no_order, from);
  struct started {
    void (*function)(void*);
    void* argument;
  };
  rc11::start_thread();
  const unsigned thread = engine().thread_start(
      [](void* it) {
        const started own = *std::unique_ptr<started>(static_cast<started*>(it));
        own.function(own.argument);
        rc11::end_thread();
      },
      new started{function, argument}, at(from));
  step.done(thread - 1);
  return thread - 1;
}

void thread_join(unsigned index, site from) {
  telling step("joins a thread", nullptr, {}, no_order, from);
  engine().thread_join(index + 1, at(from));
  step.done(index);
}

unsigned thread_index() noexcept {
  return rc11::own_index();
}

unsigned thread_identity() noexcept {
  engine().tell_apart();
  return rc11::own_index();
}

void at_thread_end(void (*last)(void*, unsigned), void* object) {
  if (rc11::acting() != setup_thread) current().at_end_of(rc11::acting(), last, object);
}

void forget(const void* object) noexcept {
  current().forget(object);
}

void* allocate(std::size_t size, std::size_t alignment, const std::type_info& type, site from) {
  telling step("allocate", nullptr, {}, no_order, from);
  void* const storage = engine().allocate(size, alignment, type.name(), at(from));
  rc11::ordinary().watched(storage, size, GAUNTLET_CALLER);
  if (current().recording) {
    const rc11::arena::use ordinary(rc11::arena::ordinary);
    current().heap[storage] = {size, type.name(), current().made[type.name()]++, true};
  }
  step.concerns(storage);
  step.done(size);
  return storage;
}

void expect_alive(const void* storage, site from) noexcept {
  telling step("destroy", storage, {}, no_order, from);
  if (current().recording) {
    const rc11::arena::use ordinary(rc11::arena::ordinary);
    current().destroys[rc11::acting()] = from;
  }
  engine().expect_alive(storage, at(from));
}

void release(void* storage, site from) noexcept {
  telling step("free", storage, {}, no_order, from);
  engine().release(storage, at(from));
  rc11::ordinary().unwatched(storage, GAUNTLET_CALLER);
  step.done(0);
}

void failed(const char* what, site from) {
  harness::fail("assertion", what, from);
}

}  // namespace gauntlet::model

namespace gauntlet::harness {

void until_blocked(unsigned role) {
  rc11::engine().watch(role + 1, rc11::at(sync::site::here()));
}

void until_quiet() {
  rc11::engine().watch_all(rc11::current().roles, rc11::at(sync::site::here()));
}

std::uint32_t choose(std::uint32_t alternatives) {
  return rc11::engine().choose(alternatives, rc11::explorer::budget::none, {});
}

std::uint64_t call_begins() {
  return rc11::call_begins(rc11::engine(), rc11::current().roles);
}

std::uint64_t call_ends() {
  return rc11::call_ends(rc11::engine());
}

bool in_real_time(std::vector<recorded>& history) {
  return rc11::in_real_time(history);
}

void fail(const char* violation_class, const std::string& message, sync::site where) {
  rc11::engine().fail(violation_class, message, rc11::at(where));
}

}  // namespace gauntlet::harness
