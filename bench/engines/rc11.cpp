/// The exhaustive checker: how long it takes for all executions of programs that others have measured, too.
///
/// A row's `executions` are those that came to their end; `GenMC` is what GenMC 0.11, the state of the art, takes for
/// the same ones, in seconds beyond its start-up, as it was measured once on a machine like those that this runs on;
/// `ahead` is how many times that is of what it takes here, in processor time; in real time where workers are counted.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {
namespace {

explorer& here() {
  return *explorer::current();
}

/// A shared number.
struct number {
  explicit number(unsigned initial = 0) { here().create(this, 4, initial, {}); }
  number(const number&) = delete;
  number& operator=(const number&) = delete;
  unsigned load(order how) const { return static_cast<unsigned>(here().load(this, 4, how, {})); }
  void store(unsigned value, order how) { here().store(this, 4, value, how, {}); }
  unsigned add(unsigned value, order how) {
    return static_cast<unsigned>(here().modify(this, 4, operation::add, value, how, {}));
  }
  bool exchange_if(unsigned expected, unsigned desired, order how) {
    bits seen = expected;
    return here().compare_exchange(this, 4, seen, desired, how, order::relaxed, false, {});
  }
  void await(unsigned value) const {
    here().await_begin({});
    while (load(order::acquire) != value) here().await_again({});
    here().await_end();
  }

  alignas(4) std::array<unsigned char, 4> bytes;
};

/// Runs `role(0)` to `role(count - 1)`, each on a thread, to their ends.
template <class Role>
void together(unsigned count, const Role& role) {
  struct argument {
    const Role* what;
    unsigned which;
  };
  std::array<argument, 32> arguments;
  for (unsigned which = 0; which < count; ++which) {
    arguments[which] = {&role, which};
    here().thread_start(
        [](void* it) {
          const auto& own = *static_cast<const argument*>(it);
          (*own.what)(own.which);
        },
        &arguments[which], {});
  }
  for (unsigned which = 0; which < count; ++which) here().thread_join(which + 1, {});
}

void store_buffering() {
  number x;
  number y;
  together(2, [&](unsigned which) {
    (which == 0 ? x : y).store(1, order::relaxed);
    (which == 0 ? y : x).load(order::relaxed);
  });
}

void independent_reads() {
  number x;
  number y;
  together(4, [&](unsigned which) {
    if (which < 2) return (which == 0 ? x : y).store(1, order::release);
    (which == 2 ? x : y).load(order::acquire);
    (which == 2 ? y : x).load(order::acquire);
  });
}

template <unsigned threads>
void ticket_lock() {
  number next;
  number serving;
  unsigned inside = 0;
  here().plain_create(&inside, 4, true, {});
  together(threads, [&](unsigned) {
    const unsigned mine = next.add(1, order::relaxed);
    serving.await(mine);
    here().plain_read(&inside, {});
    here().plain_write(&inside, {});
    ++inside;
    serving.store(mine + 1, order::release);
  });
}

template <unsigned threads>
void increments() {
  number x;
  together(threads, [&](unsigned) { x.add(1, order::acq_rel); });
}

/// Thread 0 looks for the last zero of an array, the others make each number one more than that before it.
template <unsigned writers>
void last_zero() {
  std::array<number, writers + 1> a;
  together(writers + 1, [&](unsigned which) {
    if (which != 0) return a[which].store(a[which - 1].load(order::acquire) + 1, order::release);
    for (unsigned i = writers + 1; i-- > 0;)
      if (a[i].load(order::acquire) == 0) break;
  });
}

/// SV-COMP's fib_bench.
template <unsigned rounds>
void fibonacci() {
  number x(1);
  number y(1);
  together(3, [&](unsigned which) {
    if (which == 2) {
      x.load(order::acquire);
      y.load(order::acquire);
      return;
    }
    number& sum = which == 0 ? x : y;
    const number& by = which == 0 ? y : x;
    for (unsigned round = 0; round < rounds; ++round) {
      const unsigned before = sum.load(order::acquire);
      sum.store(before + by.load(order::acquire), order::release);
    }
  });
}

/// Treiber's stack, of nodes that are numbered from 1; its top is a node, and how often it was another.
class stack {
 public:
  void push(unsigned node) {
    here().await_begin({}, false);
    for (;;) {
      const unsigned top = top_.load(order::acquire);
      below_[node].store(top & 0xffffU, order::relaxed);
      if (top_.exchange_if(top, following(top, node), order::release)) break;
      here().await_again({});
    }
    here().await_end();
  }

  void pop() {
    here().await_begin({}, false);
    for (;;) {
      const unsigned top = top_.load(order::acquire);
      if ((top & 0xffffU) == 0) break;
      const unsigned below = below_[top & 0xffffU].load(order::relaxed);
      if (top_.exchange_if(top, following(top, below), order::release)) break;
      here().await_again({});
    }
    here().await_end();
  }

 private:
  static unsigned following(unsigned top, unsigned node) { return node | ((top >> 16U) + 1) << 16U; }
  number top_;
  std::array<number, 4> below_;
};

void push_and_pop() {
  stack shared;
  together(3, [&](unsigned which) {
    shared.push(which + 1);
    shared.pop();
  });
}

/// A producer and a consumer of a ring, who do not wait; every access is seq_cst, of which there are dozens before.
template <unsigned turns>
void ring() {
  constexpr auto sc = order::seq_cst;
  number head;
  number tail;
  std::array<number, 4> cells;
  std::array<number, 40> others;
  for (number& each : others) each.store(0, sc);
  together(2, [&](unsigned which) {
    for (unsigned i = 0; i < turns; ++i) {
      const unsigned before = (which == 0 ? tail : head).load(sc);
      const unsigned limit = (which == 0 ? head.load(sc) + 4 : tail.load(sc));
      if (before == limit) continue;
      if (which == 0)
        cells[before % 4].store(i + 1, sc);
      else
        cells[before % 4].load(sc);
      (which == 0 ? tail : head).store(before + 1, sc);
      others[8 * which + i].load(sc);
    }
  });
}

struct row {
  const char* name;
  void (*program)();
  std::uint64_t executions;
  /// Seconds; 0 where nobody measured it.
  double genmc;
};

constexpr row rows[] = {
    {"store buffering", &store_buffering, 4, 0},  {"IRIW, acquire", &independent_reads, 16, 0},
    {"ticket lock(4)", &ticket_lock<4>, 24, 0},   {"ticket lock(6)", &ticket_lock<6>, 720, 0.46},
    {"ainc(8)", &increments<8>, 40320, 1.13},     {"lastzero(15)", &last_zero<15>, 147456, 7.9},
    {"fib_bench(5)", &fibonacci<5>, 525630, 2.4}, {"Treiber stack", &push_and_pop, 3600, 0.8},
    {"ring, seq_cst", &ring<6>, 17627, 0},
};

void measure(benchmark::State& state, const row& what, unsigned workers) {
  std::uint64_t executions = 0;
  for ([[maybe_unused]] const auto again : state) {
    explorer check;
    limits how;
    how.workers = workers;
    const auto found = check.explore(what.program, how);
    if (!found.exhausted || found.complete != what.executions) {
      state.SkipWithError(("it has " + std::to_string(found.complete) + " executions").c_str());
      return;
    }
    executions += found.complete;
  }
  state.counters["executions"] = static_cast<double>(what.executions);
  state.counters["executions/s"] = benchmark::Counter(static_cast<double>(executions), benchmark::Counter::kIsRate);
  if (what.genmc == 0) return;
  state.counters["GenMC"] = what.genmc;
  state.counters["ahead"] =
      benchmark::Counter(what.genmc * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

const bool entered = [] {
  for (const row& each : rows) {
    const std::string name = std::string("rc11/") + each.name;
    const auto enter = [&](const std::string& as, unsigned workers) {
      return benchmark::RegisterBenchmark(as.c_str(),
                                          [&each, workers](benchmark::State& state) { measure(state, each, workers); })
          ->Unit(benchmark::kMillisecond);
    };
    enter(name, 1);
    // Processor time is this process's only.
    if (each.executions < 100000) continue;
    enter(name + ", 1 worker", 1)->UseRealTime();
    enter(name + ", 2 workers", 2)->UseRealTime();
  }
  return true;
}();

}  // namespace
}  // namespace gauntlet::rc11

BENCHMARK_MAIN();
