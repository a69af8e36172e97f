#pragma once
/// What every timer promises.
///
/// A timer is constructed with an interval and what runs then, never copied, and has `void start()`, `bool cancel()`,
/// which tells whether this call is why the function will not run, `void join()` and `bool is_alive()`. Destroying it
/// cancels it. A timer with `class group` takes one as its constructor's first argument.

#include <chrono>
#include <concepts>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/sync.hpp"
#include "primitives/timer/clockwork.hpp"
#include "primitives/timer/specification.hpp"

namespace gauntlet::contracts {

/// Soon enough that the function and whatever races with it meet.
inline constexpr std::chrono::microseconds soon(20);

template <class T>
class fires_once {
 public:
  explicit fires_once(harness::shape size) : size_(size) {}

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      sync::var<int> count;
      T tested = clockwork_.make(i % 2 == 0 ? soon : std::chrono::microseconds(0), [&] { count.set(count.get() + 1); });
      count.set(0);
      tested.start();
      tested.join();
      sync::check(count.get() == 1, "the function did not run once, or what it did is not visible after join()");
      sync::check(!tested.cancel(), "cancel() claims to have prevented what has happened");
    }
  }

 private:
  harness::shape size_;
  clockwork<T> clockwork_;
};

/// Everybody cancels the timer that the first role started: one of them succeeds, or the function runs.
template <class T>
class cancelled_or_fired {
 public:
  explicit cancelled_or_fired(harness::shape size)
      : timer_(clockwork_.make(soon, [this] { runs_.set(runs_.get() + 1); })), cancelled_(size.threads) {}
  static std::string_view role(unsigned which) { return which == 0 ? "starter" : "canceller"; }

  void thread(unsigned role) {
    if (role == 0) timer_.start();
    cancelled_[role] = timer_.cancel() ? 1 : 0;
    if (role == 0) timer_.join();
  }
  void after() {
    int outcomes = runs_.get();
    for (const int mine : cancelled_) outcomes += mine;
    sync::check(outcomes == 1, "cancel() returned true and the function ran, or neither, or one of them twice");
  }

 private:
  clockwork<T> clockwork_;
  sync::var<int> runs_{0};
  T timer_;
  std::vector<int> cancelled_;
};

/// The canceller goes on as if the function did not run, where it was told so.
template <class T>
class never_after_cancel {
 public:
  explicit never_after_cancel(harness::shape size) : size_(size) {}

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      sync::var<int> resource{1};
      T tested = clockwork_.make(soon, [&] { resource.set(resource.get() + 1); });
      tested.start();
      const bool cancelled = tested.cancel();
      if (cancelled) resource.set(0);
      tested.join();
      sync::check(resource.get() == (cancelled ? 0 : 2), "the function ran though cancel() returned true, or never");
    }
  }

 private:
  harness::shape size_;
  clockwork<T> clockwork_;
};

template <class T>
class cancelled_before_start {
 public:
  explicit cancelled_before_start(harness::shape size) : size_(size) {}

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      sync::var<int> runs{0};
      T tested = clockwork_.make(soon, [&] { runs.set(1); });
      sync::check(tested.cancel(), "the first cancel() of an idle timer returned false");
      sync::check(!tested.cancel(), "two calls of cancel() prevented one run");
      tested.start();
      tested.join();
      sync::check(runs.get() == 0, "a timer that was cancelled before its start fired");
    }
  }

 private:
  harness::shape size_;
  clockwork<T> clockwork_;
};

/// When the timer is gone its function runs no more.
template <class T>
class destruction_ends_it {
 public:
  explicit destruction_ends_it(harness::shape size) : size_(size) {}

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      sync::var<int> runs{0};
      {
        T tested = clockwork_.make(soon, [&] { runs.set(runs.get() + 1); });
        tested.start();
      }
      sync::check(runs.get() <= 1, "the function ran twice");
    }
  }

 private:
  harness::shape size_;
  clockwork<T> clockwork_;
};

template <class T>
void describe(harness::contract& made) {
  constexpr bool has_start = requires(T& timer) {
    { timer.start() } -> std::same_as<void>;
  };
  constexpr bool has_cancel = requires(T& timer) {
    { timer.cancel() } -> std::same_as<bool>;
  };
  constexpr bool has_join = requires(T& timer) {
    { timer.join() } -> std::same_as<void>;
  };
  constexpr bool has_is_alive = requires(const T& timer) {
    { timer.is_alive() } -> std::same_as<bool>;
  };
  constexpr bool is_made = std::constructible_from<T, std::chrono::microseconds, std::function<void()>>;
  static_assert(is_made, "gauntlet: a timer needs a constructor that takes an interval and a function");
  static_assert(!std::copy_constructible<T>, "gauntlet: a timer must not be copyable; delete its copy constructor");
  static_assert(has_start, "gauntlet: kind timer needs `void start()`");
  static_assert(has_cancel, "gauntlet: kind timer needs `bool cancel()`");
  static_assert(has_join, "gauntlet: kind timer needs `void join()`");
  static_assert(has_is_alive, "gauntlet: kind timer needs `bool is_alive() const`");

  if constexpr (is_made && has_start && has_cancel && has_join && has_is_alive) {
    made.add<fires_once<T>>("fires_once", "A timer that nobody cancels runs its function once; join() publishes it.",
                            {.model = {{1, 1, 1}, {2, 1, 2}, {1, 2, 2}}, .native = {2, 4, 8}});
    made.add<cancelled_or_fired<T>>("cancelled_or_fired", "One cancel() succeeds, or the function runs.",
                                    {.model = {{1, 1, 1}, {2, 1, 1}, {3, 1, 1}}, .native = {4, 1, 1}});
    made.add<never_after_cancel<T>>("never_after_cancel", "After a cancel() that returned true nothing runs.",
                                    {.model = {{1, 1, 1}, {2, 1, 2}}, .native = {2, 4, 8}});
    made.add<cancelled_before_start<T>>("cancelled_before_start", "A timer may be cancelled before its start.",
                                        {.model = {{1, 1, 1}, {2, 1, 2}}, .native = {2, 4, 8}});
    made.add<harness::linearizability<typename timer_specification<T>::object, timer_specification<T>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 1, 1}, {2, 2, 1}}, .native = {3, 3, 1}});
    made.add<destruction_ends_it<T>>("destruction_ends_it", "When the timer is gone its function runs no more.",
                                     {.model = {{1, 1, 1}, {2, 1, 2}}, .native = {2, 4, 8}});
  }
}

}  // namespace gauntlet::contracts
