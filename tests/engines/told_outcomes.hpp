#pragma once
/// Scenarios that tell what they came to.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::trials {

/// Each adds one, and tells which of them came first. @tparam atomically or by a load and a store, which may lose one
template <bool atomically>
struct two_add {
  explicit two_add(harness::shape) {}
  void thread(unsigned role) {
    std::int64_t before = 0;
    if (atomically) {
      before = sum.fetch_add(1, std::memory_order_relaxed);
    } else {
      before = sum.load(std::memory_order_relaxed);
      sum.store(before + 1, std::memory_order_relaxed);
    }
    found[role] = before;
  }
  std::span<const std::int64_t> outcome() const { return found; }
  static std::vector<harness::prospect> allowed() {
    return {{.values = {0, 1}}, {.values = {1, 0}}, {.values = {2, 3}}};
  }
  static std::string words(std::span<const std::int64_t> values) {
    return "found=" + std::to_string(values[0]) + "," + std::to_string(values[1]);
  }

  sync::atomic<std::int64_t> sum{0};
  std::array<std::int64_t, 2> found{};
};

/// One waits for the other: those of a batch must not get in each other's way.
struct one_waits : two_add<true> {
  using two_add::two_add;
  void thread(unsigned role) {
    if (role == 1) sync::spin_until([this] { return sum.load(std::memory_order_acquire) == 1; });
    two_add::thread(role);
  }
};

/// One waits, and isn't woken.
struct one_is_not_woken : two_add<true> {
  using two_add::two_add;
  void thread(unsigned role) {
    while (role == 1 && word.load(std::memory_order_acquire) == 0) sync::futex_wait(word, 0);
    two_add::thread(role);
    if (role == 0) word.store(1, std::memory_order_release);
  }

  sync::atomic<std::uint32_t> word{0};
};

}  // namespace gauntlet::trials
