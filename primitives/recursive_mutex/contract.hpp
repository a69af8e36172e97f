#pragma once
/// What every recursive mutex promises.
///
/// A recursive mutex is default-constructed, never copied, and has what std::recursive_timed_mutex has: `void lock()`,
/// `bool try_lock()`, `bool try_lock_for(duration)`, `bool try_lock_until(time_point)`, `void unlock()`. For those who
/// must let go of it whatever its depth (a condition's wait), and for assertions, it also has `unsigned release_all()`,
/// `void restore(unsigned depth)`, `bool is_owner()`, `unsigned depth()`, which tell of the calling thread, and the
/// constant `max_depth`. Errors are exceptions, see behaviour.cpp. A try fails only if another thread holds the lock,
/// and a timed one only after its time.

#include <chrono>
#include <concepts>
#include <string_view>
#include <system_error>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/mutex/contest.hpp"
#include "primitives/recursive_mutex/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// Whether `call` is refused as not permitted.
template <std::invocable Call>
bool not_permitted(Call call) {
  try {
    call();
  } catch (const std::system_error& error) {
    return error.code() == std::errc::operation_not_permitted;
  }
  return false;
}

/// A contest for a lock that is taken more than once.
template <class L>
class deep_contest : public contest<L> {
 public:
  using contest<L>::contest;

  void after() {
    contest<L>::after();
    sync::check(this->lock_.try_lock() && this->lock_.depth() == 1, "a free lock was not taken at depth 1");
    this->lock_.unlock();
  }

 protected:
  void visit(unsigned role) {
    sync::check(this->lock_.is_owner(), "the lock was let go before its last unlock");
    contest<L>::visit(role);
  }

  /// Sections at depth 1, at depth 2, and at depth 1 again.
  void lock_visit_unlock(unsigned role) {
    this->lock_.lock();
    visit(role);
    this->lock_.lock();
    visit(role);
    this->lock_.unlock();
    visit(role);
    this->lock_.unlock();
  }
};

template <class L>
struct mutual_exclusion : deep_contest<L> {
  using deep_contest<L>::deep_contest;

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

  void thread(unsigned role) {
    if (role == 0) {
      payload_.set(42);
      lock_.lock();
      lock_.lock();
      published_.set(true);
      lock_.unlock();
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
struct try_lock : deep_contest<L> {
  using deep_contest<L>::deep_contest;
  static std::string_view role(unsigned which) { return which % 2 == 0 ? "locker" : "trier"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      if (role % 2 == 0) {
        this->lock_visit_unlock(role);
      } else if (this->lock_.try_lock()) {
        sync::check(this->lock_.try_lock(), "a holder's try failed");
        this->visit(role);
        this->lock_.unlock();
        this->visit(role);
        this->lock_.unlock();
      }
    }
  }
};

/// The holder lets go only when all others wait: the chain of unlocks that it begins must reach each of them.
template <class L>
struct no_lost_wakeup : deep_contest<L> {
  using deep_contest<L>::deep_contest;
  static std::string_view role(unsigned which) { return which == 0 ? "holder" : "waiter"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      this->lock_.lock();
      this->lock_visit_unlock(role);
      if (role == 0)
        for (unsigned waiter = 1; waiter < this->threads_; ++waiter) harness::until_blocked(waiter);
      this->lock_.unlock();
    }
  }
};

/// Intruders ask whether they hold the lock and unlock it, whatever the owner is about just then.
template <class L>
struct only_the_owner_unlocks : deep_contest<L> {
  using deep_contest<L>::deep_contest;
  static std::string_view role(unsigned which) { return which == 0 ? "owner" : "intruder"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      if (role == 0) {
        this->lock_visit_unlock(role);
        continue;
      }
      sync::check(!this->lock_.is_owner(), "a thread is taken for the owner that isn't");
      sync::check(this->lock_.depth() == 0, "a thread has a depth that doesn't hold the lock");
      sync::check(not_permitted([this] { this->lock_.unlock(); }), "who doesn't hold the lock could unlock it");
      sync::check(not_permitted([this] { this->lock_.release_all(); }), "who doesn't hold the lock could release it");
    }
  }
};

/// As a condition's wait does it: let go of all, whatever the depth, and come back to it.
template <class L>
struct released_and_restored : deep_contest<L> {
  using deep_contest<L>::deep_contest;
  static std::string_view role(unsigned which) { return which == 0 ? "waiter" : "visitor"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      if (role != 0) {
        this->lock_visit_unlock(role);
        continue;
      }
      for (unsigned depth = 1; depth <= 3; ++depth) this->lock_.lock();
      this->visit(role);
      const unsigned depth = this->lock_.release_all();
      sync::check(depth == 3, "release_all() tells another depth than there was");
      sync::check(!this->lock_.is_owner(), "who released all is still taken for the owner");
      this->lock_.restore(depth);
      this->visit(role);
      for (unsigned left = 3; left > 0; --left) {
        sync::check(this->lock_.depth() == left, "restore() came back to another depth");
        this->lock_.unlock();
      }
    }
  }
};

/// One waiter gives up while others wait on and the holder lets go.
template <class L>
struct timeout_leaves_lock_usable : deep_contest<L> {
  using deep_contest<L>::deep_contest;
  static std::string_view role(unsigned which) { return which == 1 ? "impatient" : "patient"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      if (role != 1) {
        this->lock_visit_unlock(role);
      } else if (this->lock_.try_lock_for(std::chrono::microseconds(20))) {
        this->lock_visit_unlock(role);
        this->lock_.unlock();
      } else {
        sync::check(!this->lock_.is_owner(), "who gave up is taken for the owner");
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

  void before() { object_ = sync::make<object>(size_.threads * size_.operations); }

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      object_->lock.lock();
      object_->lock.lock();
      const unsigned left = object_->left.get() - 1;
      object_->left.set(left);
      object_->lock.unlock();
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

/// Random calls. Each thread knows what they must give from its own alone, except for a try when it holds nothing.
template <class L>
struct any_order_of_calls : deep_contest<L> {
  using deep_contest<L>::deep_contest;

  void thread(unsigned role) {
    unsigned depth = 0;
    for (unsigned i = 0; i < this->operations_; ++i) {
      if (harness::choose(2) == 0) {
        const bool taken = this->lock_.try_lock();
        sync::check(taken || depth == 0, "a holder's try failed");
        depth += taken ? 1 : 0;
      } else if (depth == 0) {
        sync::check(not_permitted([this] { this->lock_.unlock(); }), "who doesn't hold the lock could unlock it");
      } else {
        this->lock_.unlock();
        --depth;
      }
      sync::check(this->lock_.depth() == depth, "depth() is not how often the caller locked");
      if (depth > 0) this->visit(role);
    }
    for (; depth > 0; --depth) this->lock_.unlock();
  }
};

template <class L>
void describe(harness::contract& made) {
  constexpr bool has_lock = requires(L& lock) {
    { lock.lock() } -> std::same_as<void>;
  };
  constexpr bool has_try_lock = requires(L& lock) {
    { lock.try_lock() } -> std::same_as<bool>;
  };
  constexpr bool has_try_lock_for = requires(L& lock, std::chrono::microseconds duration) {
    { lock.try_lock_for(duration) } -> std::same_as<bool>;
  };
  constexpr bool has_try_lock_until = requires(L& lock, std::chrono::system_clock::time_point when) {
    { lock.try_lock_until(when) } -> std::same_as<bool>;
  };
  constexpr bool has_unlock = requires(L& lock) {
    { lock.unlock() } -> std::same_as<void>;
  };
  constexpr bool has_release_all = requires(L& lock) {
    { lock.release_all() } -> std::same_as<unsigned>;
  };
  constexpr bool has_restore = requires(L& lock, unsigned depth) {
    { lock.restore(depth) } -> std::same_as<void>;
  };
  constexpr bool has_is_owner = requires(const L& lock) {
    { lock.is_owner() } -> std::same_as<bool>;
  };
  constexpr bool has_depth = requires(const L& lock) {
    { lock.depth() } -> std::same_as<unsigned>;
  };
  constexpr bool has_max_depth = requires {
    { L::max_depth } -> std::convertible_to<unsigned>;
  };
  static_assert(std::default_initializable<L>, "gauntlet: a recursive_mutex needs a constructor without arguments");
  static_assert(!std::copy_constructible<L>, "gauntlet: a recursive_mutex must not be copyable; delete its copy");
  static_assert(has_lock, "gauntlet: kind recursive_mutex needs `void lock()`");
  static_assert(has_try_lock, "gauntlet: kind recursive_mutex needs `bool try_lock()`");
  static_assert(has_try_lock_for, "gauntlet: kind recursive_mutex needs `bool try_lock_for(duration)`");
  static_assert(has_try_lock_until, "gauntlet: kind recursive_mutex needs `bool try_lock_until(time_point)`");
  static_assert(has_unlock, "gauntlet: kind recursive_mutex needs `void unlock()`");
  static_assert(has_release_all, "gauntlet: kind recursive_mutex needs `unsigned release_all()`");
  static_assert(has_restore, "gauntlet: kind recursive_mutex needs `void restore(unsigned depth)`");
  static_assert(has_is_owner, "gauntlet: kind recursive_mutex needs `bool is_owner() const`");
  static_assert(has_depth, "gauntlet: kind recursive_mutex needs `unsigned depth() const`");
  static_assert(has_max_depth, "gauntlet: kind recursive_mutex needs `static constexpr unsigned max_depth`");

  if constexpr (std::default_initializable<L> && has_lock && has_try_lock && has_try_lock_for && has_try_lock_until &&
                has_unlock && has_release_all && has_restore && has_is_owner && has_depth && has_max_depth) {
    made.add<mutual_exclusion<L>>("mutual_exclusion",
                                  "One thread holds the lock, until its last unlock, and sees what holders before did.",
                                  {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<publication<L>>("publication", "What a thread did before its last unlock() is visible to the next holder.",
                             {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<try_lock<L>>("try_lock", "try_lock() lets its holder in again, and nobody beside a holder.",
                          {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<no_lost_wakeup<L>>("no_lost_wakeup", "Every thread that waits for the lock gets in.",
                                {.model = {{2, 2}, {3, 1}, {3, 2}}, .native = {4, 2}});
    made.add<only_the_owner_unlocks<L>>("only_the_owner_unlocks",
                                        "Who doesn't hold the lock can't unlock it, and changes nothing by trying.",
                                        {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 10}});
    made.add<released_and_restored<L>>("released_and_restored",
                                       "release_all() lets others in at any depth, and restore() comes back to it.",
                                       {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<timeout_leaves_lock_usable<L>>("timeout_leaves_lock_usable",
                                            "A waiter that gives up takes nobody's wake-up with it, nor the lock.",
                                            {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<destroyed_after_last_unlock<L>>("destroyed_after_last_unlock",
                                             "The last to lock may destroy the lock: unlock() doesn't look back.",
                                             {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 10}});
    made.add<harness::linearizability<L, recursive_mutex_specification<L>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 3}, {3, 2}}, .native = {3, 6}});
    made.add<any_order_of_calls<L>>("any_order_of_calls",
                                    "A holder's calls succeed, and count; who holds nothing can only try.",
                                    {.model = {{2, 3}, {3, 2}}, .native = {4, 10}});
  }
}

}  // namespace gauntlet::contracts
