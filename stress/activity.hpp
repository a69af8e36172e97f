#pragma once
/// What each thread of a round is doing, published for the watchdog and for until_blocked(). Written by its own thread
/// only and with relaxed operations, so that it adds no happens-before to what is under test.
/// Included by way of primitives/sync.hpp.

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace gauntlet::stress {

enum class doing : std::uint8_t {
  nothing,
  running,
  /// In sync::spin_until or retry_until, after an iteration that failed.
  spinning,
  sleeping,
  /// In a futex wait that ends by itself.
  sleeping_until,
  joining,
  finished,
};

struct alignas(64) activity {
  std::atomic<stress::doing> now{doing::nothing};
  /// Operations done, and waits that ended. What happens within a wait that goes on is no progress.
  std::atomic<std::uint64_t> progress{0};
  /// Iterations of spin_until and retry_until that failed.
  std::atomic<std::uint64_t> fruitless{0};
  /// Of the wait.
  std::atomic<const char*> file{""};
  std::atomic<const char*> function{""};
  std::atomic<unsigned> line{0};
  std::atomic<void*> word{nullptr};
  std::atomic<std::uint32_t> expected{0};
  /// As the kernel numbers it.
  std::atomic<pid_t> thread{0};

  // The rest is the thread's own.
  unsigned waits = 0;
  /// State of the generator behind perturb(), and of the one behind choose().
  std::uint64_t disturbances = 0;
  std::uint64_t choices = 0;

  void tell(stress::doing what, sync::site where) noexcept {
    file.store(where.file, std::memory_order_relaxed);
    function.store(where.function, std::memory_order_relaxed);
    line.store(where.line, std::memory_order_relaxed);
    now.store(what, std::memory_order_relaxed);
  }
  void tell(stress::doing what) noexcept { now.store(what, std::memory_order_relaxed); }
  void advance() noexcept { progress.store(progress.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
};

/// The calling thread's, or null outside of a round.
inline constinit thread_local activity* mine = nullptr;

/// Which part of an operation a thread is at.
enum class moment { before, before_compare_exchange, after };

/// Called around each operation: may give the processor away, spin or sleep, as the batch's plan and the thread's
/// generator say. Once the check is abandoned it does not return.
void perturb(moment when) noexcept;

/// Sleeps for ever. For threads of a check that is over: unwinding them would run destructors on a broken state, and
/// through noexcept functions.
[[noreturn]] void park() noexcept;

}  // namespace gauntlet::stress
