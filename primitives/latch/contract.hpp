#pragma once
/// What every latch promises.
///
/// A latch is made with a count, `explicit L(std::uint32_t expected)`, never copied, and has `void count_down(n = 1)`,
/// `bool try_wait()`, `void wait()`, as std::latch does, and `bool wait_for(duration)`. try_wait() is true whenever the
/// count is zero; std::latch's may fail.

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/collision.hpp"
#include "harness/scenario.hpp"
#include "harness/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// One thread waits for all the others, each of which counts down `operations` times.
template <class L>
class wait_sees_every_count {
 public:
  explicit wait_sees_every_count(harness::shape size)
      : size_(size), latch_((size.threads - 1) * size.operations), pages_((size.threads - 1) * size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "waiter" : "counter"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    if (role == 0) {
      latch_.wait();
      for (auto& page : pages_)
        sync::check(page.get() == 42, "what came before count_down() is not visible after wait()");
      return;
    }
    for (unsigned i = 0; i < size_.operations; ++i) {
      pages_[(role - 1) * size_.operations + i].set(42);
      latch_.count_down();
    }
  }
  void after() { sync::check(latch_.try_wait(), "the count is not zero after as many count_down()"); }

 private:
  harness::shape size_;
  L latch_;
  std::vector<sync::var<int>> pages_;
};

/// Every other waiter asks instead of sleeping.
template <class L>
class zero_lets_everybody_through {
 public:
  explicit zero_lets_everybody_through(harness::shape size) {
    for (unsigned i = 0; i < size.operations; ++i) rounds_.push_back(std::make_unique<round>());
  }
  static std::string_view role(unsigned which) { return which == 0 ? "counter" : "waiter"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0 && one % 2 == other % 2; }

  void thread(unsigned role) {
    for (auto& one : rounds_) {
      if (role == 0) {
        one->text.set(42);
        one->latch.count_down(2);
        continue;
      }
      if (role % 2 == 1)
        one->latch.wait();
      else
        sync::spin_until([&] { return one->latch.try_wait(); });
      sync::check(one->text.get() == 42, "what came before count_down() is not visible to who was let through");
    }
  }

 private:
  struct round {
    L latch{2};
    sync::var<int> text;
  };
  std::vector<std::unique_ptr<round>> rounds_;
};

/// Who timed out waits once more, for as long as it takes.
template <class L>
class timeout_races_with_zero {
 public:
  explicit timeout_races_with_zero(harness::shape size) {
    for (unsigned i = 0; i < size.operations; ++i) rounds_.push_back(std::make_unique<round>());
  }
  static std::string_view role(unsigned which) { return which == 0 ? "counter" : "impatient"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (auto& one : rounds_) {
      if (role == 0) {
        one->latch.count_down();
        one->text.set(42);
        one->latch.count_down();
        continue;
      }
      if (!one->latch.wait_for(std::chrono::microseconds(20))) one->latch.wait();
      sync::check(one->text.get() == 42, "a wait returned before the count was zero");
      sync::check(one->latch.try_wait(), "a wait returned, but the count is not zero");
    }
  }

 private:
  struct round {
    L latch{2};
    sync::var<int> text;
  };
  std::vector<std::unique_ptr<round>> rounds_;
};

/// Everybody counts down, then waits: a meeting. What each did before it is visible to all after it.
template <class L>
class meeting {
 public:
  explicit meeting(harness::shape size) : latch_(size.threads), pages_(size.threads) {}
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned role) {
    pages_[role].set(42);
    latch_.count_down();
    latch_.wait();
    for (auto& page : pages_) sync::check(page.get() == 42, "a wait returned before all had counted down");
  }

 private:
  L latch_;
  std::vector<sync::var<int>> pages_;
};

/// The last waiter destroys the latch while the count_down() that let it through may still be on its way out.
template <class L>
class destroyed_after_last_wait {
 public:
  explicit destroyed_after_last_wait(harness::shape size) : size_(size), rounds_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "counter" : "waiter"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void before() {
    for (auto& one : rounds_) one = sync::make<round>(size_.threads - 1);
  }

  void thread(unsigned role) {
    for (round* const one : rounds_) {
      if (role == 0) {
        one->latch.count_down();
        continue;
      }
      one->latch.wait();
      // acq_rel [last]: pairs with the other waiters' fetch_sub of left; carries that their waits have returned.
      if (one->left.fetch_sub(1, std::memory_order_acq_rel) == 1) sync::destroy(one);
    }
  }

 private:
  struct round {
    explicit round(unsigned waiters) : left(waiters) {}
    L latch{1};
    sync::atomic<unsigned> left;
  };

  harness::shape size_;
  std::vector<round*> rounds_;
};

/// The state is the count. Nobody takes off what is not there: roles 0 and 1 count down once each, and not after they
/// waited; so that role 0 may count for those who won't.
template <class L>
struct latch_specification {
  static constexpr std::string_view operations[] = {"count_down", "try_wait", "wait", "wait_for"};
  enum : unsigned { count_down, try_wait, wait, wait_for };

  static std::unique_ptr<L> create() { return std::make_unique<L>(2); }
  static harness::model_state initial() { return {2}; }
  static std::int64_t argument(unsigned) { return 1; }

  static bool may(unsigned role, const std::vector<harness::recorded>& mine, unsigned operation) {
    const auto counts_or_waits = [](auto& one) { return one.operation == count_down || one.operation == wait; };
    return operation != count_down || (role < 2 && std::ranges::none_of(mine, counts_or_waits));
  }
  static bool blocks(unsigned operation) { return operation == wait; }
  static bool enabled(const harness::model_state& state, const harness::recorded&) { return state[0] == 0; }
  static harness::recorded rescue(const harness::recorded&) { return {.operation = count_down, .argument = 1}; }

  static harness::outcome apply(L& latch, unsigned operation, std::int64_t argument) {
    if (operation == try_wait) return latch.try_wait() ? 1 : 0;
    if (operation == wait_for) return latch.wait_for(std::chrono::microseconds(20)) ? 1 : 0;
    if (operation == wait) latch.wait();
    if (operation == count_down) latch.count_down(static_cast<std::uint32_t>(argument));
    return 1;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.operation != count_down) return (state[0] == 0) == (done.result == 1);
    state[0] -= done.argument;
    return state[0] >= 0;
  }
};

/// Both count down, and look.
template <class L>
harness::program last_counts() {
  using of = latch_specification<L>;
  return {.roles = {{{of::count_down, 1}, {of::try_wait}}, {{of::count_down, 1}, {of::try_wait}}}};
}

template <class L>
void describe(harness::contract& made) {
  constexpr bool has_count_down = requires(L& latch, std::uint32_t n) {
    { latch.count_down() } -> std::same_as<void>;
    { latch.count_down(n) } -> std::same_as<void>;
  };
  constexpr bool has_try_wait = requires(const L& latch) {
    { latch.try_wait() } -> std::same_as<bool>;
  };
  constexpr bool has_wait = requires(L& latch, std::chrono::microseconds duration) {
    { latch.wait() } -> std::same_as<void>;
    { latch.wait_for(duration) } -> std::same_as<bool>;
  };
  static_assert(std::constructible_from<L, std::uint32_t>,
                "gauntlet: kind latch needs a public constructor `explicit L(std::uint32_t expected)`");
  static_assert(!std::copy_constructible<L>, "gauntlet: a latch must not be copyable; delete its copy constructor");
  static_assert(has_count_down, "gauntlet: kind latch needs `void count_down(std::uint32_t n = 1)`");
  static_assert(has_try_wait, "gauntlet: kind latch needs `bool try_wait() const`");
  static_assert(has_wait, "gauntlet: kind latch needs `void wait()` and `bool wait_for(duration)`");

  if constexpr (std::constructible_from<L, std::uint32_t> && has_count_down && has_try_wait && has_wait) {
    made.add<wait_sees_every_count<L>>("wait_sees_every_count", "What came before each count_down() is visible.",
                                       {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 5}});
    made.add<zero_lets_everybody_through<L>>("zero_lets_everybody_through", "At zero all who wait are let through.",
                                             {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 5}});
    made.add<timeout_races_with_zero<L>>("timeout_races_with_zero", "A wait that returns true saw zero.",
                                         {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 5}});
    made.add<meeting<L>>("meeting", "Nobody is let through before all have counted down.",
                         {.model = {{2, 1}, {3, 1}}, .native = {4, 1}});
    made.add<destroyed_after_last_wait<L>>("destroyed_after_last_wait",
                                           "The last to wait may destroy the latch: count_down() doesn't look back.",
                                           {.model = {{2, 1}, {3, 1}}, .native = {4, 10}});
    harness::add_collision<L, latch_specification<L>, &last_counts<L>>(
        made, "last_counts", "Who counts down last sees zero, and nobody does before.");
    made.add<harness::linearizability<L, latch_specification<L>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
  }
}

}  // namespace gauntlet::contracts
