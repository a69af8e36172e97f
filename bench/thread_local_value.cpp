/// A thread's own value of an object: reaching it. A thread_local variable can't be an object's: it is the least that
/// the others could cost.

#include "primitives/thread_local_value/thread_local_value.hpp"

#include <tbb/enumerable_thread_specific.h>

#include "bench/race.hpp"

namespace gauntlet::bench {
namespace {

class tbb_local {
 public:
  std::uint64_t& get() { return values_.local(); }

 private:
  tbb::enumerable_thread_specific<std::uint64_t> values_{0};
};

class language_local {
 public:
  std::uint64_t& get() {
    static thread_local std::uint64_t value = 0;
    return value;
  }
};

/// A round: each thread adds one to its own value.
template <class Local>
class counting {
 public:
  counting(unsigned threads, std::uint64_t rounds) : expected_(rounds), found_(threads) {}

  void run(unsigned thread, std::uint64_t rounds) {
    for (; rounds != 0; --rounds) benchmark::DoNotOptimize(++local_.get());
    found_[thread] = local_.get();
  }

  bool correct() const {
    return std::ranges::all_of(found_, [this](std::uint64_t one) { return one == expected_; });
  }

 private:
  Local local_;
  const std::uint64_t expected_;
  std::vector<std::uint64_t> found_;
};

const bool entered = [] {
  enter<counting<thread_local_value<std::uint64_t>>>("thread_local_value/get", "thread_local_value");
  enter<counting<tbb_local>>("thread_local_value/get", "tbb::enumerable_thread_specific");
  enter<counting<language_local>>("thread_local_value/get", "thread_local");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
