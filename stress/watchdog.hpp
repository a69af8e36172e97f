#pragma once
/// Tells threads that will never finish from threads that are slow.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/engine.hpp"
#include "stress/activity.hpp"

namespace gauntlet::stress {

/// A thread that a round is not over without, and the part it plays.
struct participant {
  const activity* thread;
  std::string role;
};

/// Whether a thread of this process sleeps, as the kernel tells. Asks by bare system calls: ThreadSanitizer takes a
/// read of a file for synchronization.
bool sleeps_in_kernel(pid_t thread);

/// Looks at a round's threads from outside, every few milliseconds. It reports
///   at once (100 ms), if each unfinished thread sleeps in the kernel in a wait that has no end of its own: nobody is
///     left to wake them. A lost wake-up if one of the words has changed from what its sleeper expects, else a
///     deadlock;
///   after 2 s, if each of them sleeps so, or failed 1000 iterations of a spin since anybody last did anything: an
///     iteration that fails changes nothing, so the next one fails too. A livelock if none of them sleeps. After 0.5 s
///     if they wait for each other's locks in a circle; and if one is suspended, which means that what the others do
///     needs it, and isn't lock-free;
///   after 5 s in which a thread was in one wait while others went on: starvation, or a deadlock of some of them if
///     those wait for each other's locks in a circle;
///   after 10 s in which nobody did anything, and 20 s in one round. A hang.
/// Seconds count for native speed.
class watchdog {
 public:
  using clock = std::chrono::steady_clock;

  explicit watchdog(double slowdown) : slowdown_(slowdown) {}

  /// @param round any number that changes from round to round
  /// @return what is wrong, without its replay token
  std::optional<harness::violation> look(std::uint64_t round, const std::vector<participant>& everybody);

  /// Whether nobody has done anything since the last look, and each has finished, sleeps in a wait that has no end of
  /// its own, or spins in vain. Twice in a row means that it stays so.
  bool quiet(const std::vector<participant>& everybody);

 private:
  std::optional<harness::violation> starvation(clock::time_point now, const std::vector<participant>& everybody);
  bool stands_still(clock::time_point now, std::uint64_t round, const std::vector<participant>& everybody);
  bool spins_in_vain(std::size_t index, const activity& thread) const;
  clock::duration scaled(double seconds) const;

  double slowdown_;
  std::uint64_t round_ = 0;
  clock::time_point round_since_;
  std::uint64_t progress_ = 0;
  clock::time_point progress_since_;
  std::optional<clock::time_point> asleep_since_;
  /// Each thread's progress, and since when it has stood at that.
  struct standing {
    std::uint64_t progress;
    clock::time_point since;
  };
  std::vector<standing> standings_;
  /// Each thread's failed iterations when anybody last did anything.
  std::vector<std::uint64_t> fruitless_;
};

}  // namespace gauntlet::stress
