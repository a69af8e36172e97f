#pragma once
/// thread_pool_executor whose shutdown() queues one sign to stop, which the worker that takes it keeps to itself
/// (python/ cpython's workers put it back for the next).
///
///     shuts down            first worker         second worker
///     queues the sign
///                           takes it: ends
///                                                waits for ever
///     joins the second: for ever
///
/// stress and relacy must catch it, as a deadlock, with two workers or more.

#include <deque>
#include <stdexcept>
#include <utility>

#include "primitives/blocking_queue/bounded_queue.hpp"
#include "primitives/executor/task.hpp"
#include "primitives/future/future.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class thread_pool_executor_one_farewell {
 public:
  explicit thread_pool_executor_one_farewell(int max_workers) : most_(static_cast<std::size_t>(max_workers)) {}
  thread_pool_executor_one_farewell(const thread_pool_executor_one_farewell&) = delete;
  thread_pool_executor_one_farewell& operator=(const thread_pool_executor_one_farewell&) = delete;
  ~thread_pool_executor_one_farewell() { shutdown(true, false); }

  template <class Function>
  auto submit(Function function) {
    using result = decltype(function());
    const std::lock_guard guard(staff_lock_);
    if (closed_) throw std::runtime_error("submit after shutdown");
    auto* const made = sync::make<job<Function, result>>(std::move(function));
    queue_.put(made);
    if (workers_.size() < most_) workers_.emplace_back([this] { live(); });
    return future<result>(made);
  }

  void shutdown(bool wait, bool cancel_futures) {
    {
      const std::lock_guard guard(staff_lock_);
      if (cancel_futures)
        for (auto left = queue_.try_get(); left; left = queue_.try_get()) {
          (*left)->withdraw();
          (*left)->release();
        }
      if (!std::exchange(closed_, true)) queue_.put(nullptr);
    }
    if (!wait) return;
    for (auto& each : workers_)
      if (each.joinable()) each.join();
  }

 private:
  void live() {
    // flaw: whoever gets the sign must put it back for the others.
    while (task* const next = queue_.get()) {
      if (next->run() && next->publish()) next->call_back();
      next->release();
    }
  }

  const std::size_t most_;
  bounded_queue<task*> queue_{1000};
  mutex staff_lock_;
  bool closed_ = false;
  std::deque<sync::thread> workers_;
};

}  // namespace gauntlet
