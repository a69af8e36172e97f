#pragma once
/// Objects with a sequential meaning whose verdict is known beforehand.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "harness/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::trials {

using enum std::memory_order;

/// A counter whose increments get lost between load and store.
struct lossy_counter {
  sync::atomic<std::int64_t> value{0};
  std::int64_t increment() {
    const auto seen = value.load(acquire);
    value.store(seen + 1, release);
    return seen;
  }
};

struct whole_counter {
  sync::atomic<std::int64_t> value{0};
  std::int64_t increment() { return value.fetch_add(1, acq_rel); }
};

template <class Counter>
struct counting {
  static constexpr std::string_view operations[] = {"increment"};
  static std::unique_ptr<Counter> create() { return std::make_unique<Counter>(); }
  static harness::model_state initial() { return {0}; }
  static std::int64_t argument(unsigned) { return 0; }
  static harness::outcome apply(Counter& counter, unsigned, std::int64_t) { return counter.increment(); }
  static bool step(harness::model_state& state, const harness::recorded& done) { return state[0]++ == done.result; }
};

/// A gate that opens once. @tparam wakes whether those are told who sleep before it @tparam spins wait by spinning
template <bool wakes, bool spins = false>
struct gate {
  sync::atomic<std::uint32_t> is_open{0};
  void open() {
    is_open.store(1, release);
    if (wakes) sync::futex_wake(is_open, 4);
  }
  void pass() {
    if (spins) return (void)sync::spin_until([this] { return is_open.load(acquire) == 1; });
    while (is_open.load(acquire) == 0) sync::futex_wait(is_open, 0);
  }
  /// Gives up after a moment.
  bool try_pass() {
    const auto soon = sync::deadline::after(std::chrono::microseconds(20));
    while (is_open.load(acquire) == 0)
      if (sync::futex_wait_until(is_open, 0, soon) == sync::wait_result::timed_out) return is_open.load(acquire) == 1;
    return true;
  }
};

template <class Gate>
struct passing {
  static constexpr std::string_view operations[] = {"look", "open", "pass", "try_pass"};
  enum : unsigned { look, open, pass, try_pass };
  static std::unique_ptr<Gate> create() { return std::make_unique<Gate>(); }
  static harness::model_state initial() { return {0}; }
  static std::int64_t argument(unsigned) { return 0; }
  static bool blocks(unsigned operation) { return operation == pass; }
  static bool enabled(const harness::model_state& state, const harness::recorded&) { return state[0] == 1; }
  static harness::recorded rescue(const harness::recorded&) { return {.operation = open}; }
  static harness::outcome apply(Gate& on, unsigned operation, std::int64_t) {
    if (operation == look) return on.is_open.load(acquire);
    if (operation == open) on.open();
    if (operation == pass) on.pass();
    return operation == try_pass && !on.try_pass() ? 0 : 1;
  }
  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.operation == open) state[0] = 1;
    return done.result == state[0];
  }
};

}  // namespace gauntlet::trials
