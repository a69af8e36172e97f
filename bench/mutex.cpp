/// Locks: threads that count under one lock, without a pause and with work of their own in between.

#include "primitives/mutex/mutex.hpp"

#include <absl/synchronization/mutex.h>
#include <tbb/queuing_mutex.h>
#include <tbb/spin_mutex.h>

#include <atomic>
#include <mutex>

#include "bench/race.hpp"
#include "primitives/mutex/clh_lock.hpp"
#include "primitives/mutex/mcs_lock.hpp"
#include "primitives/mutex/spin_lock.hpp"
#include "primitives/mutex/ticket_lock.hpp"

namespace gauntlet::bench {
namespace {

/// Gives the processor away as soon as it finds the lock held. So its holder gets it again and again, and `dense`,
/// which counts no hand-overs, rewards that: spin_lock, which looks again first, is behind there and level in `spaced`.
class flag_lock {
 public:
  void lock() {
    while (flag_.test_and_set(std::memory_order_acquire))
      while (flag_.test(std::memory_order_relaxed)) std::this_thread::yield();
  }
  void unlock() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag flag_;
};

template <class Lock>
struct guard_of {
  using type = std::lock_guard<Lock>;
};
template <>
struct guard_of<absl::Mutex> {
  struct type {
    explicit type(absl::Mutex& lock) : scoped(&lock) {}
    absl::MutexLock scoped;
  };
};
template <>
struct guard_of<tbb::queuing_mutex> {
  using type = tbb::queuing_mutex::scoped_lock;
};

/// A round: each thread adds one to the count that the lock guards, then works for itself.
template <class Lock, unsigned own_work>
class alignas(64) count {
 public:
  count(unsigned threads, std::uint64_t rounds) : expected_(threads * rounds) {}

  void run(unsigned, std::uint64_t rounds) {
    for (; rounds != 0; --rounds) {
      {
        const typename guard_of<Lock>::type guard(lock_);
        ++count_;
      }
      work(own_work);
    }
  }

  bool correct() const { return count_ == expected_; }

 private:
  Lock lock_;
  std::uint64_t count_ = 0;
  const std::uint64_t expected_;
};

template <class Lock>
void compare(const std::string& primitive, const std::string& name) {
  enter<count<Lock, 0>>(primitive + "/dense", name);
  enter<count<Lock, 100>>(primitive + "/spaced", name);
}

const bool entered = [] {
  compare<mutex>("mutex", "mutex");
  compare<std::mutex>("mutex", "std::mutex");
  compare<absl::Mutex>("mutex", "absl::Mutex");

  compare<spin_lock>("spin_lock", "spin_lock");
  compare<flag_lock>("spin_lock", "std::atomic_flag");
  compare<tbb::spin_mutex>("spin_lock", "tbb::spin_mutex");

  // These promise first come, first served, and so does this rival. It has each caller bring a node, and only the
  // thread that locked unlocks. mcs_lock and clh_lock ask for neither, and pay for it: the holder's place moves into
  // the lock.
  compare<ticket_lock>("ticket_lock", "ticket_lock");
  compare<tbb::queuing_mutex>("ticket_lock", "tbb::queuing_mutex");
  compare<mcs_lock>("mcs_lock", "mcs_lock");
  compare<tbb::queuing_mutex>("mcs_lock", "tbb::queuing_mutex");
  compare<clh_lock>("clh_lock", "clh_lock");
  compare<tbb::queuing_mutex>("clh_lock", "tbb::queuing_mutex");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
