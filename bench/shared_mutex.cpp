/// Readers and writers of a pair of numbers that must agree: all read; one in 16 writes; every other one writes.

#include "primitives/shared_mutex/shared_mutex.hpp"

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <mutex>
#include <shared_mutex>

#include "bench/race.hpp"

namespace gauntlet::bench {
namespace {

/// absl's names, spelled the standard's way.
class absl_mutex {
 public:
  void lock() { mutex_.Lock(); }
  void unlock() { mutex_.Unlock(); }
  void lock_shared() { mutex_.ReaderLock(); }
  void unlock_shared() { mutex_.ReaderUnlock(); }

 private:
  absl::Mutex mutex_;
};

/// A round: each thread reads both numbers, or adds one to both. @tparam period every how many rounds it does that
template <class Lock, std::uint64_t period>
class alignas(64) pair_of_numbers {
 public:
  pair_of_numbers(unsigned threads, std::uint64_t rounds)
      : expected_(threads * (rounds / period + (rounds % period > phase ? 1 : 0))) {}

  void run(unsigned, std::uint64_t rounds) {
    bool agreed = true;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      if (round % period == phase) {
        const std::lock_guard guard(lock_);
        ++first_;
        ++second_;
      } else {
        const std::shared_lock guard(lock_);
        agreed &= first_ == second_;
      }
    }
    if (!agreed) torn_.store(true, std::memory_order_relaxed);
  }

  bool correct() const { return !torn_.load(std::memory_order_relaxed) && first_ == expected_ && second_ == expected_; }

 private:
  static constexpr std::uint64_t phase = period / 2;

  Lock lock_;
  std::uint64_t first_ = 0;
  std::uint64_t second_ = 0;
  const std::uint64_t expected_;
  std::atomic<bool> torn_{false};
};

constexpr std::uint64_t never = std::uint64_t{1} << 63;

template <class Lock>
void compare(const std::string& name) {
  enter<pair_of_numbers<Lock, never>>("shared_mutex/read_only", name);
  enter<pair_of_numbers<Lock, 16>>("shared_mutex/read_mostly", name);
  enter<pair_of_numbers<Lock, 2>>("shared_mutex/write_heavy", name);
}

const bool entered = [] {
  compare<shared_mutex>("shared_mutex");
  compare<std::shared_mutex>("std::shared_mutex");
  compare<absl_mutex>("absl::Mutex");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
