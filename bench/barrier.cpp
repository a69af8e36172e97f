/// Barriers: trip after trip, with nothing in between.

#include "primitives/barrier/barrier.hpp"

#include <pthread.h>

#include <barrier>

#include "bench/race.hpp"

namespace gauntlet::bench {
namespace {

class posix_barrier {
 public:
  explicit posix_barrier(unsigned parties) { pthread_barrier_init(&barrier_, nullptr, parties); }
  posix_barrier(const posix_barrier&) = delete;
  posix_barrier& operator=(const posix_barrier&) = delete;
  ~posix_barrier() { pthread_barrier_destroy(&barrier_); }

  void arrive_and_wait() { pthread_barrier_wait(&barrier_); }

 private:
  pthread_barrier_t barrier_;
};

/// A round: a trip. Each thread leaves its number of trips behind, and looks at its neighbour's.
template <class Barrier>
class trips {
 public:
  trips(unsigned threads, std::uint64_t) : barrier_(threads), made_(threads) {}

  void run(unsigned thread, std::uint64_t rounds) {
    const auto& neighbour = made_[(thread + 1) % made_.size()].trips;
    bool together = true;
    for (std::uint64_t trip = 1; trip <= rounds; ++trip) {
      made_[thread].trips.store(trip, std::memory_order_relaxed);
      barrier_.arrive_and_wait();
      together &= neighbour.load(std::memory_order_relaxed) >= trip;
    }
    made_[thread].together = together;
  }

  bool correct() const {
    return std::ranges::all_of(made_, [](const count& one) { return one.together; });
  }

 private:
  struct alignas(64) count {
    std::atomic<std::uint64_t> trips{0};
    bool together = false;
  };

  Barrier barrier_;
  std::vector<count> made_;
};

const bool entered = [] {
  enter<trips<barrier>>("barrier/trips", "barrier");
  enter<trips<std::barrier<>>>("barrier/trips", "std::barrier");
  enter<trips<posix_barrier>>("barrier/trips", "pthread_barrier_t");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
