#pragma once
/// What every thread-local value promises.
///
/// It is a class template, `V<T>`, constructed without arguments or with the function that makes a thread's value,
/// never copied, and has `T& get()`, `void set(T)`, `bool has_value()` and `void reset()`, all for the calling thread.

#include <concepts>
#include <functional>
#include <string_view>
#include <utility>

#include "harness/scenario.hpp"
#include "primitives/sync.hpp"
#include "primitives/thread_local_value/specification.hpp"

namespace gauntlet::contracts {

/// What the scenarios keep for each thread: a number that says whose it is, and a count of those that live. Living
/// values are counted by moves, too.
class tenant {
 public:
  using census = sync::atomic<int>;

  tenant() = default;
  tenant(int owner, census* living) : owner_(owner), living_(living) { count(1); }
  tenant(tenant&& other) noexcept
      : owner_(std::exchange(other.owner_, 0)), living_(std::exchange(other.living_, nullptr)) {}
  tenant& operator=(tenant&& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(living_, other.living_);
    return *this;
  }
  ~tenant() { count(-1); }

  int owner() const { return owner_; }

  static int living(const census& where) {
    // relaxed: ordered by the join, or the end of the scenario's threads.
    return where.load(std::memory_order_relaxed);
  }

 private:
  void count(int by) {
    // relaxed: a statistic.
    if (living_ != nullptr) living_->fetch_add(by, std::memory_order_relaxed);
  }

  int owner_ = 0;
  census* living_ = nullptr;
};

template <template <class...> class V>
class values_are_apart {
 public:
  explicit values_are_apart(harness::shape size) : size_(size) {}

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      const int mine = static_cast<int>(i * size_.threads + role) + 1;
      sync::check(i > 0 || !value_.has_value(), "a thread that did nothing yet has a value");
      value_.set(mine);
      sync::check(value_.get() == mine, "a thread sees a value that it did not set");
      value_.get() += 1'000;
      sync::check(value_.has_value() && value_.get() == mine + 1'000, "a thread's value changed under it");
    }
  }

 private:
  harness::shape size_;
  V<int> value_;
};

/// Each thread's first get() makes a value; the numbers say how many were made.
template <template <class...> class V>
class made_once_for_each {
 public:
  explicit made_once_for_each(harness::shape size) : size_(size), value_([this] { return next(); }) {}

  void thread(unsigned) {
    const int first = value_.get();
    for (unsigned i = 0; i < size_.operations; ++i)
      sync::check(value_.get() == first, "a second get() gave another value than the first");
  }
  void after() {
    // relaxed: ordered by the end of the scenario's threads.
    sync::check(made_.load(std::memory_order_relaxed) == static_cast<int>(size_.threads),
                "the number of values is not that of the threads");
  }

 private:
  int next() {
    // relaxed: carries no data; being unique is all.
    return made_.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  harness::shape size_;
  sync::atomic<int> made_{0};
  V<int> value_;
};

/// Each role keeps a value while it sends threads, one after the other, that have values of their own.
template <template <class...> class V>
class gone_with_its_thread {
 public:
  explicit gone_with_its_thread(harness::shape size) : size_(size) {}
  static std::string_view role(unsigned) { return "sender"; }

  void thread(unsigned role) {
    const int mine = static_cast<int>(role) + 1;
    value_.set(tenant(mine, &living_));
    for (unsigned i = 0; i < size_.operations; ++i) {
      tenant::census sent{0};
      sync::thread visitor([this, &sent] {
        sync::check(!value_.has_value(), "a new thread has a value");
        value_.set(tenant(-1, &sent));
        sync::check(value_.get().owner() == -1, "a thread sees a value that it did not set");
      });
      visitor.join();
      sync::check(tenant::living(sent) == 0, "a value outlives its thread");
      sync::check(value_.get().owner() == mine, "a value went with another thread");
    }
    value_.reset();
    sync::check(!value_.has_value(), "reset() leaves a value");
  }
  void after() { sync::check(tenant::living(living_) == 0, "reset() does not destroy the value"); }

 private:
  harness::shape size_;
  tenant::census living_{0};
  V<tenant> value_;
};

/// Objects follow each other in the same storage, each with a value.
template <template <class...> class V>
class storage_begins_afresh {
 public:
  explicit storage_begins_afresh(harness::shape size) : size_(size) {}

  void thread(unsigned role) {
    tenant::census living{0};
    for (unsigned i = 0; i <= size_.operations; ++i) {
      auto* const value = sync::make<V<tenant>>();
      sync::check(!value->has_value(), "a new object has the value of a dead one");
      value->set(tenant(static_cast<int>(role), &living));
      sync::check(tenant::living(living) == 1, "a value was lost");
      sync::destroy(value);
      sync::check(tenant::living(living) == 0, "a value outlives the object that held it");
    }
  }

 private:
  harness::shape size_;
};

template <template <class...> class V>
void describe(harness::contract& made) {
  using ints = V<int>;
  constexpr bool has_get = requires(ints& value) {
    { value.get() } -> std::same_as<int&>;
  };
  constexpr bool has_set = requires(ints& value) {
    { value.set(1) } -> std::same_as<void>;
  };
  constexpr bool has_has_value = requires(ints& value) {
    { value.has_value() } -> std::same_as<bool>;
  };
  constexpr bool has_reset = requires(ints& value) {
    { value.reset() } -> std::same_as<void>;
  };
  using maker = std::function<int()>;
  static_assert(
      std::default_initializable<ints> && std::constructible_from<ints, maker>,
      "gauntlet: a thread_local_value is constructed without arguments, or with a function that makes values");
  static_assert(!std::copy_constructible<ints>, "gauntlet: a thread_local_value must not be copyable");
  static_assert(has_get, "gauntlet: kind thread_local_value needs `T& get()`");
  static_assert(has_set, "gauntlet: kind thread_local_value needs `void set(T)`");
  static_assert(has_has_value, "gauntlet: kind thread_local_value needs `bool has_value()`");
  static_assert(has_reset, "gauntlet: kind thread_local_value needs `void reset()`");

  if constexpr (std::default_initializable<ints> && std::constructible_from<ints, maker> && has_get && has_set &&
                has_has_value && has_reset) {
    made.add<values_are_apart<V>>("values_are_apart", "A thread sees what it set itself, and nothing else.",
                                  {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<made_once_for_each<V>>("made_once_for_each", "Each thread's first get() makes one value.",
                                    {.model = {{2, 1}, {3, 1}}, .native = {4, 20}});
    made.add<gone_with_its_thread<V>>("gone_with_its_thread", "A value goes with its thread, and with no other.",
                                      {.model = {{1, 1, 1}, {2, 1, 2}, {1, 2, 2}}, .native = {2, 4, 8}});
    made.add<harness::linearizability<V<int>, thread_local_value_specification<V>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 3}}, .native = {4, 10}});
    made.add<storage_begins_afresh<V>>("storage_begins_afresh", "A new object has no values, wherever it lies.",
                                       {.model = {{2, 1}, {2, 2}}, .native = {4, 5}});
  }
}

}  // namespace gauntlet::contracts
