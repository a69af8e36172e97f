/// A cache that many threads read at once. Only what is not in it yet is computed, by one thread at a time.

#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "primitives/shared_mutex/shared_mutex.hpp"
#include "primitives/thread/thread.hpp"

namespace {

class squares {
 public:
  int of(int number) {
    {
      const std::shared_lock reader(lock_);
      if (const auto found = known_.find(number); found != known_.end()) return found->second;
    }
    // There is no upgrade: between the two locks another may have computed it.
    const std::unique_lock writer(lock_);
    const auto [entry, fresh] = known_.try_emplace(number);
    if (fresh) {
      entry->second = number * number;
      ++computed_;
    }
    return entry->second;
  }

  int computed() {
    const std::shared_lock reader(lock_);
    return computed_;
  }

 private:
  gauntlet::shared_mutex lock_;
  std::map<int, int> known_;
  int computed_ = 0;
};

}  // namespace

int main() {
  squares cache;
  std::vector<std::unique_ptr<gauntlet::thread>> threads;
  for (int i = 0; i < 4; ++i)
    threads.push_back(std::make_unique<gauntlet::thread>([&cache, i] {
      int wrong = 0;
      for (int round = 0; round < 1000; ++round) wrong += cache.of(round % 10) != (round % 10) * (round % 10) ? 1 : 0;
      std::printf("reader %d: %d wrong\n", i, wrong);
    }));
  for (auto& each : threads) each->start();
  for (auto& each : threads) each->join();
  std::printf("computed %d squares\n", cache.computed());
}
