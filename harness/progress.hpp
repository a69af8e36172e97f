#pragma once
/// Scenarios for what primitives claim about progress.

#include <iterator>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/scenario.hpp"
#include "harness/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::harness {

/// The claim `lock_free`: wherever the first role is suspended, and for however long, the others complete all that they
/// do. @tparam Specification as in harness/specification.hpp: what they do is drawn from it
template <class P, class Specification>
class lock_freedom {
 public:
  explicit lock_freedom(shape how) : operations_(how.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "suspended" : "worker"; }

  void before() { object_ = Specification::create(); }

  void thread(unsigned role) {
    if (role == 0) suspend_within(3 * operations_);
    for (unsigned i = 0; i < operations_; ++i) {
      const unsigned operation = choose(calls_.count);
      calls_.apply(object_.get(), operation, calls_.argument(operation, role * operations_ + i));
    }
  }

  void after() { object_.reset(); }

 private:
  unsigned operations_;
  calls calls_ = calls_of<P, Specification>();
  std::unique_ptr<P> object_;
};

/// How often a thread that waits for a lock is overtaken by one that called lock() later. Counted where that is
/// certain: the other was seen to be blocked in lock(), its doorway behind it, before this call, and hadn't got the
/// lock yet when this call had. @tparam strict a lock that claims fifo: nobody is
template <class L, bool strict>
class fairness_of_waiters {
 public:
  explicit fairness_of_waiters(shape how) : operations_(how.operations), waiters_(how.threads) {}

  void thread(unsigned role) {
    std::vector<unsigned> seen(waiters_.size());
    for (unsigned i = 0; i < operations_; ++i) {
      // release [calling]: pairs with look()'s acquire of turn; carries that the unlock() before is over.
      waiters_[role].turn.store(2 * i + 1, std::memory_order_release);
      for (unsigned other = 0; other < waiters_.size(); ++other) seen[other] = other == role ? 0 : look(other);
      lock_.lock();
      for (unsigned other = 0; other < waiters_.size(); ++other)
        // relaxed: ordered by the lock: it moves on from odd with the lock held.
        if (seen[other] % 2 == 1 && seen[other] == waiters_[other].turn.load(std::memory_order_relaxed)) {
          sync::check(!strict, "a waiter was overtaken by a thread that called lock() later");
          ++waiters_[other].overtaken;
        }
      overtaken_.push_back(std::exchange(waiters_[role].overtaken, 0));
      order_.push_back(role);
      // relaxed: ordered by the lock to those who hold it; others only look.
      waiters_[role].turn.store(2 * i + 2, std::memory_order_relaxed);
      lock_.unlock();
    }
  }

  /// Shares are those of the first half: in the end all have had their turns.
  void after() {
    std::vector<unsigned> shares(waiters_.size());
    for (std::size_t i = 0; i < order_.size() / 2; ++i) ++shares[order_[i]];
    record_fairness(overtaken_, shares);
  }

 private:
  struct waiter {
    /// Odd from just before lock() on, even from just after it.
    sync::atomic<unsigned> turn{0};
    unsigned overtaken = 0;
  };

  /// The turn of a waiter that is blocked in lock(), else 0.
  unsigned look(unsigned other) const {
    // acquire [calling]: pairs with thread()'s release of turn; carries that what blocks it is lock().
    const unsigned turn = waiters_[other].turn.load(std::memory_order_acquire);
    return turn % 2 == 1 && is_blocked(other) ? turn : 0;
  }

  unsigned operations_;
  L lock_;
  std::vector<waiter> waiters_;
  std::vector<unsigned> overtaken_;
  std::vector<unsigned> order_;
};

}  // namespace gauntlet::harness
