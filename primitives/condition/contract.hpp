#pragma once
/// What every condition variable promises.
///
/// A condition is default-constructed, never copied, and has `wait(lock)`, `wait_for(lock, duration)` and
/// `wait_until(lock, time_point)`, each also with a predicate at the end, as std::condition_variable_any does; and
/// `void notify(std::size_t n = 1)` and `void notify_all()`. The lock is any that has lock() and unlock(). What it
/// promises beyond that, it claims:
///   `static constexpr bool never_spurious`  a wait returns without a time-out only if it was notified, and notify(n)
///                                           ends n waits at most, none of which began after it
///   `static constexpr bool fifo`            waiters are notified in the order in which they came

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/condition/monitor.hpp"
#include "primitives/condition/specification.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

template <class C>
concept precise_condition = requires { requires C::never_spurious; };

template <class C>
concept fifo_condition = requires { requires C::fifo; };

/// The consumers take what the producer puts there item by item. It tells with the lock held, or after it.
template <class C, bool with_lock>
class no_lost_notification {
 public:
  explicit no_lost_notification(harness::shape size) : size_(size), pages_((size.threads - 1) * size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "producer" : "consumer"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    if (role == 0)
      for (std::size_t i = 0; i < pages_.size(); ++i) produce(i);
    else
      for (unsigned i = 0; i < size_.operations; ++i) consume();
  }
  void after() { sync::check(taken_.get() == pages_.size(), "an item was lost"); }

 private:
  void produce(std::size_t item) {
    pages_[item].set(42);
    typename monitor<C>::owner guard(shop_.lock);
    put_.set(item + 1);
    if (!with_lock) guard.unlock();
    shop_.changed.notify();
  }

  void consume() {
    typename monitor<C>::owner guard(shop_.lock);
    shop_.changed.wait(guard, [this] { return taken_.get() < put_.get(); });
    const std::size_t item = taken_.get();
    taken_.set(item + 1);
    sync::check(pages_[item].get() == 42, "what came before notify() is not visible after wait()");
  }

  harness::shape size_;
  monitor<C> shop_;
  sync::var<std::size_t> put_{0};
  sync::var<std::size_t> taken_{0};
  std::vector<sync::var<int>> pages_;
};

template <class C>
class notify_all_wakes_everyone {
 public:
  explicit notify_all_wakes_everyone(harness::shape size) : gates_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "opener" : "waiter"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (auto& gate : gates_) {
      const typename monitor<C>::owner guard(gate.lock);
      if (role == 0) {
        gate.open.set(true);
        gate.changed.notify_all();
      } else {
        gate.changed.wait(gate.lock, [&] { return gate.open.get(); });
      }
    }
  }

 private:
  std::vector<monitor<C>> gates_;
};

/// Who timed out waits once more, for as long as it takes.
template <class C>
class timeout_races_with_notify {
 public:
  explicit timeout_races_with_notify(harness::shape size) : gates_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "opener" : "impatient"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (auto& gate : gates_) {
      if (role == 0) {
        gate.text.set(42);
        const typename monitor<C>::owner guard(gate.lock);
        gate.open.set(true);
        gate.changed.notify_all();
        continue;
      }
      typename monitor<C>::owner guard(gate.lock);
      const auto is_open = [&] { return gate.open.get(); };
      const bool opened = gate.changed.wait_for(guard, soon, is_open);
      sync::check(opened == is_open(), "wait_for() returned something else than its predicate");
      if (!opened) gate.changed.wait(guard, is_open);
      sync::check(gate.text.get() == 42, "what came before notify_all() is not visible after the wait");
    }
  }

 private:
  std::vector<monitor<C>> gates_;
};

/// One notification, for the patient or an impatient waiter; who was notified and has no use for it passes it on. One
/// that times out must not have taken it along (POSIX, pthread_cond_timedwait).
template <class C>
class timeout_takes_no_notification {
 public:
  explicit timeout_takes_no_notification(harness::shape size) : gates_(size.operations) {}
  static std::string_view role(unsigned which) {
    return which == 0 ? "notifier" : which == 1 ? "patient" : "impatient";
  }

  void thread(unsigned role) {
    for (auto& gate : gates_) {
      typename monitor<C>::owner guard(gate.lock);
      if (role == 0) {
        gate.open.set(true);
        gate.changed.notify();
      } else if (role == 1) {
        gate.changed.wait(guard, [&] { return gate.open.get(); });
      } else if (gate.changed.wait_for(guard, soon) == std::cv_status::no_timeout) {
        gate.changed.notify();
      }
    }
  }

 private:
  std::vector<monitor<C>> gates_;
};

/// What the scenarios for waits without a predicate share: the notifier finds all the others in their waits.
template <class C>
class assembly {
 public:
  explicit assembly(unsigned waiters) : waiters_(waiters) {}

 protected:
  using owner = typename monitor<C>::owner;

  /// Locks; the caller is going to wait. @param place how many did before
  owner enter(unsigned& place) {
    owner mine(hall_.lock);
    // relaxed: ordered by the lock, which every waiter holds until it waits.
    place = entered_.fetch_add(1, std::memory_order_relaxed);
    return mine;
  }

  /// Locks when everybody waits.
  owner when_all_wait() {
    // relaxed: ordered by the lock, which every waiter holds until it waits.
    sync::spin_until([this] { return entered_.load(std::memory_order_relaxed) == waiters_; });
    return owner(hall_.lock);
  }

  const unsigned waiters_;
  monitor<C> hall_;
  sync::atomic<unsigned> entered_{0};
};

template <class C>
class notify_wakes_one_each : assembly<C> {
 public:
  explicit notify_wakes_one_each(harness::shape size) : assembly<C>(size.threads - 1) {}
  static std::string_view role(unsigned which) { return which == 0 ? "notifier" : "waiter"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    if (role == 0) {
      auto guard = this->when_all_wait();
      for (unsigned sent = 1; sent <= this->waiters_; ++sent) {
        notified_.set(sent);
        this->hall_.changed.notify();
        guard.unlock();
        // relaxed: ordered by the lock.
        sync::spin_until([&] { return woken_.load(std::memory_order_relaxed) >= sent; });
        guard.lock();
      }
      return;
    }
    unsigned place = 0;
    auto guard = this->enter(place);
    this->hall_.changed.wait(guard);
    // relaxed: ordered by the lock.
    const unsigned before = woken_.fetch_add(1, std::memory_order_relaxed);
    sync::check(before < notified_.get(), "more waits returned than were notified");
    if constexpr (fifo_condition<C>) sync::check(before == place, "waiters were notified out of order");
  }

 private:
  sync::var<unsigned> notified_{0};
  sync::atomic<unsigned> woken_{0};
};

/// The notifier waits itself, right after it has notified all others: none of these notifications is its own.
template <class C>
class notification_is_not_stolen : assembly<C> {
 public:
  explicit notification_is_not_stolen(harness::shape size) : assembly<C>(size.threads - 1) {}
  static std::string_view role(unsigned which) { return which == 0 ? "notifier" : "waiter"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    if (role == 0) {
      auto guard = this->when_all_wait();
      this->hall_.changed.notify(this->waiters_);
      this->hall_.changed.wait(guard);
      sync::check(woken_.get() == this->waiters_, "a wait returned on a notification that came before it");
      return;
    }
    unsigned place = 0;
    const auto guard = this->enter(place);
    this->hall_.changed.wait(this->hall_.lock);
    woken_.set(woken_.get() + 1);
    if (woken_.get() == this->waiters_) this->hall_.changed.notify();
  }

 private:
  sync::var<unsigned> woken_{0};
};

/// As libstdc++'s 54185: the condition goes as soon as all were notified, while they still are on their way out. Every
/// other waiter's time may be up at that very moment.
template <class C>
class destroyed_once_all_are_notified {
 public:
  explicit destroyed_once_all_are_notified(harness::shape size) : size_(size), rounds_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "notifier" : "waiter"; }

  void before() {
    for (round& one : rounds_) one.changed = sync::make<C>();
  }

  void thread(unsigned role) {
    for (round& one : rounds_) {
      if (role == 0) {
        notify_and_destroy(one);
        continue;
      }
      const std::lock_guard guard(one.lock);
      // relaxed: ordered by the lock, which every waiter holds until it waits.
      one.entered.fetch_add(1, std::memory_order_relaxed);
      if (role % 2 == 0) one.changed->wait_for(one.lock, soon);
      if (role % 2 == 1) one.changed->wait(one.lock, [&] { return one.open.get(); });
    }
  }

 private:
  struct round {
    C* changed = nullptr;
    mutex lock;
    sync::var<bool> open{false};
    sync::atomic<unsigned> entered{0};
  };

  void notify_and_destroy(round& one) {
    // relaxed: ordered by the lock, which every waiter holds until it waits.
    sync::spin_until([&] { return one.entered.load(std::memory_order_relaxed) == size_.threads - 1; });
    one.lock.lock();
    one.open.set(true);
    one.changed->notify_all();
    one.lock.unlock();
    sync::destroy(one.changed);
  }

  harness::shape size_;
  std::vector<round> rounds_;
};

/// The last to wake destroys the condition, while the notify_all() that woke it may still be on its way out.
template <class C>
class destroyed_by_a_woken_waiter {
 public:
  explicit destroyed_by_a_woken_waiter(harness::shape size) : size_(size), rounds_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "notifier" : "waiter"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void before() {
    for (auto& one : rounds_) one = sync::make<round>(size_.threads - 1);
  }

  void thread(unsigned role) {
    for (round* const one : rounds_) {
      if (role == 0) {
        one->when_all_wait().unlock();
        one->hall_.changed.notify_all();
        continue;
      }
      unsigned place = 0;
      auto guard = one->enter(place);
      one->hall_.changed.wait(guard);
      guard.unlock();
      // acq_rel [last]: pairs with the other waiters' fetch_sub of left; carries that their waits have returned.
      if (one->left.fetch_sub(1, std::memory_order_acq_rel) == 1) sync::destroy(one);
    }
  }

 private:
  struct round : assembly<C> {
    explicit round(unsigned waiters) : assembly<C>(waiters), left(waiters) {}
    using assembly<C>::enter, assembly<C>::when_all_wait, assembly<C>::hall_;
    sync::atomic<unsigned> left;
  };

  harness::shape size_;
  std::vector<round*> rounds_;
};

template <class C>
void describe(harness::contract& made) {
  using guard = std::unique_lock<mutex>;
  constexpr auto yes = [] { return true; };
  constexpr bool has_wait = requires(C& condition, guard& lock, mutex& raw) {
    condition.wait(lock);
    condition.wait(raw);
    condition.wait(lock, yes);
  };
  constexpr bool has_wait_for = requires(C& condition, guard& lock) {
    { condition.wait_for(lock, soon) } -> std::same_as<std::cv_status>;
    { condition.wait_for(lock, soon, yes) } -> std::same_as<bool>;
  };
  constexpr bool has_wait_until = requires(C& condition, guard& lock, std::chrono::system_clock::time_point when) {
    { condition.wait_until(lock, when) } -> std::same_as<std::cv_status>;
    { condition.wait_until(lock, when, yes) } -> std::same_as<bool>;
  };
  constexpr bool has_notify = requires(C& condition, std::size_t n) {
    condition.notify();
    condition.notify(n);
    condition.notify_all();
  };
  static_assert(std::default_initializable<C>, "gauntlet: a condition needs a public constructor without arguments");
  static_assert(!std::copy_constructible<C>, "gauntlet: a condition must not be copyable; delete its copy constructor");
  static_assert(has_wait, "gauntlet: kind condition needs `void wait(Lock&)` and `void wait(Lock&, predicate)`");
  static_assert(has_wait_for,
                "gauntlet: kind condition needs `std::cv_status wait_for(Lock&, duration)`, `bool` with a predicate");
  static_assert(
      has_wait_until,
      "gauntlet: kind condition needs `std::cv_status wait_until(Lock&, time_point)`, `bool` with a predicate");
  static_assert(has_notify, "gauntlet: kind condition needs `void notify(std::size_t n = 1)` and `void notify_all()`");

  if constexpr (std::default_initializable<C> && has_wait && has_wait_for && has_wait_until && has_notify) {
    made.add<no_lost_notification<C, true>>("no_lost_notification", "notify() with the lock held reaches a waiter.",
                                            {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<no_lost_notification<C, false>>("no_lost_notification_unlocked",
                                             "notify() after the unlock reaches a waiter.",
                                             {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<notify_all_wakes_everyone<C>>("notify_all_wakes_everyone", "Wakes all who wait.",
                                           {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 10}});
    made.add<timeout_races_with_notify<C>>("timeout_races_with_notify",
                                           "A timed wait returns its predicate, with the lock held.",
                                           {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 10}});
    made.add<timeout_takes_no_notification<C>>("timeout_takes_no_notification",
                                               "A waiter that times out takes nobody's notification with it.",
                                               {.model = {{3, 1}, {3, 2}}, .native = {3, 10}});
    made.add<harness::linearizability<monitor<C>, condition_specification<C, precise_condition<C>>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
    made.add<destroyed_once_all_are_notified<C>>("destroyed_once_all_are_notified",
                                                 "It may be destroyed before those that it notified have returned.",
                                                 {.model = {{2, 1}, {3, 1}}, .native = {4, 10}});
    if constexpr (precise_condition<C>) {
      made.add<notify_wakes_one_each<C>>("notify_wakes_one_each", "Each notify() ends one wait; in order, if claimed.",
                                         {.model = {{2, 1}, {3, 1}}, .native = {4, 1}});
      made.add<notification_is_not_stolen<C>>("notification_is_not_stolen",
                                              "A notification is for those who waited when it was sent.",
                                              {.model = {{2, 1}, {3, 1}}, .native = {4, 1}});
      made.add<destroyed_by_a_woken_waiter<C>>("destroyed_by_a_woken_waiter",
                                               "A woken waiter may destroy it: notify_all() doesn't look back.",
                                               {.model = {{2, 1}, {3, 1}}, .native = {4, 5}});
    }
  }
}

}  // namespace gauntlet::contracts
