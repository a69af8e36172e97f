/// Condition variables: a token that goes round, given while the lock is held, or after.

#include "primitives/condition/condition.hpp"

#include <absl/synchronization/mutex.h>

#include <condition_variable>
#include <mutex>

#include "bench/ring.hpp"
#include "primitives/mutex/mutex.hpp"

namespace gauntlet::bench {
namespace {

template <class Mutex, class Condition, bool under_lock>
class alignas(64) seat {
 public:
  void take() {
    std::unique_lock lock(mutex_);
    while (!here_) given_.wait(lock);
    here_ = false;
  }

  void give() {
    std::unique_lock lock(mutex_);
    here_ = true;
    if (!under_lock) lock.unlock();
    if constexpr (requires { given_.notify(); })
      given_.notify();
    else
      given_.notify_one();
  }

 private:
  Mutex mutex_;
  Condition given_;
  bool here_ = false;
};

template <bool under_lock>
class alignas(64) absl_seat {
 public:
  void take() {
    const absl::MutexLock lock(&mutex_);
    while (!here_) given_.Wait(&mutex_);
    here_ = false;
  }

  void give() {
    mutex_.Lock();
    here_ = true;
    if (under_lock) given_.Signal();
    mutex_.Unlock();
    if (!under_lock) given_.Signal();
  }

 private:
  absl::Mutex mutex_;
  absl::CondVar given_;
  bool here_ = false;
};

template <bool under_lock>
void compare(const std::string& row) {
  enter<ring<seat<mutex, condition, under_lock>>>(row, "condition");
  enter<ring<seat<std::mutex, std::condition_variable, under_lock>>>(row, "std::condition_variable");
  enter<ring<seat<std::mutex, std::condition_variable_any, under_lock>>>(row, "std::condition_variable_any");
  enter<ring<absl_seat<under_lock>>>(row, "absl::CondVar");
}

const bool entered = [] {
  compare<true>("condition/ring_notify_locked");
  compare<false>("condition/ring_notify_unlocked");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
