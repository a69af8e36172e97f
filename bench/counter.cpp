/// Counters: threads that count together.

#include <atomic>
#include <mutex>

#include "bench/race.hpp"
#include "primitives/counter/atomic_counter.hpp"
#include "primitives/counter/locked_counter.hpp"

namespace gauntlet::bench {
namespace {

class std_atomic {
 public:
  std::int64_t increment() { return value_.fetch_add(1) + 1; }

 private:
  std::atomic<std::int64_t> value_{0};
};

class std_locked {
 public:
  std::int64_t increment() {
    const std::lock_guard guard(mutex_);
    return ++value_;
  }

 private:
  std::mutex mutex_;
  std::int64_t value_ = 0;
};

/// A round: each thread adds one.
template <class Counter>
class alignas(64) counting {
 public:
  counting(unsigned threads, std::uint64_t rounds) : expected_(static_cast<std::int64_t>(threads * rounds) + 1) {}

  void run(unsigned, std::uint64_t rounds) {
    for (; rounds != 0; --rounds) benchmark::DoNotOptimize(counter_.increment());
  }

  bool correct() { return counter_.increment() == expected_; }

 private:
  Counter counter_;
  const std::int64_t expected_;
};

const bool entered = [] {
  enter<counting<atomic_counter>>("atomic_counter/increment", "atomic_counter");
  enter<counting<std_atomic>>("atomic_counter/increment", "std::atomic");
  enter<counting<locked_counter>>("locked_counter/increment", "locked_counter");
  enter<counting<std_locked>>("locked_counter/increment", "int + std::mutex");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
