/// Semaphores: permits for all, permits for half of the threads, and a token that goes round.

#include "primitives/semaphore/semaphore.hpp"

#include <semaphore.h>

#include <semaphore>

#include "bench/ring.hpp"

namespace gauntlet::bench {
namespace {

class posix_semaphore {
 public:
  explicit posix_semaphore(unsigned initial) { sem_init(&semaphore_, 0, initial); }
  posix_semaphore(const posix_semaphore&) = delete;
  posix_semaphore& operator=(const posix_semaphore&) = delete;
  ~posix_semaphore() { sem_destroy(&semaphore_); }

  void acquire() {
    while (sem_wait(&semaphore_) != 0) {
    }
  }
  bool try_acquire() { return sem_trywait(&semaphore_) == 0; }
  void release() { sem_post(&semaphore_); }

 private:
  sem_t semaphore_;
};

/// A round: each thread takes a permit, works and gives the permit back. @tparam threads_a_permit 1: nobody waits
template <class Semaphore, unsigned threads_a_permit>
class alignas(64) permits {
 public:
  permits(unsigned threads, std::uint64_t) : free_(static_cast<int>(count(threads))), semaphore_(count(threads)) {}

  void run(unsigned, std::uint64_t rounds) {
    for (; rounds != 0; --rounds) {
      semaphore_.acquire();
      work(threads_a_permit == 1 ? 0 : 50);
      semaphore_.release();
    }
  }

  bool correct() {
    for (; free_ > 0; --free_)
      if (!semaphore_.try_acquire()) return false;
    return !semaphore_.try_acquire();
  }

 private:
  static unsigned count(unsigned threads) { return std::max(threads / threads_a_permit, 1U); }

  int free_;
  Semaphore semaphore_;
};

template <class Semaphore>
class alignas(64) seat {
 public:
  void take() { semaphore_.acquire(); }
  void give() { semaphore_.release(); }

 private:
  Semaphore semaphore_{0};
};

/// In `plenty` std::counting_semaphore releases by an addition, which can't refuse to exceed its maximum; ours does
/// refuse, by a compare-exchange that can fail and be repeated. That is behind with two threads.
template <class Semaphore>
void compare(const std::string& name) {
  enter<permits<Semaphore, 1>>("semaphore/plenty", name);
  enter<permits<Semaphore, 2>>("semaphore/scarce", name);
  enter<ring<seat<Semaphore>>>("semaphore/ring", name);
}

const bool entered = [] {
  compare<semaphore>("semaphore");
  compare<std::counting_semaphore<>>("std::counting_semaphore");
  compare<posix_semaphore>("sem_t");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
