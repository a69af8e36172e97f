#pragma once
/// Counters with faults that no twin shows: what the results beside it that bear their names were recorded with, by
/// `make validate HEADER=tests/recorded/faulty_counters.hpp KIND=counter TYPE=gauntlet::counter_that_leaks`.

#include <cstdint>
#include <latch>
#include <mutex>

#include "primitives/counter/atomic_counter.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

/// Each call leaves a node behind.
class counter_that_leaks : public atomic_counter {
 public:
  using atomic_counter::atomic_counter;

  std::int64_t increment() { return add(1); }
  std::int64_t add(std::int64_t amount) {
    sync::make<std::int64_t>(amount);
    return atomic_counter::add(amount);
  }
};

/// Each call gives a node back twice.
class counter_freed_twice : public atomic_counter {
 public:
  using atomic_counter::atomic_counter;

  std::int64_t increment() { return add(1); }
  std::int64_t add(std::int64_t amount) {
    auto* const node = sync::make<std::int64_t>(amount);
    sync::destroy(node);
    sync::destroy(node);
    return atomic_counter::add(amount);
  }
};

/// Calls end only as long as nobody else makes one: one waits for ever, off the seam.
class counter_that_hangs : public atomic_counter {
 public:
  using atomic_counter::atomic_counter;

  std::int64_t increment() { return add(1); }
  std::int64_t add(std::int64_t amount) {
    const std::int64_t now = atomic_counter::add(amount);
    if (now == 3) std::latch(1).wait();
    return now;
  }
};

/// Dies of a division.
class counter_that_crashes : public atomic_counter {
 public:
  using atomic_counter::atomic_counter;

  std::int64_t increment() { return add(1); }
  std::int64_t add(std::int64_t amount) {
    const std::int64_t now = atomic_counter::add(amount);
    if (now == 3) __builtin_trap();
    return now;
  }
};

/// Overflows its sum.
class counter_that_overflows : public atomic_counter {
 public:
  using atomic_counter::atomic_counter;

  std::int64_t increment() { return add(1); }
  std::int64_t add(std::int64_t amount) {
    const std::int64_t now = atomic_counter::add(amount);
    sum_ += static_cast<int>(now);
    return now;
  }

 private:
  int sum_ = 2147483647 - 3;
};

/// Gives its lock back once more than it took it.
class counter_that_unlocks_twice : public atomic_counter {
 public:
  using atomic_counter::atomic_counter;

  std::int64_t increment() { return add(1); }
  std::int64_t add(std::int64_t amount) {
    lock_.lock();
    const std::int64_t now = atomic_counter::add(amount);
    lock_.unlock();
    lock_.unlock();
    return now;
  }

 private:
  std::mutex lock_;
};

}  // namespace gauntlet
