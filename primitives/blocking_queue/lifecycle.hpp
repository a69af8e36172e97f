#pragma once
/// What a blocking queue promises of its end (shutdown) and of its tasks (task_done, join); part of contract.hpp.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "harness/ledger.hpp"
#include "harness/scenario.hpp"
#include "harness/specification.hpp"
#include "primitives/blocking_queue/queue_shut_down.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

template <class Q>
concept ending_queue = requires(Q& queue) {
  { queue.shutdown() } -> std::same_as<void>;
  { queue.shutdown_now() } -> std::same_as<void>;
  { queue.is_shutdown() } -> std::same_as<bool>;
};

template <class Q>
concept task_queue = requires(Q& queue) {
  { queue.task_done() } -> std::same_as<void>;
  { queue.join() } -> std::same_as<void>;
};

/// @return whether `call` went through; false if the queue was shut down
template <std::invocable Call>
bool unless_shut_down(Call call) {
  try {
    call();
    return true;
  } catch (const queue_shut_down&) {
    return false;
  }
}

/// Producers sleep before a full queue and consumers before an empty one, or are about to, when both are shut down.
template <class Q>
class shutdown_wakes_all {
 public:
  explicit shutdown_wakes_all(harness::shape size) : size_(size) {
    for (unsigned i = 0; i < size.operations; ++i) rounds_.push_back(std::make_unique<round>());
  }
  static std::string_view role(unsigned which) {
    return which == 0 ? "closer" : which % 2 == 1 ? "consumer" : "producer";
  }

  void before() {
    for (const auto& one : rounds_) one->full.put(0);
  }
  void thread(unsigned role) {
    for (const auto& one : rounds_) {
      if (role == 0) {
        one->news.set(42);
        // One in two finds all of them asleep.
        if (harness::choose(2) == 0)
          for (unsigned other = 1; other < size_.threads; ++other) harness::until_blocked(other);
        one->empty.shutdown();
        one->full.shutdown();
        continue;
      }
      const bool went_on = unless_shut_down([&] {
        if (role % 2 == 1)
          one->empty.get();
        else
          one->full.put(0);
      });
      sync::check(!went_on, "an item was got that nobody put, or put where there is no room");
      sync::check(one->news.get() == 42, "what came before shutdown() is not visible to who was told of it");
    }
  }
  void after() {
    for (const auto& one : rounds_) {
      sync::check(one->empty.is_shutdown() && one->full.is_shutdown(), "a shutdown was forgotten");
      sync::check(one->full.try_get().has_value(), "an item that was left could not be got");
    }
  }

 private:
  struct round {
    Q empty{1};
    Q full{1};
    sync::var<int> news;
  };
  harness::shape size_;
  std::vector<std::unique_ptr<round>> rounds_;
};

/// The closer gets some items itself and shuts the queue down in the midst of it.
template <class Q>
class shutdown_loses_nothing {
 public:
  explicit shutdown_loses_nothing(harness::shape size) : size_(size), ledger_(size.threads), queue_(1) {}
  static std::string_view role(unsigned which) {
    return which == 0 ? "closer" : which % 2 == 1 ? "producer" : "consumer";
  }

  void thread(unsigned role) {
    if (role % 2 == 1) {
      for (unsigned i = 0; i < size_.operations; ++i) {
        const int item = static_cast<int>(role * size_.operations + i);
        if (!unless_shut_down([&] { queue_.put(item); })) return;
        ledger_.in(role, item);
      }
      return;
    }
    if (role == 0) {
      for (unsigned i = harness::choose(size_.operations); i > 0; --i)
        if (const auto item = queue_.try_get()) ledger_.out(role, *item);
      queue_.shutdown();
    }
    while (unless_shut_down([&] { ledger_.out(role, queue_.get()); })) continue;
  }
  void after() { ledger_.expect_balance(); }

 private:
  harness::shape size_;
  harness::ledger ledger_;
  Q queue_;
};

/// The closer shuts down at once, whatever is left, and then waits for the tasks that workers are at.
template <class Q>
class shutdown_now_drops_the_rest {
 public:
  explicit shutdown_now_drops_the_rest(harness::shape size) : size_(size), done_(size.threads), queue_(2) {}
  static std::string_view role(unsigned which) {
    return which == 0 ? "closer" : which % 2 == 1 ? "worker" : "producer";
  }

  void before() {
    for (auto& mine : done_) mine.set(0);
  }
  void thread(unsigned role) {
    if (role % 2 == 1) {
      while (unless_shut_down([&] { queue_.get(); })) {
        done_[role].set(done_[role].get() + 1);
        queue_.task_done();
      }
      return;
    }
    for (unsigned i = 0; i < size_.operations; ++i)
      if (!unless_shut_down([&] { queue_.put(0); })) return;
    if (role != 0) return;
    queue_.shutdown_now();
    queue_.join();
    // The models see here whether a worker is still at it.
    unsigned done = 0;
    for (unsigned worker = 1; worker < size_.threads; worker += 2) done += done_[worker].get();
    sync::check(done <= puts(), "an item was got twice");
  }
  void after() {
    sync::check(queue_.is_shutdown(), "a shutdown was forgotten");
    sync::check(!unless_shut_down([&] { (void)queue_.try_get(); }), "shutdown_now() left an item");
    queue_.join();
  }

 private:
  unsigned puts() const { return (size_.threads + 1) / 2 * size_.operations; }

  harness::shape size_;
  std::vector<sync::var<unsigned>> done_;
  Q queue_;
};

/// A producer puts as many tasks at a time as there are workers, and waits until they are done; a bystander only waits.
template <class Q>
class join_waits_for_all_tasks {
 public:
  explicit join_waits_for_all_tasks(harness::shape size) : size_(size), results_(workers() * size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "producer" : which == 2 ? "bystander" : "worker"; }

  void thread(unsigned role) {
    int task = 0;
    for (unsigned round = 0; round < size_.operations; ++round) {
      if (role == 0) {
        for (unsigned i = 0; i < workers(); ++i) queue_.put(task++);
        queue_.join();
        for (int done = 0; done < task; ++done)
          sync::check(results_[static_cast<std::size_t>(done)].get() == done + 1, "join() didn't wait for a task");
      } else if (role == 2) {
        queue_.join();
      } else {
        const int mine = queue_.get();
        results_.at(static_cast<std::size_t>(mine)).set(mine + 1);
        queue_.task_done();
      }
    }
  }
  void after() {
    queue_.join();
    bool refused = false;
    try {
      queue_.task_done();
    } catch (const std::logic_error&) {
      refused = true;
    }
    sync::check(refused, "task_done() was accepted more often than items were put");
  }

 private:
  unsigned workers() const { return size_.threads > 2 ? size_.threads - 2 : 1; }

  harness::shape size_;
  std::vector<sync::var<int>> results_;
  Q queue_{2};
};

/// queue_specification with the queue's end and its tasks. The state begins with whether it was shut down, and how many
/// tasks there are; the items follow.
template <class Q>
struct lifecycle_specification {
  static constexpr std::size_t capacity = 2;
  static constexpr harness::outcome no = 0, yes = 1, nothing = -1, refused = -2;
  static constexpr std::string_view operations[] = {"try_put",  "try_get",      "task_done",
                                                    "shutdown", "shutdown_now", "is_shutdown"};
  enum : unsigned { try_put, try_get, task_done, shutdown, shutdown_now, is_shutdown };

  static std::unique_ptr<Q> create() { return std::make_unique<Q>(capacity); }
  static harness::model_state initial() { return {0, 0}; }
  static std::int64_t argument(unsigned operation, unsigned nth) { return operation == try_put ? nth : 0; }

  static harness::outcome apply(Q& queue, unsigned operation, std::int64_t argument) {
    try {
      switch (operation) {
        case try_put:
          return queue.try_put(static_cast<int>(argument)) ? yes : no;
        case try_get:
          return queue.try_get().value_or(nothing);
        case task_done:
          queue.task_done();
          return yes;
        case shutdown:
          queue.shutdown();
          return yes;
        case shutdown_now:
          queue.shutdown_now();
          return yes;
        default:
          return queue.is_shutdown() ? yes : no;
      }
    } catch (const queue_shut_down&) {
      return refused;
    } catch (const std::logic_error&) {
      return no;
    }
  }

  static bool step(harness::model_state& state, const harness::recorded& now) {
    std::int64_t& shut = state[0];
    std::int64_t& tasks = state[1];
    const auto items = static_cast<std::int64_t>(state.size()) - 2;
    switch (now.operation) {
      case try_put: {
        if (shut != 0) return now.result == refused;
        if (items == capacity) return now.result == no;
        ++tasks;
        state.push_back(now.argument);
        return now.result == yes;
      }
      case try_get: {
        if (items == 0) return now.result == (shut != 0 ? refused : nothing);
        const auto first = state.begin() + 2;
        if (now.result != *first) return false;
        state.erase(first);
        return true;
      }
      case task_done:
        if (tasks == 0) return now.result == no;
        --tasks;
        return now.result == yes;
      case shutdown_now:
        tasks -= std::min(tasks, items);
        shut = 1;
        state.resize(2);
        return true;
      case shutdown:
        shut = 1;
        return true;
      default:
        return now.result == shut;
    }
  }
};

template <class Q>
void describe_lifecycle(harness::contract& made) {
  if constexpr (ending_queue<Q>) {
    made.add<shutdown_wakes_all<Q>>("shutdown_wakes_all",
                                    "shutdown() ends every wait to put, and to get what isn't there.",
                                    {.model = {{2, 1}, {3, 1}, {4, 1}}, .native = {4, 4}});
    made.add<shutdown_loses_nothing<Q>>("shutdown_loses_nothing",
                                        "What was put before a shutdown() is got once, and nothing is put after it.",
                                        {.model = {{2, 1}, {3, 1}, {3, 2}}, .native = {4, 20}});
  }
  if constexpr (task_queue<Q>)
    made.add<join_waits_for_all_tasks<Q>>(
        "join_waits_for_all_tasks", "join() returns when each item is done, and sees what came before task_done().",
        {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
  if constexpr (ending_queue<Q> && task_queue<Q>) {
    made.add<shutdown_now_drops_the_rest<Q>>(
        "shutdown_now_drops_the_rest",
        "shutdown_now() ends the tasks that nobody began, and join() waits for the others.",
        {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 10}});
    made.add<harness::linearizability<Q, lifecycle_specification<Q>>>(
        "linearizability_of_the_end", "Shutdowns and task_done() take effect at one point between call and return.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
  }
}

}  // namespace gauntlet::contracts
