/// ThreadSanitizer's entry points for atomic operations: the explorer's, of which memory keeps account.

#include <cstring>

#include "models/rc11/unmodified/atomics.hpp"

#include "models/rc11/unmodified/record.hpp"

namespace gauntlet::rc11::unmodified {

namespace {
const char* name_of(operation what) {
  switch (what) {
    case operation::exchange:
      return "exchange";
    case operation::add:
      return "fetch_add";
    case operation::subtract:
      return "fetch_sub";
    case operation::bit_and:
      return "fetch_and";
    case operation::bit_or:
      return "fetch_or";
    case operation::bit_xor:
      return "fetch_xor";
    case operation::bit_nand:
      return "fetch_nand";
    default:
      return "modify";
  }
}
}  // namespace

bits load(const void* address, unsigned size, order how, const void* where) {
  const told step("load", address, size, how, where);
  memory.object(address, size, false, where);
  return engine->load(address, size, how, at(where));
}

void store(void* address, unsigned size, bits value, order how, const void* where) {
  const told step("store", address, size, how, where);
  const change made(address, size, where);
  engine->store(address, size, value, how, at(where));
}

bits modify(void* address, unsigned size, operation what, bits operand, order how, const void* where) {
  const told step(name_of(what), address, size, how, where);
  const change made(address, size, where);
  return engine->modify(address, size, what, operand, how, at(where));
}

bool compare_exchange(void* address, unsigned size, bits& expected, bits desired, order success, order failure,
                      bool weak, const void* where) {
  const told step("compare_exchange", address, size, success, where);
  const change made(address, size, where);
  return engine->compare_exchange(address, size, expected, desired, success, failure, weak, at(where));
}

bool fails_spuriously(const void* address, unsigned size, bits expected, order failure, const void* where) {
  told step("compare_exchange spuriously fails", address, size, failure, where);
  memory.object(address, size, false, where);
  const bool fails = engine->fails_spuriously(address, size, expected, failure, at(where));
  if (!fails) step.forget();
  return fails;
}

bits try_modify(void* address, unsigned size, operation what, bits expected, bits operand, order how,
                const void* where) {
  const change made(address, size, where);
  return engine->try_modify(address, size, what, expected, operand, how, at(where));
}

bits await_modify(void* address, unsigned size, operation what, bits expected, bits operand, order how,
                  const void* where, bool timed) {
  const change made(address, size, where);
  return engine->await_modify(address, size, what, expected, operand, how, at(where), timed);
}

bits await_change(const void* address, unsigned size, bits from, order how, const void* where) {
  memory.object(address, size, false, where);
  return engine->await_change(address, size, from, how, at(where));
}

}  // namespace gauntlet::rc11::unmodified

namespace {

using namespace gauntlet::rc11;
using unmodified::inside;

order order_of(int how) {
  return static_cast<order>(how);
}

__extension__ using a128 = unsigned __int128;

/// What is there, as long as nobody else can be looking.
template <class T>
T& alone(const volatile void* address) {
  return *static_cast<T*>(const_cast<void*>(address));
}

template <class T>
T fetch(volatile T* address, operation what, T operand, int how, const void* where) {
  void* const there = const_cast<T*>(address);
  if (inside()) return static_cast<T>(unmodified::modify(there, sizeof(T), what, operand, order_of(how), where));
  T& value = alone<T>(address);
  const T before = value;
  event made{};
  made.modify = what;
  made.value = operand;
  made.size = sizeof(T);
  value = static_cast<T>(modified(made, before));
  return before;
}

template <class T>
bool exchange_if(volatile T* address, T& expected, T desired, bool weak, int success, int failure, const void* where) {
  void* const there = const_cast<T*>(address);
  if (inside()) {
    bits seen = expected;
    const bool done = unmodified::compare_exchange(there, sizeof(T), seen, desired, order_of(success),
                                                   order_of(failure), weak, where);
    expected = static_cast<T>(seen);
    return done;
  }
  T& value = alone<T>(address);
  const bool done = value == expected;
  if (done)
    value = desired;
  else
    expected = value;
  return done;
}

}  // namespace

#define FETCH(bits_, T, name, what)                                                         \
  GAUNTLET_ENTRY T __tsan_atomic##bits_##_##name(volatile T* address, T operand, int how) { \
    return fetch<T>(address, operation::what, operand, how, GAUNTLET_CALLER);               \
  }
#define EXCHANGE_IF(bits_, T, name, weak)                                                                        \
  GAUNTLET_ENTRY int __tsan_atomic##bits_##_compare_exchange_##name(volatile T* address, T* expected, T desired, \
                                                                    int success, int failure) {                  \
    T seen = *expected;                                                                                          \
    const bool done = exchange_if<T>(address, seen, desired, weak, success, failure, GAUNTLET_CALLER);           \
    if (!done) *expected = seen;                                                                                 \
    return done;                                                                                                 \
  }
#define FAMILY(bits_, T)                                                                                               \
  GAUNTLET_ENTRY T __tsan_atomic##bits_##_load(const volatile T* address, int how) {                                   \
    if (!inside()) return alone<T>(address);                                                                           \
    return static_cast<T>(unmodified::load(const_cast<const T*>(address), sizeof(T), order_of(how), GAUNTLET_CALLER)); \
  }                                                                                                                    \
  GAUNTLET_ENTRY void __tsan_atomic##bits_##_store(volatile T* address, T value, int how) {                            \
    if (!inside()) {                                                                                                   \
      alone<T>(address) = value;                                                                                       \
      return;                                                                                                          \
    }                                                                                                                  \
    unmodified::store(const_cast<T*>(address), sizeof(T), value, order_of(how), GAUNTLET_CALLER);                      \
  }                                                                                                                    \
  FETCH(bits_, T, exchange, exchange)                                                                                  \
  FETCH(bits_, T, fetch_add, add)                                                                                      \
  FETCH(bits_, T, fetch_sub, subtract)                                                                                 \
  FETCH(bits_, T, fetch_and, bit_and)                                                                                  \
  FETCH(bits_, T, fetch_or, bit_or)                                                                                    \
  FETCH(bits_, T, fetch_xor, bit_xor)                                                                                  \
  FETCH(bits_, T, fetch_nand, bit_nand)                                                                                \
  EXCHANGE_IF(bits_, T, strong, false)                                                                                 \
  EXCHANGE_IF(bits_, T, weak, true)                                                                                    \
  GAUNTLET_ENTRY T __tsan_atomic##bits_##_compare_exchange_val(volatile T* address, T expected, T desired,             \
                                                               int success, int failure) {                             \
    exchange_if<T>(address, expected, desired, false, success, failure, GAUNTLET_CALLER);                              \
    return expected;                                                                                                   \
  }

FAMILY(8, std::uint8_t)
FAMILY(16, std::uint16_t)
FAMILY(32, std::uint32_t)
FAMILY(64, std::uint64_t)
FAMILY(128, a128)

// What is compiled for processors that may have no instruction for 16 bytes calls libatomic's functions, which nobody
// instruments.
#define LIBATOMIC(name, type, ...)                                                    \
  GAUNTLET_ENTRY type libatomic_##name(__VA_ARGS__) __asm__("__atomic_" #name "_16"); \
  GAUNTLET_ENTRY type libatomic_##name(__VA_ARGS__)
#define LIBATOMIC_FETCH(name, what)                                              \
  LIBATOMIC(name, a128, volatile a128* address, a128 operand, int how) {         \
    return fetch<a128>(address, operation::what, operand, how, GAUNTLET_CALLER); \
  }
LIBATOMIC(load, a128, const volatile a128* address, int how) {
  if (!inside()) return alone<a128>(address);
  return unmodified::load(const_cast<const a128*>(address), sizeof(a128), order_of(how), GAUNTLET_CALLER);
}
LIBATOMIC(store, void, volatile a128* address, a128 value, int how) {
  if (inside())
    unmodified::store(const_cast<a128*>(address), sizeof(a128), value, order_of(how), GAUNTLET_CALLER);
  else
    alone<a128>(address) = value;
}
LIBATOMIC(compare_exchange, bool, volatile a128* address, a128* expected, a128 desired, int success, int failure) {
  return exchange_if<a128>(address, *expected, desired, false, success, failure, GAUNTLET_CALLER);
}
LIBATOMIC_FETCH(exchange, exchange)
LIBATOMIC_FETCH(fetch_add, add)
LIBATOMIC_FETCH(fetch_sub, subtract)
LIBATOMIC_FETCH(fetch_and, bit_and)
LIBATOMIC_FETCH(fetch_or, bit_or)
LIBATOMIC_FETCH(fetch_xor, bit_xor)

GAUNTLET_ENTRY void __tsan_atomic_thread_fence(int how) {
  if (!inside()) return;
  const unmodified::told step("fence", nullptr, 0, how, GAUNTLET_CALLER);
  unmodified::engine->fence(order_of(how), unmodified::at(GAUNTLET_CALLER));
}
/// Between a thread and a signal handler of its own: there are none here.
GAUNTLET_ENTRY void __tsan_atomic_signal_fence(int) {}
