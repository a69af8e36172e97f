#pragma once
/// What most scenarios of locks share: a lock, and what it guards.

#include <numeric>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// @tparam L any lock; read() is for those that are shared
template <class L>
class contest {
  static constexpr bool shared = requires(L& lock) { lock.lock_shared(); };

 public:
  explicit contest(harness::shape size) : operations_(size.operations), threads_(size.threads), visits_(size.threads) {}

  void after() {
    const unsigned all = std::accumulate(visits_.begin(), visits_.end(), 0U);
    sync::check(first_.get() == all && second_.get() == all, "a holder's update was lost");
    expect_free(lock_);
  }

 protected:
  /// One critical section: two plain counters move together. The caller holds the lock, alone.
  void visit(unsigned role) {
    sync::check(first_.get() == second_.get(), "a holder sees half of another holder's section");
    // relaxed: carries nothing; the lock under test orders it. Atomic, so that the look below is one natively, too.
    occupant_.store(role + 1, std::memory_order_relaxed);
    first_.set(first_.get() + 1);
    second_.set(second_.get() + 1);
    // relaxed: carries nothing; the lock under test orders it.
    sync::check(occupant_.load(std::memory_order_relaxed) == role + 1, "two threads hold the lock at once");
    if constexpr (shared) {
      // relaxed: carries nothing; the lock under test orders it.
      occupant_.store(0, std::memory_order_relaxed);
    }
    ++visits_[role];
  }

  /// One section of a reader. The caller holds the lock, perhaps with others.
  void read()
    requires shared
  {
    // relaxed: carries nothing; the lock under test orders it.
    sync::check(occupant_.load(std::memory_order_relaxed) == 0, "a reader holds the lock beside a writer");
    sync::check(first_.get() == second_.get(), "a holder sees half of another holder's section");
    // relaxed: carries nothing; the lock under test orders it.
    sync::check(occupant_.load(std::memory_order_relaxed) == 0, "a writer got in beside a reader");
  }

  void lock_visit_unlock(unsigned role) {
    lock_.lock();
    visit(role);
    lock_.unlock();
  }

  /// One try may fail on a free lock; a hundred don't.
  static void expect_free(L& idle) {
    for (unsigned tries = 0; tries < 100; ++tries)
      if (idle.try_lock()) return idle.unlock();
    sync::check(false, "the lock stays taken though nobody holds it");
  }

  const unsigned operations_;
  const unsigned threads_;
  L lock_;

 private:
  sync::atomic<unsigned> occupant_{0};
  sync::var<unsigned> first_{0};
  sync::var<unsigned> second_{0};
  std::vector<unsigned> visits_;
};

}  // namespace gauntlet::contracts
