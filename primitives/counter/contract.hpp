#pragma once
/// What every counter promises.
///
/// A counter is constructed with its first value, a std::int64_t, by default 0, never copied, and has
/// `std::int64_t increment()`, `std::int64_t add(std::int64_t)`, which return the value after the call, and
/// `std::int64_t value() const`. Beyond 64 bits it wraps. Each call is visible as a whole, and whoever sees a call
/// counted sees all that its thread did before. One that claims `static constexpr bool lock_free` completes calls
/// however long a thread is suspended within one.

#include <concepts>
#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "harness/collision.hpp"
#include "harness/progress.hpp"
#include "harness/scenario.hpp"
#include "harness/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// Each call's result is one that no other call has: the counter deals numbers.
template <class C>
class no_lost_update {
 public:
  explicit no_lost_update(harness::shape size) : operations_(size.operations), results_(size.threads) {}
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned role) {
    for (unsigned i = 0; i < operations_; ++i) results_[role].push_back(counter_.increment());
  }
  void after() {
    std::set<std::int64_t> seen;
    for (const auto& mine : results_) seen.insert(mine.begin(), mine.end());
    const auto all = results_.size() * operations_;
    sync::check(counter_.value() == static_cast<std::int64_t>(all), "an increment was lost, or counted twice");
    sync::check(seen.size() == all, "two calls of increment() returned the same value");
    sync::check(*seen.begin() == 1 && *seen.rbegin() == counter_.value(), "an increment() returned no value it made");
  }

 private:
  unsigned operations_;
  C counter_;
  std::vector<std::vector<std::int64_t>> results_;
};

/// The writer fills one page after the other, and counts them.
template <class C>
class publication {
 public:
  explicit publication(harness::shape size) : pages_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "writer" : "reader"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0 && one % 2 == other % 2; }

  void thread(unsigned role) {
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      if (role == 0) {
        pages_[i].set(static_cast<int>(i) + 1);
        written_.increment();
        continue;
      }
      const auto written = static_cast<std::size_t>(role % 2 == 1 ? written_.value() : written_.add(0));
      for (std::size_t page = 0; page < written; ++page)
        sync::check(pages_.at(page).get() == static_cast<int>(page) + 1,
                    "what came before increment() is not visible to who saw it counted");
    }
  }

 private:
  std::vector<sync::var<int>> pages_;
  C written_;
};

/// One counts by powers of two, so that every bit of the word moves; the others must see it grow.
template <class C>
class never_goes_back {
 public:
  explicit never_goes_back(harness::shape size) : operations_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "counter" : "reader"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    std::int64_t last = counter_.value();
    for (unsigned i = 0; i < operations_; ++i) {
      const std::int64_t now = role == 0 ? counter_.add(almost_half) : counter_.value();
      sync::check(now >= last, "the value went back though nothing was subtracted");
      last = now;
    }
  }
  void after() { sync::check(counter_.value() == operations_ * almost_half, "an addition was lost"); }

 private:
  /// All but the highest bit of a word's lower half: the second addition carries into the upper one.
  static constexpr std::int64_t almost_half = 0xffffffff;
  unsigned operations_;
  C counter_;
};

/// Reference counting: who brings the counter to zero sees what everybody did, and ends what is counted, counter
/// included.
template <class C>
class last_one_out_destroys {
 public:
  explicit last_one_out_destroys(harness::shape size) : threads_(size.threads), rounds_(size.operations) {}
  static bool alike(unsigned, unsigned) { return true; }

  void before() {
    for (auto& one : rounds_) one = sync::make<room>(threads_);
  }
  void thread(unsigned role) {
    for (room* const one : rounds_) {
      one->marks[role].set(1);
      if (one->inside.add(-1) != 0) continue;
      for (unsigned i = 0; i < threads_; ++i)
        sync::check(one->marks[i].get() == 1, "what a thread did before add() is not visible to the last one");
      sync::destroy(one);
      // relaxed: ordered by the end of the scenario.
      destroyed_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void after() {
    // relaxed: ordered by the end of the scenario.
    sync::check(destroyed_.load(std::memory_order_relaxed) == rounds_.size(), "not just one call returned zero");
  }

 private:
  struct room {
    explicit room(unsigned visitors) : inside(visitors), marks(visitors) {}
    C inside;
    std::vector<sync::var<int>> marks;
  };

  unsigned threads_;
  std::vector<room*> rounds_;
  sync::atomic<std::size_t> destroyed_{0};
};

/// The state is the value. Amounts move the word's lower half, its upper half, or carry from one to the other.
template <class C>
struct counter_specification {
  static constexpr std::string_view operations[] = {"increment", "add", "value"};
  enum : unsigned { increment, add, value };

  static std::unique_ptr<C> create() { return std::make_unique<C>(); }
  static harness::model_state initial() { return {0}; }

  static std::int64_t argument(unsigned operation, unsigned nth) {
    constexpr std::int64_t amounts[] = {0xffffffff, 2, -1, std::int64_t{1} << 32};
    return operation == add ? amounts[nth % 4] : 0;
  }

  static harness::outcome apply(C& counter, unsigned operation, std::int64_t argument) {
    if (operation == add) return counter.add(argument);
    return operation == increment ? counter.increment() : counter.value();
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.operation != value) state[0] += done.operation == add ? done.argument : 1;
    return state[0] == done.result;
  }
};

template <class C>
harness::program two_increments() {
  using of = counter_specification<C>;
  return {.roles = {{{of::increment}, {of::value}}, {{of::increment}, {of::value}}}, .results = {0, 1, 2}};
}

/// The increment carries into the upper half of the number.
template <class C>
harness::program carry_meets_look() {
  using of = counter_specification<C>;
  constexpr std::int64_t below = 0xffffffff;
  return {.first = {{of::add, below}}, .roles = {{{of::increment}}, {{of::value}}}, .results = {below, below + 1}};
}

template <class C>
void describe(harness::contract& made) {
  constexpr bool has_increment = requires(C& counter) {
    { counter.increment() } -> std::same_as<std::int64_t>;
  };
  constexpr bool has_add = requires(C& counter, std::int64_t amount) {
    { counter.add(amount) } -> std::same_as<std::int64_t>;
  };
  constexpr bool has_value = requires(const C& counter) {
    { counter.value() } -> std::same_as<std::int64_t>;
  };
  static_assert(std::default_initializable<C> && std::constructible_from<C, std::int64_t>,
                "gauntlet: a counter needs a public constructor that takes its first value, by default 0");
  static_assert(!std::copy_constructible<C>, "gauntlet: a counter must not be copyable; delete its copy constructor");
  static_assert(has_increment, "gauntlet: kind counter needs `std::int64_t increment()`");
  static_assert(has_add, "gauntlet: kind counter needs `std::int64_t add(std::int64_t)`");
  static_assert(has_value, "gauntlet: kind counter needs `std::int64_t value() const`");

  if constexpr (std::default_initializable<C> && std::constructible_from<C, std::int64_t> && has_increment && has_add &&
                has_value) {
    made.add<no_lost_update<C>>("no_lost_update", "Every increment() counts, and returns the value that it made.",
                                {.model = {{2, 1}, {3, 1}, {2, 2}, {3, 2}}, .native = {4, 50}});
    made.add<publication<C>>("publication", "Who sees a call counted sees all that its thread did before.",
                             {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<never_goes_back<C>>("never_goes_back", "A counter that is only added to is never seen to go back.",
                                 {.model = {{2, 2}, {3, 2}, {2, 3}}, .native = {4, 50}});
    made.add<last_one_out_destroys<C>>("last_one_out_destroys",
                                       "Just one call takes the count to zero, and may end all that is counted.",
                                       {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 10}});
    harness::add_collision<C, counter_specification<C>, &two_increments<C>>(
        made, "two_increments", "Two that count together make two, and each sees its own.");
    harness::add_collision<C, counter_specification<C>, &carry_meets_look<C>>(
        made, "carry_meets_look", "A look sees the number from before an update, or from after it.");
    made.add<harness::linearizability<C, counter_specification<C>>>(
        "linearizability", "Each call takes effect at one point between call and return.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
    if constexpr (requires { requires C::lock_free; })
      made.add<harness::lock_freedom<C, counter_specification<C>>>(
          "lock_freedom", "Wherever one thread is suspended, the others complete what they do.",
          {.model = {}, .native = {4, 20}});
  }
}

}  // namespace gauntlet::contracts
