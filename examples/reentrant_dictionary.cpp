/// A dictionary whose methods call each other with the lock held: the lock must let its holder in again.
/// gauntlet::guarded_map is this, grown up.

#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "primitives/recursive_mutex/recursive_mutex.hpp"
#include "primitives/thread/thread.hpp"

namespace {

class dictionary {
 public:
  int get(const std::string& key, int otherwise = 0) {
    const std::lock_guard guard(lock_);
    const auto found = values_.find(key);
    return found == values_.end() ? otherwise : found->second;
  }
  void set(const std::string& key, int value) {
    const std::lock_guard guard(lock_);
    values_[key] = value;
  }
  /// The look and the change are one step: nobody comes between get() and set().
  void update_if_greater(const std::string& key, int value) {
    const std::lock_guard guard(lock_);
    if (value > get(key)) set(key, value);
  }

 private:
  gauntlet::recursive_mutex lock_;
  std::map<std::string, int> values_;
};

}  // namespace

int main() {
  dictionary records;
  records.set("jump", 7);
  std::vector<std::unique_ptr<gauntlet::thread>> threads;
  for (int athlete = 0; athlete < 4; ++athlete)
    threads.push_back(std::make_unique<gauntlet::thread>([&records, athlete] {
      for (int attempt = 0; attempt < 100; ++attempt) records.update_if_greater("jump", 4 * attempt + athlete);
    }));
  for (auto& each : threads) each->start();
  for (auto& each : threads) each->join();
  std::printf("jump: %d\n", records.get("jump"));
  std::printf("throw: %d\n", records.get("throw", -1));
}
