#pragma once
/// What each thread of a round is doing, published for the watchdog, until_blocked() and until_quiet(). Written by its
/// own thread only and, but for the latter, read with relaxed operations, so that it adds no happens-before to what is
/// under test.
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
  /// At an operation, by harness::suspend_within().
  suspended,
  finished,
};

class watched_lock;

/// Where a thread took a lock: addresses of calls, innermost first, null after the last.
struct acquisition {
  static constexpr unsigned depth = 6;
  std::atomic<const void*> lock{nullptr};
  std::atomic<void*> frame[depth]{};
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
  /// The lock that the thread is about to acquire, however long that takes.
  std::atomic<const watched_lock*> wanted{nullptr};
  /// As the kernel numbers it.
  std::atomic<pid_t> thread{0};

  // The rest is the thread's own.
  /// The check that it takes part in, as they are numbered.
  unsigned check = 0;
  unsigned waits = 0;
  /// After so many operations it is suspended; 0 for never.
  unsigned suspended_in = 0;
  /// How long this thread may still be disturbed in this round, in nanoseconds: on a loaded machine each time that the
  /// processor is given away may cost a time slice.
  std::int64_t disturbance_left = 0;
  /// State of the generator behind perturb(), and of the one behind choose().
  std::uint64_t disturbances = 0;
  std::uint64_t choices = 0;
  // What stress/tsan_sync.hpp keeps for fences.
  bool released = false;
  unsigned relaxed_loads = 0;
  void* relaxed_load[16] = {};
  // And for reports of races: the last locks that this thread took in the round, by their announced address.
  std::atomic<unsigned> acquisitions{0};
  acquisition taken[8];

  /// For a new round.
  void begin(std::uint64_t stream) noexcept;
  /// Whether its check is over, though it may still run.
  bool abandoned() const noexcept;

  void tell(stress::doing what, sync::site where) noexcept {
    file.store(where.file, std::memory_order_relaxed);
    function.store(where.function, std::memory_order_relaxed);
    line.store(where.line, std::memory_order_relaxed);
    tell(what);
  }
  void tell(stress::doing what) noexcept {
    // release [quiet]: pairs with until_quiet()'s acquire of now; carries what the thread did before it waits or ends.
    now.store(what, std::memory_order_release);
  }
  void advance() noexcept { progress.store(progress.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
};

/// The calling thread's, or null outside of a round.
inline constinit thread_local activity* mine = nullptr;

/// What perturb() is called for.
enum class moment { operation, compare_exchange, iteration };

/// Called before each operation, and after each failed iteration of a wait: may give the processor away, spin or sleep,
/// as the round's plan and the thread's generator say. Once the check is abandoned it does not return.
void perturb(moment what) noexcept;

/// In this round a lock was released by a thread that had not acquired it: see stress/tsan_sync.hpp.
void lend() noexcept;
bool lent() noexcept;

/// Sleeps for ever. For threads of a check that is over: unwinding them would run destructors on a broken state, and
/// through noexcept functions.
[[noreturn]] void park() noexcept;

}  // namespace gauntlet::stress
