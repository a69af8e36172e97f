#pragma once
/// What every mutex promises.
///
/// A mutex is default-constructed, never copied, and has `void lock()`, `bool try_lock()`, `void unlock()`; a timed one
/// also `try_lock_for(duration)` and `try_lock_until(time_point)`, as std::timed_mutex does. What it promises beyond
/// that, it claims:
///   `static constexpr bool fifo`                   waiters get in in the order of their arrival, before all who come
///   later
///   `static constexpr bool any_thread_may_unlock`  not only the one that locked
///   `static constexpr bool unlock_is_checked`      unlock() of a free lock throws std::system_error, and changes
///   nothing
/// A try may fail on a free lock, as the standard allows ([thread.mutex.requirements.mutex]).

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "harness/progress.hpp"
#include "harness/scenario.hpp"
#include "primitives/mutex/contest.hpp"
#include "primitives/mutex/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

template <class L>
concept timed_mutex =
    requires(L& lock, std::chrono::microseconds duration, std::chrono::system_clock::time_point when) {
      { lock.try_lock_for(duration) } -> std::same_as<bool>;
      { lock.try_lock_until(when) } -> std::same_as<bool>;
    };

template <class L>
concept fifo_mutex = requires { requires L::fifo; };

template <class L>
concept freely_unlocked_mutex = requires { requires L::any_thread_may_unlock; };

template <class L>
concept checked_mutex = requires { requires L::unlock_is_checked; };

template <class L>
struct mutual_exclusion : contest<L> {
  using contest<L>::contest;
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) this->lock_visit_unlock(role);
  }
};

/// The publisher writes before it locks; readers read after they unlocked: the lock must order more than its section.
template <class L>
class publication {
 public:
  explicit publication(harness::shape size) : operations_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "publisher" : "reader"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    if (role == 0) {
      payload_.set(42);
      lock_.lock();
      published_.set(true);
      lock_.unlock();
      return;
    }
    for (unsigned i = 0; i < operations_; ++i) {
      lock_.lock();
      const bool published = published_.get();
      lock_.unlock();
      if (published) sync::check(payload_.get() == 42, "what came before unlock() is not visible after lock()");
    }
  }

 private:
  unsigned operations_;
  L lock_;
  sync::var<int> payload_;
  sync::var<bool> published_{false};
};

template <class L>
struct try_lock : contest<L> {
  using contest<L>::contest;
  static std::string_view role(unsigned which) { return which % 2 == 0 ? "locker" : "trier"; }
  static bool alike(unsigned one, unsigned other) { return one % 2 == other % 2; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      if (role % 2 == 0) {
        this->lock_visit_unlock(role);
      } else if (this->lock_.try_lock()) {
        this->visit(role);
        this->lock_.unlock();
      }
    }
  }
};

template <class L>
struct try_lock_succeeds_at_last : contest<L> {
  using contest<L>::contest;
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      sync::spin_until([this] { return this->lock_.try_lock(); });
      this->visit(role);
      this->lock_.unlock();
    }
  }
};

/// The holder lets go only when all others wait: the chain of unlocks that it begins must reach each of them.
template <class L>
struct no_lost_wakeup : contest<L> {
  using contest<L>::contest;
  static std::string_view role(unsigned which) { return which == 0 ? "holder" : "waiter"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      this->lock_.lock();
      this->visit(role);
      if (role == 0)
        for (unsigned waiter = 1; waiter < this->threads_; ++waiter) harness::until_blocked(waiter);
      this->lock_.unlock();
    }
  }
};

/// One thread locks, a second one unlocks what the first did; the rest lock and unlock by themselves.
template <class L>
class unlocked_by_another_thread : public contest<L> {
 public:
  using contest<L>::contest;
  static std::string_view role(unsigned which) { return which == 0 ? "locker" : which == 1 ? "unlocker" : "bystander"; }
  static bool alike(unsigned one, unsigned other) { return one > 1 && other > 1; }

  void thread(unsigned role) {
    for (unsigned round = 1; round <= this->operations_; ++round) {
      if (role > 1) {
        this->lock_visit_unlock(role);
      } else if (role == 0) {
        this->lock_.lock();
        this->visit(role);
        // release [baton]: pairs with the unlocker's acquire of baton_; carries the locker's section.
        baton_.store(round, std::memory_order_release);
      } else {
        // acquire [baton]: pairs with the locker's release of baton_; carries the locker's section.
        sync::spin_until([&] { return baton_.load(std::memory_order_acquire) == round; });
        this->visit(role);
        this->lock_.unlock();
      }
    }
  }

 private:
  sync::atomic<unsigned> baton_{0};
};

/// One waiter gives up while others wait on and the holder lets go.
template <class L>
struct timeout_leaves_lock_usable : contest<L> {
  using contest<L>::contest;
  static std::string_view role(unsigned which) { return which == 1 ? "impatient" : "patient"; }
  static bool alike(unsigned one, unsigned other) { return one != 1 && other != 1; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      if (role != 1) {
        this->lock_visit_unlock(role);
      } else if (this->lock_.try_lock_for(std::chrono::microseconds(20))) {
        this->visit(role);
        this->lock_.unlock();
      }
    }
  }
};

/// Reference counting under the counted object's own lock (glibc bug 13690): the last to get in destroys it, while the
/// thread before may still be on its way out of unlock().
template <class L>
class destroyed_after_last_unlock {
 public:
  explicit destroyed_after_last_unlock(harness::shape size) : size_(size) {}
  static bool alike(unsigned, unsigned) { return true; }

  void before() { object_ = sync::make<object>(size_.threads * size_.operations); }

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      object_->lock.lock();
      const unsigned left = object_->left.get() - 1;
      object_->left.set(left);
      object_->lock.unlock();
      if (left == 0) sync::destroy(object_);
    }
  }

 private:
  struct object {
    explicit object(unsigned uses) : left(uses) {}
    L lock;
    sync::var<unsigned> left;
  };

  harness::shape size_;
  object* object_ = nullptr;
};

template <class L>
class two_locks_in_order : public contest<L> {
 public:
  using contest<L>::contest;
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      outer_.lock();
      this->lock_visit_unlock(role);
      outer_.unlock();
    }
  }

 private:
  L outer_;
};

/// The way of std::scoped_lock: the second lock is only tried. A failed attempt ends there; it is not repeated, as
/// nothing bounds how often it would fail.
template <class L>
class two_locks_backing_off : public contest<L> {
 public:
  using contest<L>::contest;

  void thread(unsigned role) {
    L& first = role % 2 == 0 ? this->lock_ : other_;
    L& second = role % 2 == 0 ? other_ : this->lock_;
    for (unsigned i = 0; i < this->operations_; ++i) {
      first.lock();
      if (second.try_lock()) {
        this->visit(role);
        second.unlock();
      }
      first.unlock();
    }
  }
  void after() {
    contest<L>::after();
    this->expect_free(other_);
  }

 private:
  L other_;
};

/// Everybody arrives while the holder is inside, each once its predecessor waits: they must get in in that order.
template <class L>
class fifo {
 public:
  explicit fifo(harness::shape size) : threads_(size.threads) {}
  static std::string_view role(unsigned which) { return which == 0 ? "holder" : "waiter"; }

  void thread(unsigned role) {
    if (role == 0)
      hold();
    else
      wait(role);
  }
  void after() { sync::check(entered_.get() == threads_ - 1, "a waiter never got in"); }

 private:
  void hold() {
    lock_.lock();
    // release [turn]: pairs with the first waiter's acquire of turn_; carries that the lock is held.
    turn_.store(1, std::memory_order_release);
    // acquire [turn]: pairs with the last waiter's release of turn_; carries that its next wait is in lock().
    sync::spin_until([this] { return turn_.load(std::memory_order_acquire) == threads_; });
    harness::until_blocked(threads_ - 1);
    lock_.unlock();
  }

  void wait(unsigned role) {
    // acquire [turn]: pairs with the predecessor's release of turn_; carries that its next wait is in lock().
    sync::spin_until([&] { return turn_.load(std::memory_order_acquire) == role; });
    if (role > 1) harness::until_blocked(role - 1);
    // release [turn]: pairs with the successor's acquire of turn_; carries that this thread's next wait is in lock().
    turn_.store(role + 1, std::memory_order_release);
    lock_.lock();
    sync::check(entered_.get() == role - 1, "a waiter was overtaken by one that arrived after it");
    entered_.set(role);
    lock_.unlock();
  }

  unsigned threads_;
  L lock_;
  sync::atomic<unsigned> turn_{0};
  sync::var<unsigned> entered_{0};
};

/// Each adds one to a number with the lock; the second has it only if a try let it in.
template <class L>
class lock_meets_try_lock {
 public:
  explicit lock_meets_try_lock(harness::shape) {}
  static std::string_view role(unsigned which) { return which == 0 ? "locker" : "trier"; }

  void thread(unsigned role) {
    if (role == 0)
      lock_.lock();
    else if (!lock_.try_lock())
      return;
    else
      came_to_[0] = 1;
    sum_.set(sum_.get() + 1);
    lock_.unlock();
  }
  void after() { came_to_[1] = sum_.get(); }

  std::span<const std::int64_t> outcome() const { return came_to_; }
  static std::vector<harness::prospect> allowed() { return {{.values = {0, 1}}, {.values = {1, 2}}}; }
  static std::string words(std::span<const std::int64_t> values) {
    return "try_lock=" + std::to_string(values[0]) + " sum=" + std::to_string(values[1]);
  }

 private:
  L lock_;
  sync::var<std::int64_t> sum_{0};
  std::array<std::int64_t, 2> came_to_{};
};

template <class L>
void describe(harness::contract& made) {
  constexpr bool has_lock = requires(L& lock) {
    { lock.lock() } -> std::same_as<void>;
  };
  constexpr bool has_try_lock = requires(L& lock) {
    { lock.try_lock() } -> std::same_as<bool>;
  };
  constexpr bool has_unlock = requires(L& lock) {
    { lock.unlock() } -> std::same_as<void>;
  };
  static_assert(std::default_initializable<L>, "gauntlet: a mutex needs a public constructor without arguments");
  static_assert(!std::copy_constructible<L>, "gauntlet: a mutex must not be copyable; delete its copy constructor");
  static_assert(has_lock, "gauntlet: kind mutex needs `void lock()`");
  static_assert(has_try_lock, "gauntlet: kind mutex needs `bool try_lock()`");
  static_assert(has_unlock, "gauntlet: kind mutex needs `void unlock()`");

  if constexpr (std::default_initializable<L> && has_lock && has_try_lock && has_unlock) {
    made.add<mutual_exclusion<L>>("mutual_exclusion",
                                  "At most one thread holds the lock, and sees all that the holders before it did.",
                                  {.model = {{2, 1}, {3, 1}, {2, 2}, {3, 2}}, .native = {4, 20}});
    made.add<publication<L>>("publication", "What a thread did before unlock() is visible to whoever locks next.",
                             {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<try_lock<L>>("try_lock", "try_lock() lets nobody in beside a holder, and where it fails changes nothing.",
                          {.model = {{2, 1}, {2, 2}, {3, 1}, {3, 2}}, .native = {4, 20}});
    made.add<try_lock_succeeds_at_last<L>>("try_lock_succeeds_at_last", "Who tries again and again gets in.",
                                           {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<no_lost_wakeup<L>>("no_lost_wakeup", "Every thread that waits for the lock gets in.",
                                {.model = {{2, 2}, {3, 1}, {3, 2}}, .native = {4, 2}});
    made.add<destroyed_after_last_unlock<L>>("destroyed_after_last_unlock",
                                             "The last to lock may destroy the lock: unlock() doesn't look back.",
                                             {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 10}});
    made.add<two_locks_in_order<L>>("two_locks_in_order", "Two locks that all take in one order never deadlock.",
                                    {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<two_locks_backing_off<L>>("two_locks_backing_off",
                                       "Two locks taken in either order never deadlock if the second is only tried.",
                                       {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<lock_meets_try_lock<L>>("lock_meets_try_lock", "Who gets in by a try is alone.",
                                     {.model = {{2, 1}}, .native = {2, 1}});
    made.add<harness::linearizability<L, mutex_specification<L>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 6}});
    if constexpr (freely_unlocked_mutex<L>)
      made.add<unlocked_by_another_thread<L>>("unlocked_by_another_thread",
                                              "A thread may unlock what another one locked, if that happened before.",
                                              {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    if constexpr (timed_mutex<L>)
      made.add<timeout_leaves_lock_usable<L>>("timeout_leaves_lock_usable",
                                              "A waiter that gives up takes nobody's wake-up with it, nor the lock.",
                                              {.model = {{2, 1}, {3, 1}, {2, 2}, {3, 2}}, .native = {4, 20}});
    made.add<harness::fairness_of_waiters<L, fifo_mutex<L>>>(
        "fairness",
        fifo_mutex<L> ? "No waiter is overtaken by a thread that calls lock() later."
                      : "Every waiter gets in; how often it is overtaken before that is recorded, and not bounded.",
        {.model = {}, .native = {4, 50}});
    if constexpr (fifo_mutex<L>)
      made.add<fifo<L>>("fifo", "Waiters get in in the order of their arrival.",
                        {.model = {{3, 1}, {4, 1}}, .native = {4, 1}});
  }
}

}  // namespace gauntlet::contracts
