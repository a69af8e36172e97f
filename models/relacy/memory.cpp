/// models/model.hpp on Relacy: memory, fences, blocking, threads, heap.

#include "models/relacy/execution.hpp"
#include "models/relacy/relacy.hpp"
#include "models/relacy/scheduler.hpp"

namespace gauntlet::model {

using relacy::current;
using relacy::execution;
using relacy::no_token;
using relacy::setup_thread;
using relacy::step;
using relacy::token;
using sync::site;

namespace {

struct atomic_state {
  rl::atomic<token> newest;
  value_type type;
};

struct plain_state {
  rl::var<token> newest;
  value_type type;
};

static_assert(sizeof(atomic_state) <= sizeof(location) && sizeof(plain_state) <= sizeof(location));

atomic_state& atomic_at(const location& where) {
  return *reinterpret_cast<atomic_state*>(const_cast<unsigned char*>(where.opaque));
}
plain_state& plain_at(const location& where) {
  return *reinterpret_cast<plain_state*>(const_cast<unsigned char*>(where.opaque));
}

rl::debug_info info(site where) {
  return {where.function, where.file, where.line};
}

// Relacy's and the standard's memory orders have the same values.
rl::memory_order relacy_order(std::memory_order order) {
  return static_cast<rl::memory_order>(order);
}

int acting_thread() {
  return current().now == execution::phase::roles ? static_cast<int>(rl::ctx().current_thread()) : setup_thread;
}

step about(const char* operation, const void* object, value_type type, int order, site where) {
  return {.operation = operation,
          .thread = acting_thread(),
          .object = object,
          .type = type,
          .value = 0,
          .order = order,
          .read = no_token,
          .stale = false,
          .where = where};
}

/// A step that is being made: announced at construction, recorded by done().
class making {
 public:
  making(const char* operation, const void* object, value_type type, int order, site where)
      : step_(about(operation, object, type, order, where)) {
    current().intend(step_);
  }
  void named(const char* operation) { step_.operation = operation; }
  void reads(token read, bool stale) {
    step_.read = read;
    step_.stale = stale;
  }
  void done(bits value) {
    step_.value = value;
    current().record(step_);
  }

 private:
  step step_;
};

constexpr int no_order = -1;

bits truncate(bits value, unsigned size) {
  return size >= 16 ? value : value & ((bits{1} << (size * 8U)) - 1);
}

bits combine(sync::rmw operation, bits before, bits operand, unsigned size) {
  switch (operation) {
    case sync::rmw::exchange:
      return operand;
    case sync::rmw::add:
      return truncate(before + operand, size);
    case sync::rmw::subtract:
      return truncate(before - operand, size);
    case sync::rmw::bit_and:
      return before & operand;
    case sync::rmw::bit_or:
      return before | operand;
    case sync::rmw::bit_xor:
      return before ^ operand;
  }
  return before;
}

const char* name_of(sync::rmw operation) {
  constexpr const char* names[] = {"exchange", "fetch_add", "fetch_sub", "fetch_and", "fetch_or", "fetch_xor"};
  return names[static_cast<int>(operation)];
}

/// A failing compare-exchange may not be stronger than Relacy lets the success be: raise the success order.
std::memory_order at_least(std::memory_order success, std::memory_order failure) {
  if (failure == std::memory_order_relaxed) return success;
  if (failure == std::memory_order_seq_cst) return std::memory_order_seq_cst;
  if (success == std::memory_order_release) return std::memory_order_acq_rel;
  return success == std::memory_order_relaxed ? std::memory_order_acquire : success;
}

}  // namespace

void atomic_create(location& where, bits initial, value_type type, site at) noexcept {
  making made("initialise", &where, type, no_order, at);
  auto* state = ::new (where.opaque) atomic_state{.newest = {}, .type = type};
  rl::ctx().sched();
  const rl::preemption_disabler indivisible(rl::ctx());
  state->newest.store(current().write(initial), rl::mo_relaxed, info(at));
  made.done(initial);
}

void atomic_destroy(location& where) noexcept {
  making made("destroy", &where, {}, no_order, current().destruction(acting_thread()));
  atomic_at(where).~atomic_state();
}

bits atomic_load(const location& where, std::memory_order order, site at) noexcept {
  making made("load", &where, {}, static_cast<int>(order), at);
  auto& state = atomic_at(where);
  const token read = state.newest.load(relacy_order(order), info(at));
  made = making("load", &where, state.type, static_cast<int>(order), at);
  made.reads(read, read != state.newest.debug_value());
  const bits value = current().value(read);
  made.done(value);
  return value;
}

void atomic_store(location& where, bits value, std::memory_order order, site at) noexcept {
  making made("store", &where, {}, static_cast<int>(order), at);
  auto& state = atomic_at(where);
  // The scheduling point comes first, so that the write is numbered when it happens.
  rl::ctx().sched();
  const rl::preemption_disabler indivisible(rl::ctx());
  state.newest.store(current().write(value), relacy_order(order), info(at));
  made = making("store", &where, state.type, static_cast<int>(order), at);
  made.done(value);
}

bits atomic_fetch(location& where, sync::rmw operation, bits operand, std::memory_order order, site at) noexcept {
  making made(name_of(operation), &where, {}, static_cast<int>(order), at);
  auto& state = atomic_at(where);
  rl::ctx().sched();
  const rl::preemption_disabler indivisible(rl::ctx());
  const token mine = current().write(0);
  const token before = state.newest.exchange(mine, relacy_order(order), info(at));
  const bits old = current().value(before);
  const bits now = combine(operation, old, operand, state.type.size);
  current().rewrite(mine, now);
  made = making(name_of(operation), &where, state.type, static_cast<int>(order), at);
  made.reads(before, false);
  made.done(now);
  return old;
}

bool atomic_compare_exchange(location& where, bits& expected, bits desired, std::memory_order success,
                             std::memory_order failure, bool weak, site at) noexcept {
  making made("compare_exchange", &where, {}, static_cast<int>(success), at);
  auto& state = atomic_at(where);
  rl::ctx().sched();
  const rl::preemption_disabler indivisible(rl::ctx());
  // Relacy compares tokens; equal values may have different ones. Its compare-exchange always sees the newest write.
  token seen = state.newest.debug_value();
  const bool equal = current().value(seen) == expected;
  token compared = equal ? seen : no_token;
  const token mine = equal ? current().write(desired) : no_token;
  const auto ok = relacy_order(at_least(success, failure));
  const bool done =
      weak ? state.newest.compare_exchange_weak(compared, mine, ok, info(at), relacy_order(failure), info(at))
           : state.newest.compare_exchange_strong(compared, mine, ok, info(at), relacy_order(failure), info(at));
  made = making(done ? "compare_exchange" : (equal ? "compare_exchange spuriously fails" : "compare_exchange fails"),
                &where, state.type, static_cast<int>(done ? success : failure), at);
  made.reads(seen, false);
  made.done(done ? desired : current().value(seen));
  if (!done) expected = current().value(seen);
  return done;
}

void plain_create(location& where, bool initialised, bits shown, value_type type, site at) {
  making made("initialise", &where, type, no_order, at);
  const token first = current().write(shown);
  if (initialised)
    ::new (where.opaque) plain_state{.newest = rl::var<token>(first), .type = type};
  else
    ::new (where.opaque) plain_state{.newest = {}, .type = type};
  if (initialised) made.done(shown);
}

void plain_destroy(location& where) noexcept {
  auto& state = plain_at(where);
  const auto at = current().destruction(acting_thread());
  making made("destroy", &where, state.type, no_order, at);
  // To whoever may still read it, destruction is a write.
  state.newest(info(at)).store(current().write(0));
  state.~plain_state();
}

void plain_read(const location& where, site at) {
  making made("read", &where, {}, no_order, at);
  auto& state = plain_at(where);
  const token read = state.newest(info(at)).load();
  made = making("read", &where, state.type, no_order, at);
  made.reads(read, false);
  made.done(current().value(read));
}

void plain_write(location& where, bits shown, site at) {
  making made("write", &where, {}, no_order, at);
  auto& state = plain_at(where);
  state.newest(info(at)).store(current().write(shown));
  made = making("write", &where, state.type, no_order, at);
  made.done(shown);
}

void fence(std::memory_order order, site at) noexcept {
  making made("fence", nullptr, {}, static_cast<int>(order), at);
  rl::atomic_thread_fence(relacy_order(order), info(at));
  made.done(0);
}

sync::wait_result futex_wait(location& where, std::uint32_t expected, bool timed, site at) noexcept {
  making made("futex_wait", &where, {}, no_order, at);
  auto& context = rl::ctx();
  auto& state = atomic_at(where);
  // One scheduling point, then looking and falling asleep are one step. The kernel looks at the newest value.
  context.sched();
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
    current().sleep({0, &where, expected, at});
    current().broken = {"deadlock", "before() or after() sleeps, and nobody is left to wake it", at, setup_thread};
    context.fail_test("", rl::test_result_deadlock, info(at));
  }
  const auto me = static_cast<unsigned>(context.current_thread());
  current().sleep({me, &where, expected, at});
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
  if (current().now == execution::phase::roles) current().waits[rl::thread_index()] = true;
  rl::ctx().yield(1, info(at));
}

void retry_again(site at) noexcept {
  rl::ctx().yield(1, info(at));
}

void await_end() noexcept {
  if (current().now == execution::phase::roles) current().waits[rl::thread_index()] = false;
}

namespace {
struct spawned_thread {
  void (*function)(void*);
  void* argument;
  rl::win_waitable_object* life;
};
spawned_thread the_spawned[relacy::most_threads];

void* run_spawned(void* started) {
  auto* const self = static_cast<spawned_thread*>(started);
  self->function(self->argument);
  current().finished[rl::thread_index()] = true;
  return nullptr;
}
}  // namespace

unsigned thread_start(void (*function)(void*), void* argument, site at) {
  making made("starts a thread", nullptr, {}, no_order, at);
  auto& now = current();
  const unsigned total = static_cast<unsigned>(rl::ctx().get_thread_count());
  if (now.now != execution::phase::roles || now.role_count + now.spawned >= total) {
    now.broken = {"assertion", "the scenario starts more threads than shape::spawned says, or outside of thread()", at,
                  acting_thread()};
    rl::ctx().fail_test("", rl::test_result_user_assert_failed, info(at));
  }
  auto& slot = the_spawned[now.spawned++];
  slot = {function, argument, nullptr};
  slot.life = rl::ctx().create_thread(&run_spawned, &slot);
  made.done(now.spawned);
  return now.spawned - 1;
}

void thread_join(unsigned index, site at) {
  making made("joins a thread", nullptr, {}, no_order, at);
  the_spawned[index].life->wait(false, false, info(at));
  made.done(index + 1);
}

unsigned thread_index() noexcept {
  return static_cast<unsigned>(rl::thread_index());
}

void* allocate(std::size_t size, std::size_t alignment, const std::type_info& type, site at) {
  making made("allocate", nullptr, {}, no_order, at);
  auto& now = current();
  // Half of the time storage comes back at once: only then can ABA show.
  const void* recycled = now.reusable(size, alignment);
  if (recycled != nullptr && rl::ctx().rand(2, rl::sched_type_mem_realloc) != 0) recycled = nullptr;
  void* const storage = now.allocate(size, alignment, type.name(), recycled);
  made = making("allocate", storage, {}, no_order, at);
  made.done(size);
  return storage;
}

void expect_alive(const void* storage, site at) noexcept {
  making made("destroy", storage, {}, no_order, at);
  current().destroys(acting_thread(), at);
  if (current().alive(storage)) return;
  current().broken = {"double_free", "destroyed twice, or never made", at, acting_thread()};
  rl::ctx().fail_test("", rl::test_result_double_free, info(at));
}

void release(void* storage, site at) noexcept {
  making made("free", storage, {}, no_order, at);
  current().release(storage);
  current().destroys(acting_thread(), {});
  made.done(0);
}

void failed(const char* what, site at) {
  harness::fail("assertion", what, at);
}

}  // namespace gauntlet::model

namespace gauntlet::relacy {

namespace {
// Linearizability speaks of real time, the memory model only of happens-before: without one, a load may rightly return
// what was stored before an operation that had long returned. So the clock synchronises all who read it.
alignas(rl::atomic<token>) unsigned char the_clock[sizeof(rl::atomic<token>)];
rl::atomic<token>& clock() {
  return *reinterpret_cast<rl::atomic<token>*>(the_clock);
}
}  // namespace

void start_clock() {
  ::new (the_clock) rl::atomic<token>();
  clock().store(0, rl::mo_relaxed, model::info(sync::site::here()));
}

void stop_clock() {
  clock().~atomic();
}

bits newest_value(const void* object) {
  return current().value(model::atomic_at(*static_cast<const model::location*>(object)).newest.debug_value());
}

}  // namespace gauntlet::relacy

namespace gauntlet::harness {

void until_blocked(unsigned role) {
  const auto where = sync::site::here();
  while (!relacy::current().blocked(role)) rl::ctx().yield(1, model::info(where));
}

std::uint32_t choose(std::uint32_t alternatives) {
  return alternatives < 2 ? 0 : rl::ctx().rand(alternatives, rl::sched_type_user);
}

std::uint64_t timestamp() {
  return relacy::clock().fetch_add(1, rl::mo_acq_rel, model::info(sync::site::here())) + 1;
}

void fail(const char* violation_class, const std::string& message, sync::site where) {
  auto& now = relacy::current();
  now.broken = {violation_class, message, where, model::acting_thread()};
  rl::ctx().fail_test("", rl::test_result_user_assert_failed, model::info(where));
  __builtin_unreachable();
}

}  // namespace gauntlet::harness
