/// Recursive locks: threads that count under one lock, which each takes once or three times over.

#include "primitives/recursive_mutex/recursive_mutex.hpp"

#include <mutex>

#include "bench/race.hpp"

namespace gauntlet::bench {
namespace {

/// A round: each thread takes the lock `depth` times, adds one to the count, and lets go.
template <class Lock, unsigned depth>
class alignas(64) nested {
 public:
  nested(unsigned threads, std::uint64_t rounds) : expected_(threads * rounds) {}

  void run(unsigned, std::uint64_t rounds) {
    for (; rounds != 0; --rounds) {
      for (unsigned i = 0; i < depth; ++i) lock_.lock();
      ++count_;
      for (unsigned i = 0; i < depth; ++i) lock_.unlock();
    }
  }

  bool correct() const { return count_ == expected_; }

 private:
  Lock lock_;
  std::uint64_t count_ = 0;
  const std::uint64_t expected_;
};

template <class Lock>
void compare(const std::string& name) {
  enter<nested<Lock, 1>>("recursive_mutex/once", name);
  enter<nested<Lock, 3>>("recursive_mutex/thrice", name);
}

const bool entered = [] {
  compare<recursive_mutex>("recursive_mutex");
  compare<std::recursive_mutex>("std::recursive_mutex");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
