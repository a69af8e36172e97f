#pragma once
/// What every once promises.
///
/// A once is default-constructed, never copied, and has `void call(function)`, as std::call_once: the function runs to
/// the end once, whoever brought it, and a call returns when that has happened. A function that throws has not run.

#include <concepts>
#include <functional>
#include <stdexcept>
#include <vector>

#include "harness/collision.hpp"
#include "harness/scenario.hpp"
#include "primitives/once/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// What a once makes: plain data, without a lock.
struct treasure {
  sync::var<unsigned> runs{0};
  sync::var<int> value{0};

  void make() {
    runs.set(runs.get() + 1);
    value.set(42);
  }
  void check_made() {
    sync::check(value.get() == 42, "a call returned before the function had run, or what it did is not visible");
    sync::check(runs.get() == 1, "the function did not run once");
  }
};

/// Each call is followed by a second one, which finds that all is done.
template <class O>
class runs_once {
 public:
  explicit runs_once(harness::shape size) : rounds_(size.operations) {}
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned) {
    for (round& one : rounds_)
      for (int twice = 0; twice < 2; ++twice) {
        one.first.call([&] { one.made.make(); });
        one.made.check_made();
      }
  }

 private:
  struct round {
    O first;
    treasure made;
  };
  std::vector<round> rounds_;
};

/// The first function to run throws; its caller comes again.
template <class O>
class exception_lets_the_next_run {
 public:
  explicit exception_lets_the_next_run(harness::shape size) : rounds_(size.operations) {
    for (round& one : rounds_) one.threw.resize(size.threads);
  }
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned role) {
    for (round& one : rounds_) {
      try {
        attempt(one);
      } catch (const std::domain_error&) {
        one.threw[role] = 1;
      }
      if (one.threw[role] != 0) attempt(one);
      one.made.check_made();
    }
  }
  void after() {
    for (const round& one : rounds_) {
      int all = 0;
      for (const char threw : one.threw) all += threw;
      sync::check(all == 1, "not one caller alone got the exception");
    }
  }

 private:
  struct round {
    O first;
    sync::var<bool> tried{false};
    treasure made;
    std::vector<char> threw;
  };

  static void attempt(round& one) {
    one.first.call([&] {
      if (!one.tried.get()) {
        one.tried.set(true);
        throw std::domain_error("from the function");
      }
      one.made.make();
    });
  }

  std::vector<round> rounds_;
};

/// All throw, one after the other (gcc 66146: the second hung). Each sees what those before it did.
template <class O>
class every_function_throws {
 public:
  explicit every_function_throws(harness::shape size) : threads_(size.threads), threw_(size.threads) {}
  static bool alike(unsigned, unsigned) { return true; }

  void thread(unsigned role) {
    try {
      once_.call([this] {
        runs_.set(runs_.get() + 1);
        throw std::domain_error("from the function");
      });
    } catch (const std::domain_error&) {
      threw_[role] = 1;
    }
  }
  void after() {
    for (const char threw : threw_) sync::check(threw == 1, "a call returned, though every function threw");
    sync::check(runs_.get() == threads_, "not every function ran");
    bool ran = false;
    once_.call([&] { ran = true; });
    sync::check(ran, "a once whose functions all threw is done");
  }

 private:
  unsigned threads_;
  O once_;
  sync::var<unsigned> runs_{0};
  std::vector<char> threw_;
};

template <class O>
harness::program two_calls() {
  using of = once_specification<O>;
  return {.roles = {{{of::call}}, {{of::call}}}, .last = {{of::call}}};
}

template <class O>
harness::program one_throws() {
  using of = once_specification<O>;
  return {.roles = {{{of::call_throwing}}, {{of::call}}}, .last = {{of::call}}, .results = {of::threw, 0, 1}};
}

template <class O>
void describe(harness::contract& made) {
  constexpr bool has_call = requires(O& tested, std::function<void()> function) {
    { tested.call(function) } -> std::same_as<void>;
  };
  static_assert(std::default_initializable<O>, "gauntlet: a once needs a public constructor without arguments");
  static_assert(!std::copy_constructible<O>, "gauntlet: a once must not be copyable; delete its copy constructor");
  static_assert(has_call, "gauntlet: kind once needs `void call(function)`");

  if constexpr (std::default_initializable<O> && has_call) {
    made.add<runs_once<O>>("runs_once", "One function runs, and all see what it did.",
                           {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<exception_lets_the_next_run<O>>("exception_lets_the_next_run",
                                             "A function that throws has not run: the next call runs its own.",
                                             {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 10}});
    harness::add_collision<O, once_specification<O>, &two_calls<O>>(made, "two_calls", "Of two functions one runs.");
    harness::add_collision<O, once_specification<O>, &one_throws<O>>(
        made, "one_throws", "A function that throws has not run, and one that has run is the last.");
    made.add<harness::linearizability<O, once_specification<O>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
    made.add<every_function_throws<O>>("every_function_throws", "Each call whose function throws gets its exception.",
                                       {.model = {{2, 1}, {3, 1}}, .native = {4, 1}});
  }
}

}  // namespace gauntlet::contracts
