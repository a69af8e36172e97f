#pragma once
/// What every future promises.
///
/// A future is a class template, `F<T>`, T possibly void, whose objects are handles: default-constructed, copied,
/// compared with == and told apart by hash(). It has `promise_type`, made without arguments, with `get_future()`,
/// `bool set_running()`, `set_result(T)` and `set_exception(std::exception_ptr)`. A future has `result()`,
/// `result_for(duration)`, `exception()`, `bool wait_for(duration)`, `bool cancel()`, `bool cancelled() const`,
/// `bool done() const`, `bool running() const` and `add_done_callback(function)`, as gauntlet::future documents them;
/// and beside it stand `wait(futures, when)` and `as_completed(futures)`, as those of wait.hpp and as_completed.hpp.

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "harness/scenario.hpp"
#include "harness/specification.hpp"
#include "primitives/future/as_completed.hpp"
#include "primitives/future/errand.hpp"
#include "primitives/future/future_state.hpp"
#include "primitives/future/specification.hpp"
#include "primitives/future/wait.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// What the scenarios' timed waits wait for.
inline constexpr std::chrono::microseconds soon{20};

// The ways to learn that a future has its result.
template <class Future>
void learn_result(const Future& outcome) {
  sync::check(outcome.result() == 7, "result() is not what was set");
}
template <class Future>
void learn_exception(const Future& outcome) {
  sync::check(outcome.exception() == nullptr, "exception() of a result is not null");
}
template <class Future>
void poll_done(const Future& outcome) {
  sync::spin_until([&] { return outcome.done(); });
}
/// Who timed out asks once more, for as long as it takes.
template <class Future>
void learn_impatiently(const Future& outcome) {
  bool late = false;
  try {
    sync::check(outcome.result_for(soon) == 7, "result_for() is not what was set");
  } catch (const timeout_error&) {
    late = true;
  }
  if (late) learn_result(outcome);
}

template <template <class> class F, void (*learn)(const F<int>&)>
class outcome_publishes {
 public:
  explicit outcome_publishes(harness::shape size) : errands_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "producer" : "consumer"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (auto& each : errands_) {
      if (role == 0) {
        each.fulfil();
        continue;
      }
      learn(each.outcome);
      each.check_page("what came before the result is not visible to who has learnt of it");
    }
  }

 private:
  std::vector<errand<F>> errands_;
};

/// A runner begins, unless somebody cancels before: the others try that, and use up what the runner would need.
template <template <class> class F>
class cancelled_or_run {
 public:
  explicit cancelled_or_run(harness::shape size) : rounds_(size.operations) {
    for (auto& each : rounds_) each.cancelled.resize(size.threads);
  }
  static std::string_view role(unsigned which) { return which == 0 ? "runner" : "canceller"; }

  void thread(unsigned role) {
    for (auto& each : rounds_) {
      if (role != 0) {
        each.cancelled[role] = each.sent.outcome.cancel() ? 1 : 0;
        continue;
      }
      if (!each.sent.promised.set_running()) continue;
      each.ran.set(true);
      each.sent.fulfil();
    }
  }
  void after() {
    for (auto& each : rounds_) {
      const bool ran = each.ran.get();
      for (std::size_t i = 1; i < each.cancelled.size(); ++i)
        sync::check((each.cancelled[i] == 1) != ran, "cancel() returned true and it ran, or false and it didn't");
      sync::check(each.sent.outcome.cancelled() != ran, "it ran and is cancelled, or neither");
      sync::check(each.sent.outcome.done(), "it is not done");
    }
  }

 private:
  struct round {
    errand<F> sent;
    sync::var<bool> ran{false};
    std::vector<char> cancelled;
  };
  std::vector<round> rounds_;
};

/// A callback is added while the future ends: by its result, or by cancel().
template <template <class> class F>
class callback_called_once {
 public:
  explicit callback_called_once(harness::shape size) : size_(size), rounds_(size.operations) {
    for (auto& each : rounds_) each.calls = std::vector<sync::var<int>>(size.threads);
  }
  static std::string_view role(unsigned which) { return which == 0 ? "ends it" : "adds a callback"; }

  void thread(unsigned role) {
    for (std::size_t i = 0; i < rounds_.size(); ++i) {
      round& now = rounds_[i];
      if (role != 0) {
        now.calls[role].set(0);
        now.sent.outcome.add_done_callback([&now, role](const auto& ended) { now.called(role, ended); });
      } else if (i % 2 == 0) {
        now.sent.fulfil();
      } else {
        now.sent.page.set(42);
        now.sent.outcome.cancel();
      }
    }
  }
  void after() {
    for (auto& each : rounds_)
      for (unsigned role = 1; role < size_.threads; ++role)
        sync::check(each.calls[role].get() == 1, "a callback was not called once");
  }

 private:
  struct round {
    template <class Future>
    void called(unsigned role, const Future& ended) {
      sync::check(ended.done(), "a callback was called before the future was done");
      sent.check_page("what came before the end is not visible to a callback");
      calls[role].set(calls[role].get() + 1);
    }
    errand<F> sent;
    std::vector<sync::var<int>> calls;
  };
  harness::shape size_;
  std::vector<round> rounds_;
};

/// All but the first role fulfil one promise each; the first waits for some of them, then for all.
template <template <class> class F>
class wait_for_several {
 public:
  explicit wait_for_several(harness::shape size) : errands_(size.threads - 1) {}
  static std::string_view role(unsigned which) { return which == 0 ? "waiter" : "producer"; }

  void thread(unsigned role) {
    if (role != 0) return errands_[role - 1].fulfil();
    const auto all = twice_the_first();
    const auto first = wait(all, return_when::first_completed);
    sync::check(!first.done.empty(), "a wait for the first returned before one was done");
    sync::check(first.done.size() + first.not_done.size() == errands_.size(), "a future is missing, or there twice");
    for (std::size_t i = 0; i < errands_.size(); ++i)
      for (const auto& each : first.done) {
        if (each == errands_[i].outcome) errands_[i].check_page("what came before an end is not visible after wait()");
      }
    const auto ended = wait(all, return_when::all_completed);
    sync::check(ended.not_done.empty() && ended.done.size() == errands_.size(),
                "a wait for all returned before all were done");
    for (auto& each : errands_) each.check_page("what came before an end is not visible after wait()");
  }

 private:
  std::vector<F<int>> twice_the_first() const {
    std::vector<F<int>> all{errands_.front().outcome};
    for (const auto& each : errands_) all.push_back(each.outcome);
    return all;
  }

  std::vector<errand<F>> errands_;
};

/// The first role goes through the others' futures in the order in which they are done.
template <template <class> class F>
class each_completed_once {
 public:
  explicit each_completed_once(harness::shape size) : errands_(size.threads - 1) {}
  static std::string_view role(unsigned which) { return which == 0 ? "waiter" : "producer"; }

  void thread(unsigned role) {
    if (role != 0) return errands_[role - 1].fulfil();
    std::vector<F<int>> all;
    for (auto& each : errands_) all.push_back(each.outcome);
    std::size_t given = 0;
    for (const auto& each : as_completed(all)) {
      ++given;
      sync::check(each.done(), "a future was given before it was done");
      for (auto& one : errands_)
        if (one.outcome == each) one.check_page("what came before an end is not visible to who is given the future");
    }
    sync::check(given == errands_.size(), "not each future was given once");
  }

 private:
  std::vector<errand<F>> errands_;
};

/// The promise goes without an outcome, or with one, while the others look: the last handle takes all with it.
template <template <class> class F>
class last_handle {
 public:
  explicit last_handle(harness::shape size) : rounds_(size.operations) {
    for (auto& each : rounds_) {
      each.promised.emplace();
      each.futures.assign(size.threads, each.promised->get_future());
    }
  }
  static std::string_view role(unsigned which) { return which == 0 ? "producer" : "consumer"; }

  void thread(unsigned role) {
    for (std::size_t i = 0; i < rounds_.size(); ++i) {
      round& now = rounds_[i];
      if (role == 0) {
        if (i % 2 == 1) now.promised->set_result(7);
        now.futures[0] = F<int>();
        now.promised.reset();
        continue;
      }
      const bool broken = now.futures[role].exception() != nullptr;
      sync::check(broken == (i % 2 == 0), "a promise that went without an outcome is not broken, or another one is");
      now.futures[role] = F<int>();
    }
  }

 private:
  struct round {
    std::optional<typename F<int>::promise_type> promised;
    std::vector<F<int>> futures;
  };
  std::vector<round> rounds_;
};

/// A callback.
struct nothing_done {
  template <class Future>
  void operator()(const Future&) const {}
};

template <template <class> class F>
void describe(harness::contract& made) {
  using future = F<int>;
  constexpr bool has_promise = requires { typename future::promise_type; };
  static_assert(has_promise, "gauntlet: kind future needs `promise_type`");
  if constexpr (has_promise) {
    using promise = typename future::promise_type;
    constexpr bool promises = requires(promise& from, std::exception_ptr thrown) {
      { from.get_future() } -> std::convertible_to<future>;
      { from.set_running() } -> std::same_as<bool>;
      from.set_result(7);
      from.set_exception(thrown);
    };
    constexpr bool tells = requires(future& of, std::chrono::microseconds duration) {
      { of.result() } -> std::convertible_to<int>;
      { of.result_for(duration) } -> std::convertible_to<int>;
      { of.exception() } -> std::same_as<std::exception_ptr>;
      { of.wait_for(duration) } -> std::same_as<bool>;
      { of.done() } -> std::same_as<bool>;
      { of.running() } -> std::same_as<bool>;
    };
    constexpr bool cancels = requires(future& of) {
      { of.cancel() } -> std::same_as<bool>;
      { of.cancelled() } -> std::same_as<bool>;
    };
    constexpr bool calls_back = requires(future& of) { of.add_done_callback(nothing_done()); };
    static_assert(std::copyable<future>, "gauntlet: a future must be copyable: it is a handle");
    static_assert(promises,
                  "gauntlet: kind future needs a promise_type with get_future(), `bool set_running()`, set_result(T) "
                  "and set_exception(std::exception_ptr)");
    static_assert(tells,
                  "gauntlet: kind future needs result(), result_for(duration), exception(), wait_for(duration), "
                  "done() and running()");
    static_assert(cancels, "gauntlet: kind future needs `bool cancel()` and `bool cancelled()`");
    static_assert(calls_back, "gauntlet: kind future needs add_done_callback(function)");

    if constexpr (promises && tells && cancels && calls_back) {
      const harness::sizes few{.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}};
      const harness::sizes several{.model = {{2, 1}, {3, 1}}, .native = {4, 1}};
      made.add<outcome_publishes<F, learn_result<future>>>(
          "result_publishes", "What came before the result is visible to who has got it.", few);
      made.add<outcome_publishes<F, learn_exception<future>>>(
          "exception_publishes", "What came before the result is visible to who has asked for the exception.", few);
      made.add<outcome_publishes<F, poll_done<future>>>(
          "done_publishes", "What came before the result is visible to who has seen that the future is done.", few);
      made.add<outcome_publishes<F, learn_impatiently<future>>>(
          "timeout_then_result", "A result that comes as the time is up is got, or left for the next to ask.", few);
      made.add<cancelled_or_run<F>>("cancelled_or_run", "It is cancelled, or it runs: a cancelled one never runs.",
                                    few);
      made.add<callback_called_once<F>>("callback_called_once",
                                        "A callback that is added while the future ends is called once.", few);
      made.add<wait_for_several<F>>("wait_for_several", "wait() misses no end, and tells those that are done.",
                                    several);
      made.add<each_completed_once<F>>("each_completed_once", "as_completed() gives each future once, when it is done.",
                                       several);
      made.add<last_handle<F>>("last_handle", "All is gone with the last handle; a promise without outcome is broken.",
                               few);
      made.add<harness::linearizability<errand<F>, future_specification<F>>>(
          "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
          {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
    }
  }
}

}  // namespace gauntlet::contracts
