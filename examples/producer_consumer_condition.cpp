/// One producer and two consumers share a queue of five places, made of a lock and two conditions. The next example
/// has one that is ready-made.

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <mutex>

#include "primitives/condition/condition.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/thread/thread.hpp"

namespace {

class queue {
 public:
  explicit queue(std::size_t capacity) : capacity_(capacity) {}

  void put(int item) {
    std::unique_lock guard(lock_);
    not_full_.wait(guard, [this] { return items_.size() < capacity_; });
    items_.push_back(item);
    not_empty_.notify();
  }
  int get() {
    std::unique_lock guard(lock_);
    not_empty_.wait(guard, [this] { return !items_.empty(); });
    const int item = items_.front();
    items_.pop_front();
    not_full_.notify();
    return item;
  }

 private:
  const std::size_t capacity_;
  gauntlet::mutex lock_;
  gauntlet::condition not_full_;
  gauntlet::condition not_empty_;
  std::deque<int> items_;
};

}  // namespace

int main() {
  queue items(5);
  gauntlet::thread producer([&] {
    for (int i = 0; i < 10; ++i) items.put(i);
    std::puts("produced 10");
  });
  int sums[2] = {};
  const auto consume = [&](int consumer) {
    for (int i = 0; i < 5; ++i) sums[consumer] += items.get();
    std::printf("consumer %c got 5\n", "AB"[consumer]);
  };
  gauntlet::thread first([&] { consume(0); });
  gauntlet::thread second([&] { consume(1); });
  for (auto* each : {&producer, &first, &second}) each->start();
  for (auto* each : {&producer, &first, &second}) each->join();
  std::printf("sum of what both got: %d\n", sums[0] + sums[1]);
}
