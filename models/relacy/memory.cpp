/// models/model.hpp on Relacy: atomics, plain data, fences, and the clock of histories.

#include <tuple>

#include "models/relacy/making.hpp"

namespace gauntlet::model {

namespace {

bits truncate(bits value, unsigned size) {
  return size >= 16 ? value : value & ((bits{1} << (size * 8U)) - 1);
}

/// Fails the execution where the access is not ordered after the object's beginning; see atomic_state::life.
void alive(atomic_state& state, site at) {
  std::ignore = state.life(info(at)).load();
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
  auto* state = ::new (where.opaque) atomic_state{.newest = {}, .life = rl::var<token>(0), .type = type};
  rl::ctx().sched();
  const rl::preemption_disabler indivisible(rl::ctx());
  state->newest.store(current().write(initial), rl::mo_relaxed, info(at));
  made.done(initial);
}

void atomic_destroy(location& where) noexcept {
  const auto at = current().destruction(acting_thread());
  making made("destroy", &where, {}, no_order, at);
  atomic_at(where).life(info(at)).store(0);
  atomic_at(where).~atomic_state();
}

bits atomic_load(const location& where, std::memory_order order, site at) noexcept {
  making made("load", &where, {}, static_cast<int>(order), at);
  auto& state = atomic_at(where);
  rl::ctx().sched();
  const rl::preemption_disabler indivisible(rl::ctx());
  alive(state, at);
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
  alive(state, at);
  state.newest.store(current().write(value), relacy_order(order), info(at));
  made = making("store", &where, state.type, static_cast<int>(order), at);
  made.done(value);
}

bits atomic_fetch(location& where, sync::rmw operation, bits operand, std::memory_order order, site at) noexcept {
  making made(name_of(operation), &where, {}, static_cast<int>(order), at);
  auto& state = atomic_at(where);
  rl::ctx().sched();
  const rl::preemption_disabler indivisible(rl::ctx());
  alive(state, at);
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
  alive(state, at);
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

std::uint64_t tick() {
  return clock().fetch_add(1, rl::mo_acq_rel, model::info(sync::site::here())) + 1;
}

bits newest_value(const void* object) {
  return current().value(model::atomic_at(*static_cast<const model::location*>(object)).newest.debug_value());
}

}  // namespace gauntlet::relacy
