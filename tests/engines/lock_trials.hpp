#pragma once
/// Trials of what engines say about locks: the orders in which they are taken, memory orders that are too weak, and
/// misuse.

#include <chrono>
#include <functional>
#include <system_error>
#include <utility>

#include "primitives/mutex/mutex.hpp"
#include "primitives/mutex/spin_lock.hpp"
#include "primitives/mutex/ticket_lock.hpp"
#include "primitives/recursive_mutex/recursive_mutex.hpp"
#include "primitives/shared_mutex/shared_mutex.hpp"
#include "tests/engines/trials.hpp"

namespace gauntlet::trials {

/// Opposite orders that never meet: no run deadlocks, and yet the order is wrong.
/// @tparam first how the outer lock is taken @tparam second how the inner one is
template <class Lock, auto first = &Lock::lock, auto second = &Lock::lock>
struct opposite_orders_apart {
  explicit opposite_orders_apart(shape) {}
  void thread(unsigned role) {
    Lock& outer = role == 0 ? one : other;
    Lock& inner = role == 0 ? other : one;
    if (role == 1) sync::spin_until([this] { return done.load(acquire); });
    std::invoke(first, outer);
    std::invoke(second, inner);
    inner.unlock();
    outer.unlock();
    if (role == 0) done.store(true, release);
  }
  Lock one;
  Lock other;
  sync::atomic<bool> done{false};
};

constexpr auto try_it = [](auto& lock) { sync::check(lock.try_lock(), "the lock is free"); };
constexpr auto within_a_minute = [](auto& lock) {
  sync::check(lock.try_lock_for(std::chrono::minutes(1)), "the lock is free");
};

/// Each acquisition is two.
struct locked_twice : recursive_mutex {
  void lock() {
    recursive_mutex::lock();
    recursive_mutex::lock();
  }
  void unlock() {
    recursive_mutex::unlock();
    recursive_mutex::unlock();
  }
};

/// Readers that would stand in each other's way if a writer came between.
struct locked_shared : shared_mutex {
  void lock() { lock_shared(); }
  void unlock() { unlock_shared(); }
};

/// With forty more locks held at the same time.
struct locked_last {
  void lock() {
    for (spin_lock& each : many) each.lock();
  }
  void unlock() {
    for (spin_lock& each : many) each.unlock();
  }
  spin_lock many[20];
};

/// The first execution hands a lock from thread to thread, the others take two in opposite orders.
struct opposite_orders_after_handover : opposite_orders_apart<spin_lock> {
  using opposite_orders_apart::opposite_orders_apart;
  void before() { first = !std::exchange(seen_one, true); }
  void thread(unsigned role) {
    if (!first) return opposite_orders_apart::thread(role);
    if (role == 1) sync::spin_until([this] { return done.load(acquire); });
    role == 0 ? one.lock() : one.unlock();
    if (role == 0) done.store(true, release);
  }
  static inline bool seen_one = false;
  bool first = false;
};

struct one_order {
  explicit one_order(shape) {}
  void thread(unsigned) {
    outer.lock();
    inner.lock();
    inner.unlock();
    outer.unlock();
    if (inner.try_lock()) {
      if (outer.try_lock()) outer.unlock();
      inner.unlock();
    }
  }
  spin_lock outer;
  spin_lock inner;
};

struct opposite_orders {
  explicit opposite_orders(shape) {}
  void thread(unsigned role) {
    mutex& outer = role == 0 ? one : other;
    mutex& inner = role == 0 ? other : one;
    outer.lock();
    inner.lock();
    inner.unlock();
    outer.unlock();
  }
  mutex one;
  mutex other;
};

/// A lock of one word. @tparam how what its lock() announces @tparam in @tparam out the orders of its two operations
template <sync::lock_action how, std::memory_order in, std::memory_order out>
struct bare_lock {
  static constexpr bool shared =
      how == sync::lock_action::acquire_shared || how == sync::lock_action::try_acquire_shared;

  void lock() {
    sync::lock_scope announced(identity, how);
    sync::spin_until([this] { return word.exchange(1, in) == 0; });
    announced.result(true);
  }
  void unlock() {
    const sync::lock_scope announced(identity, shared ? sync::lock_action::release_shared : sync::lock_action::release);
    word.store(0, out);
  }
  sync::atomic<int> word{0};
  [[no_unique_address]] sync::lock_identity identity;
};

template <class Lock>
struct guarded {
  explicit guarded(shape) {}
  void thread(unsigned) {
    lock.lock();
    data.set(data.get() + 1);
    lock.unlock();
  }
  Lock lock;
  sync::var<int> data{0};
};

/// Keeps nobody out, and only says that it does.
struct pretended_lock {
  void lock() { const sync::lock_scope announced(identity, sync::lock_action::acquire); }
  void lock_shared() { const sync::lock_scope announced(identity, sync::lock_action::acquire_shared); }
  [[no_unique_address]] sync::lock_identity identity;
};

/// The threads take turns: each step is done on one lock, by role 0, role 1, role 0, …
template <class Lock, auto... steps>
struct in_turn {
  explicit in_turn(shape) {}
  void thread(unsigned role) {
    unsigned nth = 0;
    (step(steps, role, nth++), ...);
  }
  template <class Step>
  void step(Step what, unsigned role, unsigned nth) {
    if (nth % 2 != role) return;
    sync::spin_until([&] { return turn.load(acquire) == nth; });
    std::invoke(what, lock);
    turn.store(nth + 1, release);
  }
  Lock lock;
  sync::atomic<unsigned> turn{0};
};

constexpr auto unlock_refused = [](auto& lock) {
  try {
    lock.unlock();
    sync::check(false, "the lock let itself be unlocked");
  } catch (const std::system_error&) {
  }
};

/// Role 0 writes while it holds a lock; role 1 has let go of another one by then.
struct half_locked {
  explicit half_locked(shape) {}
  void thread(unsigned role) {
    spin_lock& mine = role == 0 ? lock : other;
    mine.lock();
    if (role == 1) mine.unlock();
    data.set(static_cast<int>(role));
    if (role == 0) mine.unlock();
  }
  spin_lock lock;
  spin_lock other;
  sync::var<int> data{0};
};

/// Looks lock-free from outside.
struct counter_with_a_lock {
  std::int64_t increment() {
    lock.lock();
    const std::int64_t before = value++;
    lock.unlock();
    return before;
  }
  spin_lock lock;
  std::int64_t value = 0;
};

/// Role 0 waits for what role 1, which goes on and on, never does.
struct starving {
  explicit starving(shape) {}
  void thread(unsigned role) {
    if (role == 0) sync::spin_until([this] { return word.load(acquire) == 0; });
    while (role == 1) word.fetch_add(2, release);
  }
  sync::atomic<std::uint64_t> word{1};
};

struct destroyed_while_held {
  explicit destroyed_while_held(shape) {}
  void thread(unsigned) {
    spin_lock lock;
    lock.lock();
  }
};

}  // namespace gauntlet::trials
