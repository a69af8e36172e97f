#pragma once
/// What every shared mutex promises.
///
/// A shared mutex is default-constructed, never copied, and has what std::shared_timed_mutex has: for writers `lock`,
/// `try_lock`, `try_lock_for`, `try_lock_until`, `unlock`, for readers `lock_shared`, `try_lock_shared`,
/// `try_lock_shared_for`, `try_lock_shared_until`, `unlock_shared`. What it promises beyond that, it claims:
///   `static constexpr bool writers_hold_off_readers`  while a writer waits no new reader gets in
/// A try may fail on a free lock, as the standard allows ([thread.sharedtimedmutex.requirements]).

#include <chrono>
#include <concepts>
#include <string_view>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/mutex/contest.hpp"
#include "primitives/shared_mutex/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

template <class L>
concept writer_first_mutex = requires { requires L::writers_hold_off_readers; };

/// A lock that is written and read under.
template <class L>
struct library : contest<L> {
  using contest<L>::contest;

  void lock_write_unlock(unsigned role) { this->lock_visit_unlock(role); }
  void lock_read_unlock() {
    this->lock_.lock_shared();
    this->read();
    this->lock_.unlock_shared();
  }
};

template <class L>
struct writers_exclude_all : library<L> {
  using library<L>::library;
  static std::string_view role(unsigned which) { return which % 2 == 0 ? "writer" : "reader"; }
  static bool alike(unsigned one, unsigned other) { return one % 2 == other % 2; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      role % 2 == 0 ? this->lock_write_unlock(role) : this->lock_read_unlock();
    }
  }
};

/// Nobody leaves before all are inside.
template <class L>
class readers_share : public library<L> {
 public:
  using library<L>::library;
  static std::string_view role(unsigned) { return "reader"; }
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned) {
    for (unsigned round = 1; round <= this->operations_; ++round) {
      this->lock_.lock_shared();
      this->read();
      // relaxed: a count, carries nothing.
      inside_.fetch_add(1, std::memory_order_relaxed);
      sync::spin_until([&] {
        // relaxed: a count, carries nothing.
        return inside_.load(std::memory_order_relaxed) >= round * this->threads_;
      });
      this->lock_.unlock_shared();
    }
  }

 private:
  sync::atomic<unsigned> inside_{0};
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
      lock_.lock_shared();
      const bool published = published_.get();
      lock_.unlock_shared();
      if (published) sync::check(payload_.get() == 42, "what came before unlock() is not visible after lock_shared()");
    }
  }

 private:
  unsigned operations_;
  L lock_;
  sync::var<int> payload_;
  sync::var<bool> published_{false};
};

template <class L>
struct tries : library<L> {
  using library<L>::library;
  static std::string_view role(unsigned which) {
    constexpr std::string_view roles[] = {"trying writer", "trying reader", "writer", "reader"};
    return roles[which % 4];
  }
  static bool alike(unsigned one, unsigned other) { return one % 4 == other % 4; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      if (role % 4 == 2) {
        this->lock_write_unlock(role);
      } else if (role % 4 == 3) {
        this->lock_read_unlock();
      } else if (role % 4 == 0 && this->lock_.try_lock()) {
        this->visit(role);
        this->lock_.unlock();
      } else if (role % 4 == 1 && this->lock_.try_lock_shared()) {
        this->read();
        this->lock_.unlock_shared();
      }
    }
  }
};

/// The holder, a writer or a reader in turn, lets go only when all others wait; if it is a reader, other readers don't.
template <class L>
struct no_lost_wakeup : library<L> {
  using library<L>::library;
  static std::string_view role(unsigned which) { return which == 0 ? "holder" : which % 2 == 1 ? "writer" : "reader"; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < this->operations_; ++i) {
      if (role == 0)
        hold(i % 2 == 0);
      else if (role % 2 == 1)
        this->lock_write_unlock(role);
      else
        this->lock_read_unlock();
    }
  }

 private:
  void hold(bool alone) {
    alone ? this->lock_.lock() : this->lock_.lock_shared();
    for (unsigned waiter = 1; waiter < this->threads_; waiter += alone ? 1 : 2) harness::until_blocked(waiter);
    alone ? this->lock_.unlock() : this->lock_.unlock_shared();
  }
};

/// The bug of libc++'s try_lock_until_deadlock_bug test: the reader inside stays until the others are in as well, so
/// the writer between them can only give up, and then they must get in.
template <class L>
class timed_out_writer_lets_readers_in : public library<L> {
 public:
  using library<L>::library;
  static std::string_view role(unsigned which) { return which == 1 ? "impatient writer" : "reader"; }

  void thread(unsigned role) {
    if (role == 1) {
      // acquire [inside]: pairs with the readers' release of inside_; carries that one has the lock.
      sync::spin_until([this] { return inside_.load(std::memory_order_acquire) != 0; });
      if (this->lock_.try_lock_for(std::chrono::microseconds(50))) {
        this->visit(role);
        this->lock_.unlock();
      }
      return;
    }
    this->lock_.lock_shared();
    this->read();
    // release [inside]: pairs with the acquires of inside_; carries that this reader has the lock.
    inside_.fetch_add(1, std::memory_order_release);
    sync::spin_until([this, role] {
      // acquire [inside]: pairs with the readers' release of inside_; carries that they have the lock.
      return role != 0 || inside_.load(std::memory_order_acquire) == this->threads_ - 1;
    });
    this->lock_.unlock_shared();
  }

 private:
  sync::atomic<unsigned> inside_{0};
};

/// A reader comes while another one is inside and a writer waits.
template <class L>
class writers_hold_off_readers : public library<L> {
 public:
  using library<L>::library;
  static std::string_view role(unsigned which) { return which == 1 ? "writer" : which == 0 ? "reader" : "next reader"; }

  void thread(unsigned role) {
    if (role == 0) {
      this->lock_.lock_shared();
      pass(1);
      await(3);
      this->read();
      this->lock_.unlock_shared();
    } else if (role == 1) {
      await(1);
      pass(2);
      this->lock_.lock();
      written_.set(true);
      this->lock_.unlock();
    } else if (role == 2) {
      await(2);
      harness::until_blocked(1);
      sync::check(!this->lock_.try_lock_shared(), "a reader's try overtook a writer that waits");
      pass(3);
      this->lock_.lock_shared();
      sync::check(written_.get(), "a reader overtook a writer that waited before it");
      this->lock_.unlock_shared();
    }
  }

 private:
  void pass(unsigned turn) {
    // release [turn]: pairs with await()'s acquire of turn_; carries what the thread before did.
    turn_.store(turn, std::memory_order_release);
  }
  void await(unsigned turn) {
    // acquire [turn]: pairs with pass()'s release of turn_; carries what the thread before did.
    sync::spin_until([&] { return turn_.load(std::memory_order_acquire) >= turn; });
  }

  sync::atomic<unsigned> turn_{0};
  sync::var<bool> written_{false};
};

/// Writers and readers give up while others wait on and holders let go.
template <class L>
struct timeouts_leave_lock_usable : library<L> {
  using library<L>::library;
  static std::string_view role(unsigned which) {
    constexpr std::string_view roles[] = {"writer", "impatient writer", "reader", "impatient reader"};
    return roles[which % 4];
  }
  static bool alike(unsigned one, unsigned other) { return one % 4 == other % 4; }

  void thread(unsigned role) {
    constexpr auto patience = std::chrono::microseconds(20);
    for (unsigned i = 0; i < this->operations_; ++i) {
      if (role % 4 == 0) {
        this->lock_write_unlock(role);
      } else if (role % 4 == 2) {
        this->lock_read_unlock();
      } else if (role % 4 == 1 && this->lock_.try_lock_for(patience)) {
        this->visit(role);
        this->lock_.unlock();
      } else if (role % 4 == 3 && this->lock_.try_lock_shared_for(patience)) {
        this->read();
        this->lock_.unlock_shared();
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
      object_->lock.lock_shared();
      sync::check(object_->left.get() != 0, "an object is in use that nobody uses");
      object_->lock.unlock_shared();
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
void describe(harness::contract& made) {
  constexpr bool writes = requires(L& lock) {
    { lock.lock() } -> std::same_as<void>;
    { lock.try_lock() } -> std::same_as<bool>;
    { lock.unlock() } -> std::same_as<void>;
  };
  constexpr bool reads = requires(L& lock) {
    { lock.lock_shared() } -> std::same_as<void>;
    { lock.try_lock_shared() } -> std::same_as<bool>;
    { lock.unlock_shared() } -> std::same_as<void>;
  };
  constexpr bool in_time =
      requires(L& lock, std::chrono::microseconds duration, std::chrono::system_clock::time_point when) {
        { lock.try_lock_for(duration) } -> std::same_as<bool>;
        { lock.try_lock_until(when) } -> std::same_as<bool>;
        { lock.try_lock_shared_for(duration) } -> std::same_as<bool>;
        { lock.try_lock_shared_until(when) } -> std::same_as<bool>;
      };
  static_assert(std::default_initializable<L>, "gauntlet: a shared_mutex needs a constructor without arguments");
  static_assert(!std::copy_constructible<L>, "gauntlet: a shared_mutex must not be copyable; delete its copy");
  static_assert(writes, "gauntlet: kind shared_mutex needs `void lock()`, `bool try_lock()`, `void unlock()`");
  static_assert(reads,
                "gauntlet: kind shared_mutex needs `void lock_shared()`, `bool try_lock_shared()`, "
                "`void unlock_shared()`");
  static_assert(in_time,
                "gauntlet: kind shared_mutex needs `bool try_lock_for(duration)`, `bool try_lock_until(time_point)`, "
                "`bool try_lock_shared_for(duration)`, `bool try_lock_shared_until(time_point)`");

  if constexpr (std::default_initializable<L> && writes && reads && in_time) {
    made.add<writers_exclude_all<L>>("writers_exclude_all",
                                     "Beside a writer nobody holds the lock, and all see what writers before it did.",
                                     {.model = {{2, 1}, {3, 1}, {2, 2}, {4, 1}}, .native = {4, 20}});
    made.add<readers_share<L>>("readers_share", "Readers hold the lock all at once.",
                               {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 10}});
    made.add<publication<L>>("publication", "What a writer did before unlock() is visible to the readers after it.",
                             {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<tries<L>>("tries", "Tries let nobody in beside a writer, and where they fail change nothing.",
                       {.model = {{2, 1}, {3, 1}, {4, 1}, {3, 2}}, .native = {4, 20}});
    made.add<no_lost_wakeup<L>>("no_lost_wakeup", "Every writer and reader that waits gets in.",
                                {.model = {{2, 2}, {3, 1}, {3, 2}}, .native = {4, 2}});
    made.add<timed_out_writer_lets_readers_in<L>>("timed_out_writer_lets_readers_in",
                                                  "Readers that wait behind a writer get in when it gives up.",
                                                  {.model = {{3, 1}, {4, 1}}, .native = {4, 1}});
    made.add<timeouts_leave_lock_usable<L>>("timeouts_leave_lock_usable",
                                            "Who gives up takes nobody's wake-up along, nor the lock.",
                                            {.model = {{2, 1}, {3, 1}, {4, 1}, {3, 2}}, .native = {4, 20}});
    made.add<destroyed_after_last_unlock<L>>("destroyed_after_last_unlock",
                                             "The last to lock may destroy the lock: no unlock looks back.",
                                             {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 10}});
    made.add<harness::linearizability<L, shared_mutex_specification<L>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 6}});
    if constexpr (writer_first_mutex<L>)
      made.add<writers_hold_off_readers<L>>("writers_hold_off_readers",
                                            "While a writer waits no new reader gets in, so readers don't starve it.",
                                            {.model = {{3, 1}}, .native = {3, 1}});
  }
}

}  // namespace gauntlet::contracts
