#pragma once
/// What every executor promises.
///
/// An executor is constructed with the most workers that it may have, never copied, and has `submit(function)`, which
/// gives a future as of kind future, and `shutdown(bool wait, bool cancel_futures)`, after which submit() throws a
/// std::runtime_error. Its destructor waits for all that was submitted. One with `class group` takes one as its
/// constructor's first argument.

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <vector>

#include "harness/scenario.hpp"
#include "primitives/executor/premises.hpp"
#include "primitives/executor/specification.hpp"
#include "primitives/future/future.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// An executor that several roles use: the last to leave shuts it down.
template <class E>
class office : public premises<E> {
 public:
  explicit office(harness::shape size) : premises<E>(size.spawned), present_(size.threads) {}

  void leave() {
    // acq_rel [leave]: pairs with the other roles' fetch_sub of present_; carries that they need it no more.
    if (present_.fetch_sub(1, std::memory_order_acq_rel) == 1) this->executor.shutdown(true, false);
  }

 private:
  sync::atomic<unsigned> present_;
};

/// What a task is given, and what it leaves behind.
class paper {
 public:
  void give() {
    runs_.set(0);
    argument_.set(41);
  }
  void work() {
    result_.set(argument_.get() + 1);
    runs_.set(runs_.get() + 1);
  }
  /// The caller knows that the task is done.
  bool ran() const { return runs_.get() == 1; }
  void expect_ran() const {
    sync::check(runs_.get() == 1, "a task did not run once");
    sync::check(result_.get() == 42, "what a task did is not visible to who has seen it done");
  }

 private:
  sync::var<int> argument_;
  sync::var<int> result_;
  sync::var<int> runs_;
};

/// Each role submits one task after the other and waits for each: workers go idle, and are called again.
template <class E>
class result_publishes {
 public:
  explicit result_publishes(harness::shape size) : size_(size), office_(size) {}

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      paper given;
      given.give();
      auto outcome = office_.executor.submit([&given] {
        given.work();
        return 7;
      });
      sync::check(outcome.result() == 7, "result() is not what the task returned");
      given.expect_ran();
    }
    office_.leave();
  }

 private:
  harness::shape size_;
  office<E> office_;
};

/// Each role submits all of its tasks before it looks for their ends.
template <class E>
class no_lost_task {
 public:
  explicit no_lost_task(harness::shape size) : size_(size), office_(size) {}

  void thread(unsigned) {
    std::vector<paper> given(size_.operations);
    std::vector<future<void>> outcomes;
    for (paper& each : given) {
      each.give();
      outcomes.push_back(office_.executor.submit([&each] { each.work(); }));
    }
    for (unsigned i = 0; i < size_.operations; ++i) {
      outcomes[i].result();
      given[i].expect_ran();
    }
    office_.leave();
  }

 private:
  harness::shape size_;
  office<E> office_;
};

/// As many tasks as workers, each waiting for all others to have begun: a worker that sleeps would be missed.
template <class E>
class all_workers_work {
 public:
  explicit all_workers_work(harness::shape size) : size_(size), office_(size) {}

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      sync::atomic<unsigned> begun{0};
      std::vector<future<void>> outcomes;
      for (unsigned task = 0; task < size_.spawned; ++task)
        outcomes.push_back(office_.executor.submit([this, &begun] {
          // relaxed: carries nothing.
          begun.fetch_add(1, std::memory_order_relaxed);
          // relaxed: carries nothing.
          sync::spin_until([&] { return begun.load(std::memory_order_relaxed) == size_.spawned; });
        }));
      for (auto& each : outcomes) each.result();
    }
    office_.leave();
  }

 private:
  harness::shape size_;
  office<E> office_;
};

/// The future is cancelled while a worker may be about to run it: what the task would use is used up then.
template <class E>
class cancelled_or_run {
 public:
  explicit cancelled_or_run(harness::shape size) : size_(size), office_(size) {}

  void thread(unsigned) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      paper given;
      given.give();
      auto outcome = office_.executor.submit([&given] { given.work(); });
      if (outcome.cancel()) {
        sync::check(!given.ran(), "a task ran though cancel() returned true");
        given.give();
      } else {
        outcome.result();
        given.expect_ran();
      }
    }
    office_.leave();
  }

 private:
  harness::shape size_;
  office<E> office_;
};

/// One role submits until it is refused; the other shuts down, and waits. All that was taken has run then.
template <class E>
class submit_races_with_shutdown {
 public:
  explicit submit_races_with_shutdown(harness::shape size) : office_(size), given_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "submits" : "shuts down"; }

  void thread(unsigned role) {
    if (role != 0) return office_.executor.shutdown(true, false);
    for (paper& each : given_) {
      each.give();
      std::optional<future<void>> outcome;
      try {
        outcome = office_.executor.submit([&each] { each.work(); });
      } catch (const std::runtime_error&) {
        outcome.reset();  // Refused.
      }
      if (!outcome) {
        sync::check(!each.ran(), "a task ran though submit() threw");
        return;
      }
      outcome->result();
      each.expect_ran();
    }
  }

 private:
  office<E> office_;
  std::vector<paper> given_;
};

/// Who shuts down, and waits, finds each task run or, where it asked for that, cancelled.
template <class E>
class shutdown_ends_all {
 public:
  explicit shutdown_ends_all(harness::shape size) : size_(size), office_(size) {}

  void thread(unsigned) {
    std::vector<paper> given(size_.operations);
    std::vector<future<void>> outcomes;
    for (paper& each : given) {
      each.give();
      outcomes.push_back(office_.executor.submit([&each] { each.work(); }));
    }
    const bool cancels = harness::choose(2) == 0;
    office_.executor.shutdown(true, cancels);
    for (unsigned i = 0; i < size_.operations; ++i) {
      sync::check(outcomes[i].done(), "a task is not done when shutdown(true) returns");
      sync::check(cancels || !outcomes[i].cancelled(), "a task was cancelled, and nobody asked for that");
      sync::check(given[i].ran() != outcomes[i].cancelled(), "a task ran and was cancelled, or neither");
    }
  }

 private:
  harness::shape size_;
  office<E> office_;
};

/// The destructor comes at once, and waits.
template <class E>
class destruction_waits {
 public:
  explicit destruction_waits(harness::shape size) : size_(size) {}

  void thread(unsigned) {
    std::vector<paper> given(size_.operations);
    {
      premises<E> brief(size_.spawned);
      for (paper& each : given) {
        each.give();
        brief.executor.submit([&each] { each.work(); });
      }
    }
    for (const paper& each : given) each.expect_ran();
  }

 private:
  harness::shape size_;
};

template <class E>
void describe(harness::contract& made) {
  constexpr bool is_made = std::constructible_from<E, int>;
  constexpr bool submits = requires(E& executor, int (*number)(), void (*nothing)()) {
    { executor.submit(number) } -> std::same_as<future<int>>;
    { executor.submit(nothing) } -> std::same_as<future<void>>;
  };
  constexpr bool shuts_down = requires(E& executor) { executor.shutdown(true, false); };
  static_assert(is_made, "gauntlet: an executor needs a public constructor from int, the most workers");
  static_assert(!std::copy_constructible<E>, "gauntlet: an executor must not be copyable");
  static_assert(submits, "gauntlet: kind executor needs `gauntlet::future<R> submit(function)`");
  static_assert(shuts_down, "gauntlet: kind executor needs `void shutdown(bool wait, bool cancel_futures)`");

  if constexpr (is_made && submits && shuts_down) {
    const harness::sizes one_after_the_other{.model = {{1, 1, 1}, {1, 2, 2}}, .native = {2, 6, 3}};
    made.add<result_publishes<E>>("result_publishes", "Task and submitter see what the other did before.",
                                  {.model = {{1, 1, 1}, {1, 2, 1}, {2, 1, 2}}, .native = {2, 8, 2}});
    made.add<no_lost_task<E>>("no_lost_task", "Each task that is submitted runs once.",
                              {.model = {{1, 2, 1}, {2, 1, 2}, {1, 3, 2}}, .native = {2, 16, 3}});
    made.add<all_workers_work<E>>("all_workers_work", "No worker sleeps while a task waits.",
                                  {.model = {{1, 1, 2}, {1, 2, 2}}, .native = {1, 6, 3}});
    made.add<cancelled_or_run<E>>("cancelled_or_run", "A task is cancelled, or it runs.", one_after_the_other);
    made.add<submit_races_with_shutdown<E>>("submit_races_with_shutdown",
                                            "Of a submit and a shutdown that race, the task runs or is refused.",
                                            {.model = {{2, 1, 1}, {2, 2, 2}}, .native = {2, 4, 2}});
    made.add<shutdown_ends_all<E>>("shutdown_ends_all", "When shutdown(true) returns, all has run or was cancelled.",
                                   {.model = {{1, 1, 1}, {1, 2, 1}, {1, 3, 2}}, .native = {1, 8, 3}});
    made.add<harness::linearizability<typename executor_specification<E>::object, executor_specification<E>>>(
        "linearizability", "Each call takes effect at one point between call and return, and none waits in vain.",
        {.model = {{2, 1, 1}, {2, 2, 1}}, .native = {3, 3, 1}});
    made.add<destruction_waits<E>>("destruction_waits", "The destructor waits for all tasks.",
                                   {.model = {{1, 1, 1}, {1, 2, 2}}, .native = {2, 4, 4}});
  }
}

}  // namespace gauntlet::contracts
