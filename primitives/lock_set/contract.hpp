#pragma once
/// What every set of locks promises.
///
/// A set is made from the locks, `S(L&... locks)`, or from a range of them, is never copied, and has `void lock()`,
/// `bool try_lock()` and `void unlock()`, each for all locks together. Whatever the order in which sets name their
/// locks, they can't deadlock. A lock that is named twice is taken once. A try that fails and a lock() that throws
/// leave nothing locked.

#include <array>
#include <concepts>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/lock_set/specification.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/mutex/ticket_lock.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// A lock, and what it guards.
template <class L>
struct account {
  void deposit() { balance.set(balance.get() + 1); }
  void expect(unsigned total) {
    const std::lock_guard guard(lock);
    sync::check(balance.get() == total, "a holder's update was lost");
  }

  L lock;
  sync::var<unsigned> balance{0};
};

/// Every other thread names the two locks the other way round; they are of different types.
template <class S>
class opposite_orders {
 public:
  explicit opposite_orders(harness::shape size) : size_(size) {}
  static bool alike(unsigned one, unsigned other) { return one % 2 == other % 2; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      if (role % 2 == 0) {
        S both(left_.lock, right_.lock);
        transfer(both);
      } else {
        S both(right_.lock, left_.lock);
        transfer(both);
      }
    }
  }
  void after() {
    left_.expect(size_.threads * size_.operations);
    right_.expect(size_.threads * size_.operations);
  }

 private:
  void transfer(S& both) {
    const std::lock_guard guard(both);
    left_.deposit();
    right_.deposit();
  }

  harness::shape size_;
  account<mutex> left_;
  account<ticket_lock> right_;
};

/// The dining philosophers (Dijkstra 1971): each takes the fork before it, then the next; the last one's next is the
/// first. Two at a table name the same two, the other way round.
template <class S>
class circle {
 public:
  explicit circle(harness::shape size) : size_(size), forks_(size.threads) {}
  static std::string_view role(unsigned) { return "philosopher"; }

  void thread(unsigned role) {
    account<mutex>& one = forks_[role];
    account<mutex>& next = forks_[(role + 1) % size_.threads];
    S both(one.lock, next.lock);
    for (unsigned i = 0; i < size_.operations; ++i) {
      both.lock();
      one.deposit();
      next.deposit();
      both.unlock();
    }
  }
  void after() {
    for (auto& fork : forks_) fork.expect(2 * size_.operations);
  }

 private:
  harness::shape size_;
  std::vector<account<mutex>> forks_;
};

/// One set is shared by all, and names a lock twice.
template <class S>
class named_twice {
 public:
  explicit named_twice(harness::shape size) : size_(size) {}
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      const std::lock_guard guard(all_);
      left_.deposit();
      right_.deposit();
    }
  }
  void after() {
    left_.expect(size_.threads * size_.operations);
    right_.expect(size_.threads * size_.operations);
  }

 private:
  harness::shape size_;
  account<mutex> left_;
  account<mutex> right_;
  S all_{right_.lock, left_.lock, right_.lock};
};

/// The holder has one of the two locks while others try for both. Who failed takes the other by itself: it must be free
/// soon.
template <class S>
class try_takes_all_or_none {
 public:
  explicit try_takes_all_or_none(harness::shape size) : size_(size) {}
  static std::string_view role(unsigned which) { return which == 0 ? "holder" : "trier"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      if (role == 0) {
        const std::lock_guard guard(right_.lock);
        right_.deposit();
        continue;
      }
      S both(right_.lock, left_.lock);
      if (both.try_lock()) {
        right_.deposit();
        left_.deposit();
        both.unlock();
      } else {
        const std::lock_guard guard(left_.lock);
        left_.deposit();
      }
    }
  }
  void after() { left_.expect((size_.threads - 1) * size_.operations); }

 private:
  harness::shape size_;
  account<mutex> left_;
  account<mutex> right_;
};

/// A lock that can't be had, such as one whose limit is reached.
struct refusing_lock {
  refusing_lock() = default;
  refusing_lock(const refusing_lock&) = delete;
  refusing_lock& operator=(const refusing_lock&) = delete;
  void lock() { throw std::runtime_error("refused"); }
  bool try_lock() { return false; }
  void unlock() {}
};

/// Sets whose last lock throws, among threads that take the first by itself.
template <class S>
class failure_leaves_nothing_locked {
 public:
  explicit failure_leaves_nothing_locked(harness::shape size) : size_(size) {}
  static std::string_view role(unsigned which) { return which == 0 ? "refused" : "worker"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      if (role == 0) sync::check(refused(), "lock() returned though a lock of the set threw");
      const std::lock_guard guard(locks_.first.lock);
      locks_.first.deposit();
    }
  }
  void after() { locks_.first.expect(size_.threads * size_.operations); }

 private:
  bool refused() {
    S both(locks_.first.lock, locks_.last);
    try {
      both.lock();
    } catch (const std::runtime_error&) {
      return true;
    }
    return false;
  }

  /// In this order, so that the one that throws has the higher address.
  struct {
    account<mutex> first;
    refusing_lock last;
  } locks_;
  harness::shape size_;
};

template <class S>
void describe(harness::contract& made) {
  constexpr bool has_constructors =
      std::constructible_from<S, mutex&, ticket_lock&, mutex&> && std::constructible_from<S, std::array<mutex, 3>&>;
  constexpr bool has_verbs = requires(S& set) {
    { set.lock() } -> std::same_as<void>;
    { set.try_lock() } -> std::same_as<bool>;
    { set.unlock() } -> std::same_as<void>;
  };
  static_assert(has_constructors, "gauntlet: kind lock_set needs constructors from `L&... locks` and from a range");
  static_assert(!std::copy_constructible<S>, "gauntlet: a lock_set must not be copyable; delete its copy constructor");
  static_assert(has_verbs, "gauntlet: kind lock_set needs `void lock()`, `bool try_lock()` and `void unlock()`");

  if constexpr (has_constructors && has_verbs) {
    made.add<opposite_orders<S>>("opposite_orders", "Sets that name their locks in opposite orders can't deadlock.",
                                 {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 50}});
    made.add<circle<S>>("circle", "Sets of neighbours in a circle can't deadlock.",
                        {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 50}});
    made.add<named_twice<S>>("named_twice", "A lock that is named twice is taken once.",
                             {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 50}});
    made.add<try_takes_all_or_none<S>>("try_takes_all_or_none", "A try that fails leaves nothing locked.",
                                       {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 50}});
    made.add<harness::linearizability<typename lock_set_specification<S>::object, lock_set_specification<S>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 6}});
    made.add<failure_leaves_nothing_locked<S>>("failure_leaves_nothing_locked",
                                               "A lock() that throws leaves nothing locked.",
                                               {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
  }
}

}  // namespace gauntlet::contracts
