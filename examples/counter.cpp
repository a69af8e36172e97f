/// Ten threads count in one variable. The lock makes each step whole; counter_race.cpp is the same without it.

#include <cstdio>
#include <memory>
#include <mutex>
#include <vector>

#include "primitives/mutex/mutex.hpp"
#include "primitives/thread/thread.hpp"

namespace {

class counter {
 public:
  void increment() {
    const std::lock_guard guard(lock_);
    ++value_;
  }
  long value() {
    const std::lock_guard guard(lock_);
    return value_;
  }

 private:
  gauntlet::mutex lock_;
  long value_ = 0;
};

}  // namespace

int main() {
  counter visits;
  std::vector<std::unique_ptr<gauntlet::thread>> threads;
  for (int i = 0; i < 10; ++i)
    threads.push_back(std::make_unique<gauntlet::thread>([&] {
      for (int visit = 0; visit < 10'000; ++visit) visits.increment();
    }));
  for (auto& each : threads) each->start();
  for (auto& each : threads) each->join();
  std::printf("final count: %ld\n", visits.value());
}
