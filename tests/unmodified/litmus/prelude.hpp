#pragma once
/// What a litmus program needs to be one of plain C++: std::atomic objects, ordinary variables, std::thread, a main
/// function. as_source.cpp writes the programs, each in a namespace of its own, and the table of them.
///
///     program NAME [ROTATION]
///
/// starts the threads of the test, the ROTATION-th first, joins them, and prints its outcome: a line for each
/// execution.

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using value = std::uint8_t;
using order = std::memory_order;
constexpr order rlx = order::relaxed;
constexpr order acq = order::acquire;
constexpr order rel = order::release;
constexpr order acq_rel = order::acq_rel;
constexpr order sc = order::seq_cst;

/// Plain data: a number in a vector, so that the accesses are to its members and to the heap.
class plain {
 public:
  value get() const { return held_.empty() ? value{0} : held_.back(); }
  void set(value now) { held_.assign(now, now); }

 private:
  std::vector<value> held_;
};

std::atomic<value> x, y, z, w;
plain a, b;
value r0, r1, r2, r3, r4, r5, r6, r7;

inline void load(value& into, const std::atomic<value>& from, order how) {
  into = from.load(how);
}
inline void await(value& into, const std::atomic<value>& from, value expected, order how) {
  while (from.load(how) != expected) {
  }
  into = expected;
}
inline void store(std::atomic<value>& to, value what, order how) {
  to.store(what, how);
}
inline void exchange(value& into, std::atomic<value>& with, value what, order how) {
  into = with.exchange(what, how);
}
inline void add(value& into, std::atomic<value>& to, value what, order how) {
  into = to.fetch_add(what, how);
}
inline void compare_exchange(value& into, std::atomic<value>& with, value expected, value desired, order success,
                             order failure) {
  with.compare_exchange_strong(expected, desired, success, failure);
  into = expected;
}
inline void fence(order how) {
  std::atomic_thread_fence(how);
}
inline void read(value& into, const plain& from) {
  into = from.get();
}
inline void write(plain& to, value what) {
  to.set(what);
}

struct test {
  const char* name;
  /// So many registers belong to an outcome.
  unsigned registers;
  /// One letter each: locations whose final value does, too.
  const char* observed;
  std::array<void (*)(), 4> threads;
};

value now(char location) {
  switch (location) {
    case 'x':
      return x.load(rlx);
    case 'y':
      return y.load(rlx);
    case 'z':
      return z.load(rlx);
    case 'w':
      return w.load(rlx);
    case 'a':
      return a.get();
    default:
      return b.get();
  }
}

int run(const test& it, unsigned rotation, int descriptor) {
  unsigned count = 0;
  while (count < it.threads.size() && it.threads[count]) ++count;
  std::array<std::thread, 4> started;
  for (unsigned i = 0; i < count; ++i) started[i] = std::thread(it.threads[(i + rotation) % count]);
  for (unsigned i = 0; i < count; ++i) started[i].join();
  const value registers[] = {r0, r1, r2, r3, r4, r5, r6, r7};
  std::string outcome;
  const auto add = [&](value shown) { outcome += static_cast<char>(shown < 10 ? '0' + shown : 'a' + shown - 10); };
  for (unsigned i = 0; i < it.registers; ++i) add(registers[i]);
  for (const char* each = it.observed; *each; ++each) add(now(*each));
  outcome += '\n';
  return ::write(descriptor, outcome.data(), outcome.size()) < 0;
}

template <unsigned count>
int run(const test (&tests)[count], int argc, char** argv) {
  for (const auto& each : tests)
    if (argc == 4 && std::string_view(argv[1]) == each.name)
      return run(each, static_cast<unsigned>(std::atoi(argv[2])), std::atoi(argv[3]));
  std::fprintf(stderr, "%s: expected the name of a test, a rotation and a file descriptor\n", argv[0]);
  return 2;
}

}  // namespace
