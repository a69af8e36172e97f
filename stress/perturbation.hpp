#pragma once
/// Schedule perturbation. Neither kernel nor sanitizer varies schedules by itself; which disturbance finds a bug
/// differs from bug to bug, so each round has a plan of its own, drawn from the seed.

#include <atomic>
#include <cstdint>
#include <string>

namespace gauntlet::stress {

enum class disturbance : std::uint8_t {
  none,
  /// sched_yield
  yield,
  /// Up to some 300 pauses, a yield, or a sleep of up to 50 us.
  mixed,
  /// Up to 100 us
  sleep,
  /// Between a load and the compare-exchange that relies on it: a sleep or a yield before a quarter of them.
  compare_exchange,
};

struct plan {
  disturbance what = disturbance::none;
  /// A power of two: one in so many operations is disturbed.
  std::uint32_t one_in = 1;
  /// All threads share one processor: nothing runs at once, and each is cut short wherever it is.
  bool one_processor = false;
};

/// For a round; the same for the same argument.
plan draw_plan(std::uint64_t stream) noexcept;

/// "yield before one in 32 operations"
std::string describe(plan what);

/// For all threads. Call between rounds only.
void follow(plan next) noexcept;

/// From now on threads of the running check park at their next operation. May be called at any time, also from a
/// sanitizer's hook.
void abandon() noexcept;

/// Begins the next check.
void resume() noexcept;

/// A round's roles begin: so many of them. One has finished.
void begin_work(unsigned roles) noexcept;
void end_work() noexcept;

/// splitmix64's finaliser over both, so that neighbouring seeds and iterations share nothing.
constexpr std::uint64_t mix(std::uint64_t seed, std::uint64_t stream) noexcept {
  std::uint64_t z = seed + 0x9e3779b97f4a7c15U * (stream + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

/// xorshift64*. @param state not 0
constexpr std::uint32_t draw(std::uint64_t& state) noexcept {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return static_cast<std::uint32_t>((state * 0x2545f4914f6cdd1dU) >> 32);
}

}  // namespace gauntlet::stress
