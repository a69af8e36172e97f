/// Bounded queues: one thread that puts and gets in turn; one producer and one consumer; two and two.

#include <tbb/concurrent_queue.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <numeric>

#include "bench/race.hpp"
#include "primitives/blocking_queue/bounded_queue.hpp"

namespace gauntlet::bench {
namespace {

using number = std::uint64_t;

class tbb_queue {
 public:
  explicit tbb_queue(std::size_t capacity) { queue_.set_capacity(static_cast<std::ptrdiff_t>(capacity)); }
  void put(number item) { queue_.push(item); }
  number get() {
    number item = 0;
    queue_.pop(item);
    return item;
  }

 private:
  tbb::concurrent_bounded_queue<number> queue_;
};

/// What one writes without a queue.
class std_queue {
 public:
  explicit std_queue(std::size_t capacity) : capacity_(capacity) {}

  void put(number item) {
    {
      std::unique_lock lock(mutex_);
      not_full_.wait(lock, [this] { return items_.size() < capacity_; });
      items_.push_back(item);
    }
    not_empty_.notify_one();
  }

  number get() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [this] { return !items_.empty(); });
    const number item = items_.front();
    items_.pop_front();
    lock.unlock();
    not_full_.notify_one();
    return item;
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::condition_variable not_full_;
  std::deque<number> items_;
};

/// A round: each producer puts an item and each consumer gets one. A lone thread is both.
template <class Queue, std::size_t capacity>
class transport {
 public:
  transport(unsigned threads, std::uint64_t rounds)
      : queue_(capacity), sums_(threads), expected_(std::max(threads / 2, 1U) * (rounds * (rounds + 1) / 2)) {}

  void run(unsigned thread, std::uint64_t rounds) {
    const bool both = sums_.size() == 1;
    number sum = 0;
    for (number item = 1; item <= rounds; ++item) {
      if (both || thread % 2 == 0) queue_.put(item);
      if (both || thread % 2 == 1) sum += queue_.get();
    }
    sums_[thread] = sum;
  }

  bool correct() const { return std::reduce(sums_.begin(), sums_.end()) == expected_; }

 private:
  Queue queue_;
  std::vector<number> sums_;
  const number expected_;
};

template <class Queue>
void compare(const std::string& name) {
  enter<transport<Queue, 1>>("bounded_queue/capacity_1", name);
  enter<transport<Queue, 64>>("bounded_queue/capacity_64", name);
  enter<transport<Queue, 1024>>("bounded_queue/capacity_1024", name);
}

const bool entered = [] {
  compare<bounded_queue<number>>("bounded_queue");
  compare<tbb_queue>("tbb::concurrent_bounded_queue");
  compare<std_queue>("std::deque + std::condition_variable");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
