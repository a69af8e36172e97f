/// Latches: one after the other, each used once.

#include "primitives/latch/latch.hpp"

#include <deque>
#include <latch>

#include "bench/race.hpp"

namespace gauntlet::bench {
namespace {

/// A round: all threads count a new latch down and wait for each other. @tparam Count what a latch counts with
template <class Latch, class Count>
class meetings {
 public:
  meetings(unsigned threads, std::uint64_t rounds) {
    for (; rounds != 0; --rounds) latches_.emplace_back(threads);
  }

  void run(unsigned, std::uint64_t) {
    for (place& each : latches_) each.latch.arrive_and_wait();
  }

  bool correct() const {
    return std::ranges::all_of(latches_, [](const place& each) { return each.latch.try_wait(); });
  }

 private:
  struct alignas(64) place {
    explicit place(unsigned threads) : latch(static_cast<Count>(threads)) {}
    Latch latch;
  };

  std::deque<place> latches_;
};

const bool entered = [] {
  enter<meetings<latch, std::uint32_t>>("latch/meetings", "latch");
  enter<meetings<std::latch, std::ptrdiff_t>>("latch/meetings", "std::latch");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
