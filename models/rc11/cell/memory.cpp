/// models/model.hpp on the exhaustive checker: atomics, plain data, fences.

#include "models/rc11/cell/telling.hpp"

namespace gauntlet::model {

using sync::site;

namespace {
rc11::operation operation_of(sync::rmw what) {
  using rc11::operation;
  constexpr operation all[] = {operation::exchange, operation::add,    operation::subtract,
                               operation::bit_and,  operation::bit_or, operation::bit_xor};
  return all[static_cast<int>(what)];
}
}  // namespace

void atomic_create(location& where, bits initial, value_type type, site from) noexcept {
  telling step("initialise", &where, type, no_order, from);
  type_at(where) = type;
  engine().create(&where, type.size, initial, at(from));
  step.done(initial);
}

void atomic_destroy(location& where) noexcept {
  const site from = current().recording ? current().destroys[rc11::acting()] : site{};
  telling step("destroy", &where, {}, no_order, from);
  engine().destroy(&where, at(from));
}

bits atomic_load(const location& where, std::memory_order order, site from) noexcept {
  telling step("load", &where, type_at(where), static_cast<int>(order), from);
  const bits value = engine().load(&where, type_at(where).size, order, at(from));
  current().looked[engine().thread_index()] = engine().last_event();
  step.read(value);
  return value;
}

void atomic_store(location& where, bits value, std::memory_order order, site from) noexcept {
  telling step("store", &where, type_at(where), static_cast<int>(order), from);
  engine().store(&where, type_at(where).size, value, order, at(from));
  step.wrote(value);
}

bits atomic_fetch(location& where, sync::rmw operation, bits operand, std::memory_order order, site from) noexcept {
  telling step(name_of(operation), &where, type_at(where), static_cast<int>(order), from);
  const bits before = engine().modify(&where, type_at(where).size, operation_of(operation), operand, order, at(from));
  if (current().recording) step.exchanged(engine().execution()[engine().last_event()].value);
  return before;
}

bool atomic_compare_exchange(location& where, bits& expected, bits desired, std::memory_order success,
                             std::memory_order failure, bool weak, site from) noexcept {
  telling step("compare_exchange", &where, type_at(where), static_cast<int>(success), from);
  const bits wanted = expected;
  const bool done =
      engine().compare_exchange(&where, type_at(where).size, expected, desired, success, failure, weak, at(from));
  if (done) {
    step.exchanged(desired);
    return true;
  }
  step.named(expected == wanted ? "compare_exchange spuriously fails" : "compare_exchange fails");
  step.ordered(failure);
  step.read(expected);
  return false;
}

void plain_create(location& where, bool initialised, bits shown, value_type type, site from) {
  telling step("initialise", &where, type, no_order, from);
  type_at(where) = type;
  engine().plain_create(&where, type.size, initialised, at(from));
  if (initialised) step.done(shown);
}

void plain_destroy(location& where) noexcept {
  const site from = current().recording ? current().destroys[rc11::acting()] : site{};
  telling step("destroy", &where, type_at(where), no_order, from);
  engine().plain_destroy(&where, at(from));
}

void plain_read(const location& where, site from) {
  telling step("read", &where, type_at(where), no_order, from);
  engine().plain_read(&where, at(from));
  step.done(0);
}

void plain_write(location& where, bits shown, site from) {
  telling step("write", &where, type_at(where), no_order, from);
  engine().plain_write(&where, at(from));
  step.done(shown);
}

void fence(std::memory_order order, site from) noexcept {
  telling step("fence", nullptr, {}, static_cast<int>(order), from);
  engine().fence(order, at(from));
  step.done(0);
}

}  // namespace gauntlet::model
