/// The clock of histories. All stress flavours.

#include "stress/timestamps.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "stress/processors.hpp"

namespace gauntlet::stress {
namespace {

using clock = std::chrono::steady_clock;

const bool one_counter = counters_agree();

/// A store is visible to others in some hundred nanoseconds, whatever becomes of its thread: the buffer drains by
/// itself. A reading of the counter may overtake as many instructions as are under way at once, which is less.
constexpr std::chrono::microseconds invisible_at_most{1};

constexpr int exchanges = 2000;
/// For those of two processors: on a busy machine an exchange may take a time slice.
constexpr std::chrono::milliseconds patience{10};

/// How far the counter of processor `other` seems to be behind that of `one`: a reading there is carried here, and
/// compared with one that is taken after it.
std::uint64_t lag(unsigned one, unsigned other) {
  std::atomic<std::uint64_t> sent{0};
  std::atomic<int> received{0};
  const auto end = clock::now() + patience;
  std::thread sender([&] {
    settle_on(one);
    for (int i = 0; i < exchanges && clock::now() < end; ++i) {
      while (received.load(std::memory_order_acquire) != i && clock::now() < end) std::this_thread::yield();
      sent.store(ticks(), std::memory_order_release);
    }
  });
  std::uint64_t worst = 0;
  std::thread receiver([&] {
    settle_on(other);
    std::uint64_t last = 0;
    for (int i = 0; i < exchanges && clock::now() < end; ++i) {
      std::uint64_t there = last;
      while ((there = sent.load(std::memory_order_acquire)) == last && clock::now() < end) std::this_thread::yield();
      const std::uint64_t here = ticks();
      if (here < there) worst = std::max(worst, there - here);
      last = there;
      received.store(i + 1, std::memory_order_release);
    }
  });
  sender.join();
  receiver.join();
  return worst;
}

/// Every processor is compared with the first: two of them differ by at most the sum.
std::uint64_t skew() {
  std::uint64_t worst = 0;
  for (unsigned other = 1; other < processors(); ++other) worst = std::max({worst, lag(0, other), lag(other, 0)});
  return 2 * worst;
}

std::uint64_t ticks_in(std::chrono::nanoseconds duration) {
  const auto start = clock::now();
  const std::uint64_t first = ticks();
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const std::uint64_t passed = ticks() - first;
  const std::chrono::duration<double> took = clock::now() - start;
  return static_cast<std::uint64_t>(static_cast<double>(passed) * (std::chrono::duration<double>(duration) / took));
}

}  // namespace

std::uint64_t timestamp() noexcept {
  if (one_counter) return ticks();
  // seq_cst: forbids that a store of the operation before is still on its way to other cores when its end is stamped,
  // so that a later call elsewhere misses it. Orders nothing between threads by itself.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return static_cast<std::uint64_t>(clock::now().time_since_epoch().count());
}

std::uint64_t timestamp_error() {
  static const std::uint64_t error = one_counter ? skew() + ticks_in(invisible_at_most) : 0;
  return error;
}

}  // namespace gauntlet::stress
