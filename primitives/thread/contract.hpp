#pragma once
/// What every thread promises.
///
/// A thread is constructed with what it runs, never copied, and has `void start()`, `void join()`,
/// `bool join_for(duration)`, which tells whether the thread has ended, and `bool is_alive()`. What it promises beyond
/// that, it claims:
///   `static constexpr bool misuse_is_checked`      starting twice and joining before start() throw std::logic_error,
///                                                  joining oneself std::system_error
///   `static constexpr bool joins_at_destruction`   the destructor joins
///   `class group`                                  constructed first argument of a thread; `active_count()`,
///                                                  `enumerate()`, `set_excepthook(function)`; its end waits for all
///   a third argument `{.daemon = true}`            the thread outlives its handle

#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/sync.hpp"
#include "primitives/thread/specification.hpp"
#include "primitives/thread/workshop.hpp"

namespace gauntlet::contracts {

template <class T>
concept daemonic_thread = requires(typename T::group& group) { T(group, [] {}, {.daemon = true}); };

template <class T>
concept checked_thread = requires { requires T::misuse_is_checked; };

template <class T>
concept joining_thread = requires { requires T::joins_at_destruction; };

/// What a thread is given, and what it leaves behind.
class errand {
 public:
  void give() { argument_.set(41); }
  void run() { result_.set(argument_.get() + 1); }
  void expect_result() const { sync::check(result_.get() == 42, "what the thread did is not visible when it is over"); }

 private:
  sync::var<int> argument_;
  sync::var<int> result_;
};

// The ways to learn that a thread is over.
template <class T>
void join(T& runner) {
  runner.join();
}
template <class T>
void poll(T& runner) {
  sync::spin_until([&] { return !runner.is_alive(); });
}
/// Who timed out joins once more, for as long as it takes.
template <class T>
void join_impatiently(T& runner) {
  if (!runner.join_for(std::chrono::microseconds(20))) runner.join();
}

/// Each role sends threads on errands, one after the other.
template <class T, void (*await_end)(T&)>
class end_publishes {
 public:
  explicit end_publishes(harness::shape size) : size_(size) {}

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      errand sent;
      T runner = workshop_.make([&sent] { sent.run(); });
      sent.give();
      runner.start();
      await_end(runner);
      sent.expect_result();
      sync::check(!runner.is_alive(), "a thread that is over is alive");
      sync::check(runner.join_for(std::chrono::seconds(0)), "join_for() does not see that the thread is over");
    }
  }

 private:
  harness::shape size_;
  workshop<T> workshop_;
};

/// One starts the thread, everybody joins it.
template <class T>
class many_joiners {
 public:
  explicit many_joiners(harness::shape) : runner_(workshop_.make([this] { sent_.run(); })) {}
  static std::string_view role(unsigned which) { return which == 0 ? "starter" : "joiner"; }

  void thread(unsigned role) {
    if (role == 0) {
      sent_.give();
      runner_.start();
      // release [started]: pairs with the other joiners' acquire of started_; carries that start() has returned.
      started_.store(true, std::memory_order_release);
    } else {
      // acquire [started]: pairs with the starter's release of started_; carries that start() has returned.
      sync::spin_until([this] { return started_.load(std::memory_order_acquire); });
    }
    if (role % 2 == 0 || !runner_.join_for(std::chrono::microseconds(20))) runner_.join();
    sent_.expect_result();
  }

 private:
  workshop<T> workshop_;
  errand sent_;
  T runner_;
  sync::atomic<bool> started_{false};
};

/// The thread ends only when everybody else waits for it.
template <class T>
class joiners_are_woken {
 public:
  explicit joiners_are_woken(harness::shape size)
      : threads_(size.threads), runner_(workshop_.make([this] { run(); })) {}
  static std::string_view role(unsigned which) { return which == 0 ? "starter" : "joiner"; }

  void thread(unsigned role) {
    if (role == 0) {
      runner_.start();
      // release [started]: pairs with the joiners' acquire of started_; carries that start() has returned.
      started_.store(true, std::memory_order_release);
    } else {
      // acquire [started]: pairs with the starter's release of started_; carries that start() has returned.
      sync::spin_until([this] { return started_.load(std::memory_order_acquire); });
      runner_.join();
      sync::check(ended_.get(), "join() returned before the thread's end");
    }
  }

 private:
  void run() {
    // acquire [started]: pairs with the starter's release of started_.
    sync::spin_until([this] { return started_.load(std::memory_order_acquire); });
    for (unsigned joiner = 1; joiner < threads_; ++joiner) harness::until_blocked(joiner);
    ended_.set(true);
  }

  unsigned threads_;
  workshop<T> workshop_;
  sync::var<bool> ended_{false};
  sync::atomic<bool> started_{false};
  T runner_;
};

template <class T>
class destruction_joins {
 public:
  explicit destruction_joins(harness::shape size) : size_(size) {}

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      errand sent;
      sent.give();
      {
        T runner = workshop_.make([&sent] { sent.run(); });
        runner.start();
      }
      sent.expect_result();
    }
  }

 private:
  harness::shape size_;
  workshop<T> workshop_;
};

/// Everybody starts the one thread.
template <class T>
class started_once {
 public:
  explicit started_once(harness::shape size)
      : started_(size.threads), runner_(workshop_.make([this] { runs_.set(runs_.get() + 1); })) {}

  void thread(unsigned role) {
    try {
      runner_.start();
      started_[role] = 1;
    } catch (const std::logic_error&) {
      return;
    }
    runner_.join();
  }
  void after() {
    int all = 0;
    for (const int mine : started_) all += mine;
    sync::check(all == 1, "start() succeeded more than once, or never");
    sync::check(runs_.get() == 1, "the target did not run once");
  }

 private:
  workshop<T> workshop_;
  std::vector<int> started_;
  sync::var<int> runs_{0};
  T runner_;
};

/// The thread joins itself while others join it.
template <class T>
class joining_oneself {
 public:
  explicit joining_oneself(harness::shape) : runner_(workshop_.make([this] { join_myself(); })) {}

  void thread(unsigned) {
    runner_.start();
    runner_.join();
    sync::check(refused_.get(), "a thread joined itself");
  }

 private:
  void join_myself() {
    bool refused = false;
    try {
      runner_.join();
    } catch (const std::system_error& error) {
      refused = error.code() == std::errc::resource_deadlock_would_occur;
    }
    refused_.set(refused);
  }

  workshop<T> workshop_;
  sync::var<bool> refused_;
  T runner_;
};

/// Everybody sends a thread that fails; the hook hears of each, and the end comes all the same. Every second role
/// polls, for is_alive() may tell the end before a join does.
template <class T>
class failures_are_told {
 public:
  explicit failures_are_told(harness::shape size) : heard_(size.threads) {
    workshop_.group.set_excepthook([this](const auto& what) { hear(what.exception); });
  }

  void thread(unsigned role) {
    T runner = workshop_.make([role] { throw role; });
    runner.start();
    role % 2 == 0 ? poll(runner) : runner.join();
    sync::check(heard_[role].get() == 1, "the excepthook was not told before the end, or what it did is not visible");
  }

 private:
  void hear(const std::exception_ptr& failure) {
    unsigned role = 0;
    try {
      std::rethrow_exception(failure);
    } catch (const unsigned thrown) {
      role = thrown;
    }
    heard_.at(role).set(1);
  }

  std::vector<sync::var<int>> heard_;
  workshop<T> workshop_;
};

/// Everybody sends a thread, and looks for it in the group, which the others change meanwhile.
template <class T>
class group_counts_the_living {
 public:
  explicit group_counts_the_living(harness::shape size) : size_(size) {}

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      bool listed = false;
      T runner = workshop_.make([&] { listed = lists(sync::this_thread()); });
      runner.start();
      role % 2 == 0 ? poll(runner) : runner.join();
      sync::check(listed, "enumerate() leaves out a thread that runs");
      sync::check(!lists(runner.ident()), "enumerate() lists a thread that has ended");
    }
  }
  void after() { sync::check(workshop_.group.active_count() == 0, "active_count() counts threads that were joined"); }

 private:
  bool lists(sync::thread_id ident) const {
    for (const auto& each : workshop_.group.enumerate())
      if (each.ident == ident) return true;
    return false;
  }

  harness::shape size_;
  workshop<T> workshop_;
};

/// Each role lets daemons go, and ends their group, which waits for them.
template <class T>
class daemons_outlive_their_handles {
 public:
  explicit daemons_outlive_their_handles(harness::shape size) : size_(size) {}

  void thread(unsigned) {
    std::vector<errand> sent(size_.operations);
    {
      typename T::group group;
      for (errand& each : sent) {
        each.give();
        T daemon(group, [&each] { each.run(); }, {.daemon = true});
        daemon.start();
      }
    }
    for (const errand& each : sent) each.expect_result();
  }

 private:
  harness::shape size_;
};

template <class T>
void describe(harness::contract& made) {
  constexpr bool has_start = requires(T& thread) {
    { thread.start() } -> std::same_as<void>;
  };
  constexpr bool has_join = requires(T& thread) {
    { thread.join() } -> std::same_as<void>;
  };
  constexpr bool has_join_for = requires(T& thread, std::chrono::microseconds duration) {
    { thread.join_for(duration) } -> std::same_as<bool>;
  };
  constexpr bool has_is_alive = requires(const T& thread) {
    { thread.is_alive() } -> std::same_as<bool>;
  };
  using target = std::function<void()>;
  static_assert(std::constructible_from<T, target>, "gauntlet: a thread needs a constructor that takes what it runs");
  static_assert(!std::copy_constructible<T>, "gauntlet: a thread must not be copyable; delete its copy constructor");
  static_assert(has_start, "gauntlet: kind thread needs `void start()`");
  static_assert(has_join, "gauntlet: kind thread needs `void join()`");
  static_assert(has_join_for, "gauntlet: kind thread needs `bool join_for(duration)`");
  static_assert(has_is_alive, "gauntlet: kind thread needs `bool is_alive() const`");

  if constexpr (std::constructible_from<T, target> && has_start && has_join && has_join_for && has_is_alive) {
    made.add<end_publishes<T, join<T>>>("join_publishes",
                                        "The thread sees what came before start(), join() what it did.",
                                        {.model = {{1, 1, 1}, {2, 1, 2}, {1, 2, 2}}, .native = {2, 4, 8}});
    made.add<end_publishes<T, poll<T>>>("is_alive_publishes", "Who sees the thread dead sees all that it did.",
                                        {.model = {{1, 1, 1}, {2, 1, 2}}, .native = {2, 4, 8}});
    made.add<end_publishes<T, join_impatiently<T>>>(
        "timeout_races_with_end", "A join that times out may be made again; one that doesn't saw the end.",
        {.model = {{1, 1, 1}, {2, 1, 2}}, .native = {2, 4, 8}});
    made.add<many_joiners<T>>("many_joiners", "Several threads may join one, and each sees what it did.",
                              {.model = {{2, 1, 1}, {3, 1, 1}}, .native = {4, 1, 1}});
    made.add<joiners_are_woken<T>>("joiners_are_woken", "The thread's end wakes everybody who waits for it.",
                                   {.model = {{2, 1, 1}, {3, 1, 1}}, .native = {4, 1, 1}});
    if constexpr (joining_thread<T>)
      made.add<destruction_joins<T>>("destruction_joins", "Destroying the handle waits for the thread.",
                                     {.model = {{1, 1, 1}, {2, 1, 2}}, .native = {2, 4, 8}});
    if constexpr (checked_thread<T>) {
      made.add<started_once<T>>("started_once", "Of those who start one thread one succeeds, the others get an error.",
                                {.model = {{2, 1, 1}, {3, 1, 1}}, .native = {4, 1, 1}});
      made.add<harness::linearizability<typename thread_specification<T>::object, thread_specification<T>>>(
          "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
          {.model = {{2, 1, 1}, {2, 2, 1}}, .native = {3, 3, 1}});
      made.add<joining_oneself<T>>("joining_oneself", "A thread that joins itself gets an error, and may be joined.",
                                   {.model = {{1, 1, 1}}, .native = {1, 1, 1}});
    }
    if constexpr (daemonic_thread<T>)
      made.add<daemons_outlive_their_handles<T>>("daemons_outlive_their_handles",
                                                 "A daemon runs on without its handle, and its group waits for it.",
                                                 {.model = {{1, 1, 1}, {2, 1, 2}, {1, 2, 2}}, .native = {2, 4, 8}});
    if constexpr (grouped_thread<T>) {
      made.add<failures_are_told<T>>("failures_are_told",
                                     "The excepthook is told before the thread is seen to be over.",
                                     {.model = {{1, 1, 1}, {2, 1, 2}}, .native = {4, 1, 4}});
      made.add<group_counts_the_living<T>>("group_counts_the_living",
                                           "A group lists a thread while it runs, and not when it is over.",
                                           {.model = {{1, 1, 1}, {2, 1, 2}}, .native = {2, 4, 8}});
    }
  }
}

}  // namespace gauntlet::contracts
