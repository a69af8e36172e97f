#pragma once
/// Litmus programs as data: what each thread does, in the order of the source. One program is run by the model engines
/// (models/litmus/interpreter.hpp) and judged by the oracle (tests/rc11/oracle.hpp), which share nothing else.
///
/// A program is written as it is printed:
///
///     {{store(x, 1, rlx), store(y, 1, rel)}, {load(r0, y, acq), load(r1, x, rlx)}}

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gauntlet::litmus {

using order = std::memory_order;
inline constexpr order rlx = order::relaxed;
inline constexpr order acq = order::acquire;
inline constexpr order rel = order::release;
inline constexpr order acq_rel = order::acq_rel;
inline constexpr order sc = order::seq_cst;

/// Atomic objects, then plain ones. All hold 0 at first.
enum location : std::uint8_t { x, y, z, w, a, b };
inline constexpr unsigned location_count = 6;
inline constexpr bool is_plain(location where) {
  return where >= a;
}

/// Registers belong to the program: two threads that use the same one would race.
enum reg : std::uint8_t { r0, r1, r2, r3, r4, r5, r6, r7 };
inline constexpr unsigned register_count = 8;

using value = std::uint8_t;
using register_file = std::array<value, register_count>;
/// What each location holds in the end.
using memory_image = std::array<value, location_count>;

/// A constant, or what a register holds.
struct operand {
  // Both conversions are meant: store(x, 1, rlx) and store(x, r0, rlx).
  constexpr operand(int constant) : constant(static_cast<value>(constant)) {}
  constexpr operand(reg from) : from(from) {}

  value in(const register_file& registers) const { return from ? registers[*from] : constant; }

  value constant = 0;
  std::optional<reg> from;
};

/// read and write are plain accesses, the others are atomic. An await loads until it finds `expected`. A take waits
/// until it finds 0, and exchanges that: a lock's. A wait sleeps as long as it finds `expected`, until a wake, or time,
/// ends it: a futex's; what it gives its register is a wait_end.
enum class action : std::uint8_t {
  load,
  store,
  exchange,
  add,
  compare_exchange,
  take,
  fence,
  read,
  write,
  await,
  wait,
  timed_wait,
  wake
};
enum class wait_end : value { changed, woken, timed_out };

/// An instruction runs only if a register holds a value.
struct guard {
  reg which = r0;
  value equals = 0;
};

struct instruction {
  action what = action::fence;
  location where = x;
  /// What is loaded, read, or found by a read-modify-write.
  reg into = r0;
  /// What is stored or added; of a compare_exchange, what is desired; of a wake, how many it wakes at most.
  operand by = 0;
  /// Of an await or a wait; of a compare_exchange, which is of the strong kind.
  operand expected = 0;
  order how = rlx;
  /// Of a compare_exchange that fails.
  order failure = rlx;
  std::optional<guard> only_if = std::nullopt;
};

constexpr instruction load(reg into, location where, order how) {
  return {.what = action::load, .where = where, .into = into, .how = how};
}
constexpr instruction await(reg into, location where, operand expected, order how) {
  return {.what = action::await, .where = where, .into = into, .expected = expected, .how = how};
}
constexpr instruction wait(reg into, location where, operand expected) {
  return {.what = action::wait, .where = where, .into = into, .expected = expected};
}
constexpr instruction timed_wait(reg into, location where, operand expected) {
  return {.what = action::timed_wait, .where = where, .into = into, .expected = expected};
}
constexpr instruction wake(location where, int most) {
  return {.what = action::wake, .where = where, .by = most};
}
constexpr instruction store(location where, operand by, order how) {
  return {.what = action::store, .where = where, .by = by, .how = how};
}
constexpr instruction exchange(reg into, location where, operand by, order how) {
  return {.what = action::exchange, .where = where, .into = into, .by = by, .how = how};
}
constexpr instruction add(reg into, location where, operand by, order how) {
  return {.what = action::add, .where = where, .into = into, .by = by, .how = how};
}
/// `into` holds what was found, whether it succeeds or fails.
constexpr instruction compare_exchange(reg into, location where, operand expected, operand desired, order how,
                                       order failure) {
  return {.what = action::compare_exchange,
          .where = where,
          .into = into,
          .by = desired,
          .expected = expected,
          .how = how,
          .failure = failure};
}
/// @param by what the lock holds then; not 0
constexpr instruction take(reg into, location where, int by, order how) {
  return {.what = action::take, .where = where, .into = into, .by = by, .how = how};
}
constexpr instruction fence(order how) {
  return {.what = action::fence, .how = how};
}
constexpr instruction read(reg into, location where) {
  return {.what = action::read, .where = where, .into = into};
}
constexpr instruction write(location where, operand by) {
  return {.what = action::write, .where = where, .by = by};
}
/// `then`, only if `which` holds `equals`.
constexpr instruction when(reg which, value equals, instruction then) {
  then.only_if = guard{which, equals};
  return then;
}

constexpr bool sleeps(action what) {
  return what == action::wait || what == action::timed_wait;
}
constexpr bool reads(action what) {
  return what != action::store && what != action::fence && what != action::write && what != action::wake;
}
constexpr bool writes(action what) {
  return what != action::load && what != action::fence && what != action::read && what != action::await &&
         !sleeps(what) && what != action::wake;
}
constexpr bool updates(action what) {
  return reads(what) && writes(what);
}

using program = std::vector<std::vector<instruction>>;

/// Whether any of its instructions is an await, a take or a wait.
bool waits(const program& what);

/// What came out: every register up to the last one that the program loads, then the final value of each location in
/// `observed`. One digit each, of base 36.
std::string outcome(const program& what, const std::vector<location>& observed, const register_file& registers,
                    const memory_image& memory);

/// The program as C++, each thread on a line of its own.
std::string to_string(const program& what);
std::string to_string(const instruction& what);

}  // namespace gauntlet::litmus
