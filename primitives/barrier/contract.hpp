#pragma once
/// What every barrier promises.
///
/// A barrier is made for a number of parties, with an action if wanted: `explicit B(unsigned parties,
/// std::function<void()> action = {})`, never copied, and has `unsigned arrive_and_wait()`, which returns an index, 0
/// to parties - 1, `unsigned arrive_and_wait_for(duration)`, `void abort()`, `void reset()`, `bool broken()` and
/// `unsigned waiting()`. Whoever can't pass gets gauntlet::broken_barrier.

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/barrier/broken_barrier.hpp"
#include "primitives/barrier/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// Whether `wait` passed; false if it got broken_barrier.
template <std::invocable Wait>
bool passes(Wait wait) {
  try {
    wait();
    return true;
  } catch (const broken_barrier&) {
  }
  return false;
}

/// Trip after trip, without a pause between them: the fast ones are early for the next while the slow ones still leave.
template <class B>
class lock_step {
 public:
  explicit lock_step(harness::shape size) : threads_(size.threads), barrier_(size.threads), trips_(size.operations) {
    for (auto& one : trips_) one = std::make_unique<trip>(size.threads);
  }
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned role) {
    for (auto& one : trips_) {
      one->arrived[role].set(true);
      const unsigned index = barrier_.arrive_and_wait();
      for (auto& party : one->arrived) sync::check(party.get(), "a party passed before all had arrived");
      sync::check(index < threads_, "an index is not below the number of parties");
      sync::check(!one->taken[index].get(), "two parties of a trip got the same index");
      one->taken[index].set(true);
    }
  }
  void after() {
    sync::check(!barrier_.broken(), "the barrier is broken, though nobody broke it");
    sync::check(barrier_.waiting() == 0, "somebody waits, though all have passed");
  }

 private:
  struct trip {
    explicit trip(std::size_t parties) : arrived(parties), taken(parties) {
      for (auto& one : arrived) one.set(false);
      for (auto& one : taken) one.set(false);
    }
    std::vector<sync::var<bool>> arrived;
    std::vector<sync::var<bool>> taken;
  };

  unsigned threads_;
  B barrier_;
  std::vector<std::unique_ptr<trip>> trips_;
};

template <class B>
class action_runs_once_before_release {
 public:
  explicit action_runs_once_before_release(harness::shape size)
      : operations_(size.operations), barrier_(size.threads, [this] { runs_.set(runs_.get() + 1); }) {}
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned) {
    for (unsigned trip = 1; trip <= operations_; ++trip) {
      barrier_.arrive_and_wait();
      sync::check(runs_.get() == trip, "the action has not run once a trip when a party passes");
    }
  }

 private:
  unsigned operations_;
  sync::var<unsigned> runs_{0};
  B barrier_;
};

template <class B>
class action_that_throws_breaks {
 public:
  explicit action_that_throws_breaks(harness::shape size)
      : barrier_(size.threads, [] { throw std::domain_error("from the action"); }), got_(size.threads) {}
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned role) {
    try {
      barrier_.arrive_and_wait();
    } catch (const broken_barrier&) {
      got_[role] = 'b';
    } catch (const std::domain_error&) {
      got_[role] = 'a';
    }
  }
  void after() {
    unsigned threw = 0;
    for (const char one : got_) {
      sync::check(one != 0, "a party passed, though the action threw");
      threw += one == 'a' ? 1 : 0;
    }
    sync::check(threw == 1, "not one party alone got the action's exception");
    sync::check(barrier_.broken(), "the barrier is not broken, though the action threw");
  }

 private:
  B barrier_;
  std::vector<char> got_;
};

/// One party aborts in place of its arrival.
template <class B>
class abort_lets_nobody_pass {
 public:
  explicit abort_lets_nobody_pass(harness::shape size) : operations_(size.operations), barrier_(size.threads) {}
  static std::string_view role(unsigned which) { return which == 0 ? "aborter" : "party"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    if (role == 0) {
      reason_.set(42);
      barrier_.abort();
      return;
    }
    for (unsigned i = 0; i < operations_; ++i) {
      const bool passed = passes([this] { barrier_.arrive_and_wait(); });
      sync::check(!passed, "a party passed a barrier that was aborted");
      sync::check(reason_.get() == 42, "what came before abort() is not visible to who was told of it");
    }
  }
  void after() { sync::check(barrier_.broken(), "the barrier is not broken after abort()"); }

 private:
  unsigned operations_;
  B barrier_;
  sync::var<int> reason_;
};

/// The last arrival races with a time-out: all pass, or none.
template <class B>
class timeout_races_with_last_arrival {
 public:
  explicit timeout_races_with_last_arrival(harness::shape size)
      : operations_(size.operations), barrier_(size.threads), trips_(size.threads) {}
  static std::string_view role(unsigned which) { return which == 0 ? "impatient" : "party"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < operations_; ++i) {
      const bool passed = passes([&] {
        if (role == 0)
          barrier_.arrive_and_wait_for(std::chrono::microseconds(20));
        else
          barrier_.arrive_and_wait();
      });
      if (!passed) return;
      ++trips_[role];
    }
  }
  void after() {
    for (const unsigned passed : trips_)
      sync::check(passed == trips_[0], "some parties passed a trip that was broken for others");
    sync::check(barrier_.broken() == (trips_[0] < operations_), "broken() disagrees with what the parties were told");
  }

 private:
  unsigned operations_;
  B barrier_;
  std::vector<unsigned> trips_;
};

/// A reset comes at any moment of the one trip. Each party tries until it has passed; they pass together.
template <class B>
class reset_begins_anew {
 public:
  explicit reset_begins_anew(harness::shape size) : barrier_(size.threads - 1), arrived_(size.threads) {
    for (auto& one : arrived_) one.set(false);
    arrived_[0].set(true);
  }
  static std::string_view role(unsigned which) { return which == 0 ? "resetter" : "party"; }

  void thread(unsigned role) {
    if (role == 0) {
      barrier_.reset();
      return;
    }
    arrived_[role].set(true);
    const auto wait = [this] { barrier_.arrive_and_wait(); };
    const bool passed = passes(wait) || passes(wait);
    sync::check(passed, "the barrier is broken after reset()");
    for (auto& one : arrived_) sync::check(one.get(), "a party passed before all had arrived");
  }
  void after() { sync::check(!barrier_.broken(), "the barrier is broken after reset()"); }

 private:
  B barrier_;
  std::vector<sync::var<bool>> arrived_;
};

template <class B>
concept shrinking_barrier = requires(B& barrier) {
  { barrier.arrive_and_drop() } -> std::same_as<void>;
  { barrier.parties() } -> std::same_as<unsigned>;
};

/// One party leaves at any moment of the second trip. Nobody passes that before, and nobody waits for it afterwards.
template <class B>
class a_drop_is_an_arrival {
 public:
  explicit a_drop_is_an_arrival(harness::shape size) : size_(size), barrier_(size.threads) {}
  static std::string_view role(unsigned which) { return which == 0 ? "leaver" : "party"; }

  void thread(unsigned role) {
    barrier_.arrive_and_wait();
    if (role == 0) {
      farewell_.set(42);
      barrier_.arrive_and_drop();
      return;
    }
    for (unsigned i = 0; i < size_.operations; ++i) {
      barrier_.arrive_and_wait();
      sync::check(farewell_.get() == 42, "what came before arrive_and_drop() is not visible to those who passed");
    }
  }
  void after() {
    sync::check(barrier_.parties() == size_.threads - 1, "parties() counts one that left");
    sync::check(!barrier_.broken() && barrier_.waiting() == 0, "a drop left the barrier broken, or a party waiting");
  }

 private:
  harness::shape size_;
  B barrier_;
  sync::var<int> farewell_;
};

template <class B>
class destroyed_after_last_wait {
 public:
  explicit destroyed_after_last_wait(harness::shape size) : size_(size), rounds_(size.operations) {}
  static bool alike(unsigned, unsigned) { return true; }

  void before() {
    for (auto& one : rounds_) one = sync::make<round>(size_.threads);
  }

  void thread(unsigned) {
    for (round* const one : rounds_) {
      one->barrier.arrive_and_wait();
      // acq_rel [last]: pairs with the other parties' fetch_sub of left; carries that their waits have returned.
      if (one->left.fetch_sub(1, std::memory_order_acq_rel) == 1) sync::destroy(one);
    }
  }

 private:
  struct round {
    explicit round(unsigned parties) : barrier(parties), left(parties) {}
    B barrier;
    sync::atomic<unsigned> left;
  };

  harness::shape size_;
  std::vector<round*> rounds_;
};

template <class B>
void describe(harness::contract& made) {
  constexpr bool has_wait = requires(B& barrier, std::chrono::microseconds duration) {
    { barrier.arrive_and_wait() } -> std::same_as<unsigned>;
    { barrier.arrive_and_wait_for(duration) } -> std::same_as<unsigned>;
  };
  constexpr bool has_abort = requires(B& barrier) {
    barrier.abort();
    barrier.reset();
  };
  constexpr bool has_state = requires(B& barrier) {
    { barrier.broken() } -> std::same_as<bool>;
    { barrier.waiting() } -> std::same_as<unsigned>;
  };
  constexpr bool has_constructors =
      std::constructible_from<B, unsigned> && std::constructible_from<B, unsigned, std::function<void()>>;
  static_assert(has_constructors, "gauntlet: kind barrier needs `explicit B(unsigned, std::function<void()> = {})`");
  static_assert(!std::copy_constructible<B>, "gauntlet: a barrier must not be copyable; delete its copy constructor");
  static_assert(has_wait,
                "gauntlet: kind barrier needs `unsigned arrive_and_wait()` and `arrive_and_wait_for(duration)`");
  static_assert(has_abort, "gauntlet: kind barrier needs `void abort()` and `void reset()`");
  static_assert(has_state, "gauntlet: kind barrier needs `bool broken()` and `unsigned waiting()`");

  if constexpr (has_constructors && has_wait && has_abort && has_state) {
    made.add<lock_step<B>>("lock_step", "Nobody passes before all have arrived; each index is given once.",
                           {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<action_runs_once_before_release<B>>("action_runs_once_before_release",
                                                 "The action runs once a trip, before anybody passes.",
                                                 {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<action_that_throws_breaks<B>>("action_that_throws_breaks",
                                           "If the action throws, one party gets that, and the others broken_barrier.",
                                           {.model = {{2, 1}, {3, 1}}, .native = {4, 1}});
    made.add<abort_lets_nobody_pass<B>>("abort_lets_nobody_pass", "abort() breaks the barrier for all, now and later.",
                                        {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 5}});
    made.add<timeout_races_with_last_arrival<B>>("timeout_races_with_last_arrival",
                                                 "A time-out breaks the barrier for all, or for none.",
                                                 {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 10}});
    made.add<reset_begins_anew<B>>("reset_begins_anew", "reset() sends away who waits; then the barrier works.",
                                   {.model = {{2, 1}, {3, 1}}, .native = {4, 1}});
    made.add<harness::linearizability<B, barrier_specification<B>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
    made.add<destroyed_after_last_wait<B>>("destroyed_after_last_wait", "The last to pass may destroy the barrier.",
                                           {.model = {{2, 1}, {3, 1}}, .native = {4, 10}});
    if constexpr (shrinking_barrier<B>)
      made.add<a_drop_is_an_arrival<B>>("a_drop_is_an_arrival",
                                        "A party that drops is waited for once more, and then never.",
                                        {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
  }
}

}  // namespace gauntlet::contracts
