#pragma once
/// Threads that run what they are given, after Python's concurrent.futures.ThreadPoolExecutor. An idle worker looks for
/// a task for a while, then it sleeps; one is woken only while none looks, as in Go's scheduler (Vyukov 2012, "Scalable
/// Go scheduler design").
///
/// Promises
///   safety     a task that was submitted runs once, or was cancelled, or refused by a broken executor: its future says
///              which. Tasks begin in the order in which they were submitted by one thread.
///   progress   submit() takes no lock once all workers are there. A task waits for a worker only while max_workers
///              others run, or their callbacks do: so tasks may wait for each other, as long as no more than that do.
///   workers    are started when a task comes and none is idle, max_workers at most, and stay. One that has published a
///              result counts as idle: whoever has seen the result and submits the next task starts no other.
///   promptness what a task holds is destroyed before its future is done, or before cancel() returns; the future's
///              memory goes with the last handle.
///   shutdown   later submits throw; all that is queued still runs, or is cancelled if that is asked for. No worker is
///              started any more. The destructor shuts down and waits, also at the program's end.
///   failure    an initializer that throws breaks the executor: it is shut down, and what is queued ends with
///              broken_executor, which later submits throw.
///
/// Memory ordering: what came before submit() is visible to the task; what the task did is visible to whoever sees its
/// future done, or shutdown(true) return.
///
///   crew_      counts workers, in two halves         who counts
///   searching  awake and about to look for a task    the worker itself; whoever calls a sleeper counts it as searching
///   asleep     wait for a token to be called         the worker itself
///
/// Invariants
///   W1  While a task is queued and a worker sleeps, some worker searches, or whoever left the task there is about to
///       call one. Pushing a task calls one if none searches, and so does taking one that leaves others behind.
///   W2  A worker counts itself out of the search, or among the sleepers, before it looks into the queue; whoever left
///       a task there looks at the counts after that. One of the two sees the other (task_queue's Q2).
///   W3  asleep + tokens on their way = workers that await a token: who can't count itself back takes the token that
///       was sent to it.

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <ranges>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

#include "primitives/executor/mapped.hpp"
#include "primitives/executor/task.hpp"
#include "primitives/executor/task_queue.hpp"
#include "primitives/future/as_completed.hpp"
#include "primitives/future/future.hpp"
#include "primitives/future/wait.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"
#include "primitives/thread/thread.hpp"

namespace gauntlet {

/// Thrown by a submit after shutdown().
class executor_is_shut_down : public std::runtime_error {
 public:
  executor_is_shut_down() : std::runtime_error("executor: submit after shutdown") {}
};

/// Thrown by a submit, and from the futures of queued tasks, after an initializer has thrown.
class broken_executor : public std::runtime_error {
 public:
  broken_executor() : std::runtime_error("executor: broken, as the initializer of a worker has thrown") {}
};

struct thread_pool_options {
  /// Workers are called prefix_0, prefix_1 …; empty: as threads are that have no name.
  std::string thread_name_prefix{};
  /// Called by each worker before its first task.
  std::function<void()> initializer{};
};

class thread_pool_executor {
 public:
  /// Where its threads belong.
  using group = thread::group;

  /// As many as the processors that the program may use, and 4 more for those that wait; 32 at most.
  static int default_workers() noexcept {
    cpu_set_t usable;
    const bool known = sched_getaffinity(0, sizeof usable, &usable) == 0;
    return std::min(32, (known ? CPU_COUNT(&usable) : 1) + 4);
  }

  /// @param max_workers from 1 to 65535
  /// @throws std::invalid_argument if it is not
  explicit thread_pool_executor(int max_workers = default_workers(), thread_pool_options how = {})
      : thread_pool_executor(group::process(), max_workers, std::move(how)) {}
  thread_pool_executor(group& members, int max_workers = default_workers(), thread_pool_options how = {})
      : members_(members), most_(checked(max_workers)), how_(std::move(how)) {}
  thread_pool_executor(const thread_pool_executor&) = delete;
  thread_pool_executor& operator=(const thread_pool_executor&) = delete;
  /// Not by one of its own tasks.
  ~thread_pool_executor() { shutdown(); }

  /// Has `function` called with `arguments` by a worker, copies of both, or what they were moved to. O(1).
  /// @return the future of what it returns, by value
  /// @throws executor_is_shut_down, broken_executor; std::system_error if a worker is needed and can't be started. Then
  /// nothing was submitted
  template <class Function, class... Arguments>
    requires std::invocable<std::decay_t<Function>, std::decay_t<Arguments>...>
  auto submit(Function&& function, Arguments&&... arguments) {
    using result = std::decay_t<std::invoke_result_t<std::decay_t<Function>, std::decay_t<Arguments>...>>;
    auto bound = [called = std::forward<Function>(function),
                  ... with = std::forward<Arguments>(arguments)]() mutable -> decltype(auto) {
      return std::invoke(std::move(called), std::move(with)...);
    };
    auto* const made = sync::make<job<decltype(bound), result>>(std::move(bound));
    future<result> outcome(made);
    holder queued(made);
    enqueue(*made);
    queued.release();
    return outcome;
  }

  /// Submits a call for each of the arguments, or, of several ranges, for the first of each, the second of each, up to
  /// the end of the shortest. @throws as submit()
  template <class Function, std::ranges::forward_range... Ranges>
  auto map(Function function, Ranges&&... ranges) {
    return map_before(sync::deadline::never(), std::move(function), ranges...);
  }
  /// @param duration from now on, for all results together; too long to be represented: no limit
  template <class Rep, class Period, class Function, std::ranges::forward_range... Ranges>
  auto map_for(const std::chrono::duration<Rep, Period>& duration, Function function, Ranges&&... ranges) {
    return map_before(sync::deadline::after(duration), std::move(function), ranges...);
  }
  /// @param when a point on any clock, passed or not
  template <class Clock, class Duration, class Function, std::ranges::forward_range... Ranges>
  auto map_until(const std::chrono::time_point<Clock, Duration>& when, Function function, Ranges&&... ranges) {
    return map_before(sync::deadline::at(when), std::move(function), ranges...);
  }

  /// As often as one likes.
  /// @param wait until all tasks are done and the workers have ended; else that is the destructor's to do
  /// @param cancel_futures of tasks that have not begun
  /// @throws std::system_error (resource_deadlock_would_occur) if a task waits
  void shutdown(bool wait = true, bool cancel_futures = false) {
    close();
    if (cancel_futures) drain([](task& queued) { queued.withdraw(); });
    if (!wait) return;
    // Who is starting a worker still has this lock; nobody starts one after.
    {
      const std::lock_guard guard(staff_lock_);
    }
    for (auto& each : workers_) each.join();
  }

 private:
  static constexpr std::uint32_t searcher = 1;
  static constexpr std::uint32_t sleeper = 1U << 16U;
  /// How long an idle worker looks for a task before it sleeps: some times what waking it would cost.
  static constexpr std::chrono::microseconds patience{50};

  static std::uint32_t searching(std::uint32_t crew) noexcept { return crew % sleeper; }
  static std::uint32_t asleep(std::uint32_t crew) noexcept { return crew / sleeper; }

  static unsigned checked(int max_workers) {
    if (max_workers < 1 || max_workers > 65535)
      throw std::invalid_argument("thread_pool_executor: max_workers is " + std::to_string(max_workers) +
                                  ", but must be from 1 to 65535");
    return static_cast<unsigned>(max_workers);
  }

  template <class Range>
  using row_of = std::ranges::subrange<std::ranges::iterator_t<Range>, std::ranges::sentinel_t<Range>>;

  template <class Function, class... Ranges>
  auto map_before(const sync::deadline& until, Function function, Ranges&... ranges) {
    using result = std::decay_t<std::invoke_result_t<Function, std::ranges::range_value_t<Ranges>...>>;
    std::deque<future<result>> results;
    std::tuple<row_of<Ranges>...> rows{row_of<Ranges>(ranges)...};
    const auto submit_all = [&](auto&... row) {
      for (; (!row.empty() && ...); (row.advance(1), ...)) results.push_back(submit(function, row.front()...));
    };
    std::apply(submit_all, rows);
    return mapped<result>(std::move(results), until);
  }

  // ---- The side that submits

  void enqueue(task& added) {
    // relaxed: carries no data: it only grows, and staff() looks again.
    if (started_.load(std::memory_order_relaxed) < most_ && !staff()) refuse();
    if (!queue_.push(added)) refuse();
    call_one();
  }

  [[noreturn]] void refuse() const {
    // relaxed: revalidated: whoever finds the queue closed has acquired what came before that.
    if (broken_.load(std::memory_order_relaxed)) throw broken_executor();
    throw executor_is_shut_down();
  }

  /// Counts on an idle worker for something new to do, or starts one. @return false if it is too late to start one
  bool staff() {
    // relaxed: carries no data but the number.
    auto idle = idle_.load(std::memory_order_relaxed);
    while (idle > 0)
      // relaxed: carries no data but the number.
      // relaxed: on failure likewise.
      if (idle_.compare_exchange_strong(idle, idle - 1, std::memory_order_relaxed, std::memory_order_relaxed))
        return true;
    const std::lock_guard guard(staff_lock_);
    const auto count = workers_.size();
    if (count == most_) return true;
    if (queue_.closed()) return false;
    const auto& prefix = how_.thread_name_prefix;
    hire(prefix.empty() ? std::string() : prefix + '_' + std::to_string(count));
    // relaxed: carries no data but the number; only staff_lock_'s owner writes it.
    started_.store(static_cast<unsigned>(count) + 1, std::memory_order_relaxed);
    return true;
  }

  void hire(std::string name) {
    auto& added = workers_.emplace_back(members_, [this] { live(); }, thread_options{.name = std::move(name)});
    try {
      added.start();
    } catch (...) {
      workers_.pop_back();
      throw;
    }
  }

  /// Has a sleeper search, unless one searches already (W1); or has all of them.
  void call(bool all) noexcept {
    // relaxed: carries no data but the counts, which the queue orders (W2).
    auto crew = crew_.load(std::memory_order_relaxed);
    while (asleep(crew) > 0 && (all || searching(crew) == 0)) {
      const std::uint32_t called = all ? asleep(crew) : 1;
      const auto then = crew - called * (sleeper - searcher);
      // relaxed: carries no data but the counts.
      // relaxed: on failure likewise.
      if (!crew_.compare_exchange_strong(crew, then, std::memory_order_relaxed, std::memory_order_relaxed)) continue;
      // relaxed: carries no data: who is called looks into the queue.
      tokens_.fetch_add(called, std::memory_order_relaxed);
      sync::futex_wake(tokens_, called);
      return;
    }
  }
  void call_one() noexcept { call(false); }

  /// No task comes in from now on.
  void close() noexcept {
    queue_.close();
    call(true);
  }

  /// Ends all that is queued.
  template <class End>
  void drain(End end) noexcept {
    for (task* first = queue_.drain(); first != nullptr;) {
      task& ended = *std::exchange(first, first->next.get());
      end(ended);
      ended.release();
    }
  }

  // ---- The workers

  void live() {
    if (!initialize()) return;
    for (;;) {
      const auto next = queue_.take();
      if (next.leaves_others) call_one();
      if (next.first != nullptr)
        work(*next.first);
      else if (next.over)
        return;
      else
        search();
    }
  }

  bool initialize() noexcept {
    try {
      if (how_.initializer) how_.initializer();
      return true;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "Exception in an executor's initializer: %s\n", error.what());
    } catch (...) {
      std::fprintf(stderr, "Exception in an executor's initializer: not a std::exception\n");
    }
    // relaxed: carries no data but itself; close() releases it.
    broken_.store(true, std::memory_order_relaxed);
    close();
    drain([](task& queued) { queued.refuse(std::make_exception_ptr(broken_executor())); });
    return false;
  }

  void work(task& taken) noexcept {
    const bool ran = taken.run();
    // Before the result is seen: whoever sees it counts on this worker.
    rest();
    if (ran && taken.publish()) {
      resume();
      taken.call_back();
      rest();
    }
    taken.release();
  }

  /// Counts as idle from now on.
  void rest() noexcept {
    // relaxed: carries no data: it only grows, and when all are there nobody reads idle_.
    // relaxed: carries no data but the number, which publish() releases.
    if (started_.load(std::memory_order_relaxed) < most_) idle_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Has more to do: should a task count on this worker by now, another takes its place.
  void resume() noexcept {
    try {
      // relaxed: carries no data: it only grows, and staff() looks again.
      if (started_.load(std::memory_order_relaxed) < most_) staff();
    } catch (const std::system_error&) {
      return;  // The task waits for this one, or any other.
    }
  }

  /// Returns when there may be a task, or when it is over.
  void search() noexcept {
    // relaxed: carries no data but the counts, which the queue orders (W2).
    crew_.fetch_add(searcher, std::memory_order_relaxed);
    const auto promising = [this] { return queue_.promising(); };
    if (!sync::spin_until(promising, sync::deadline::after(patience))) sleep();
    // relaxed: carries no data but the counts, which the queue orders (W2): take() follows.
    crew_.fetch_sub(searcher, std::memory_order_relaxed);
  }

  /// One of those that search goes to sleep, and wakes up as one of them.
  void sleep() noexcept {
    // relaxed: carries no data but the counts, which the queue orders (W2): look() follows.
    crew_.fetch_add(sleeper - searcher, std::memory_order_relaxed);
    if (queue_.look() && rise()) return;
    // relaxed: carries no data: take() finds what it is called for.
    auto tokens = tokens_.load(std::memory_order_relaxed);
    for (bool called = false; !called;) {
      if (tokens == 0) {
        sync::futex_wait(tokens_, 0);
        // relaxed: carries no data: take() finds what it is called for.
        tokens = tokens_.load(std::memory_order_relaxed);
      } else {
        // relaxed: carries no data: take() finds what it is called for.
        // relaxed: on failure likewise.
        called =
            tokens_.compare_exchange_strong(tokens, tokens - 1, std::memory_order_relaxed, std::memory_order_relaxed);
      }
    }
  }

  /// @return false if it was called meanwhile: then a token is on its way (W3)
  bool rise() noexcept {
    // relaxed: carries no data but the counts.
    auto crew = crew_.load(std::memory_order_relaxed);
    while (asleep(crew) > 0)
      // relaxed: carries no data but the counts.
      // relaxed: on failure likewise.
      if (crew_.compare_exchange_strong(crew, crew - sleeper + searcher, std::memory_order_relaxed,
                                        std::memory_order_relaxed))
        return true;
    return false;
  }

  group& members_;
  const unsigned most_;
  const thread_pool_options how_;

  task_queue queue_;
  sync::atomic<bool> broken_{false};
  /// Workers without a task, less the tasks that count on one; kept while not all have been started.
  sync::atomic<int> idle_{0};
  sync::atomic<unsigned> started_{0};

  sync::atomic<std::uint32_t> crew_{0};
  sync::atomic<std::uint32_t> tokens_{0};

  mutex staff_lock_;
  /// Guarded by staff_lock_ until it is closed; constant after.
  std::deque<thread> workers_;
};

}  // namespace gauntlet
