#pragma once
/// thread_pool_executor whose submit() looks whether it is shut down, and then queues the task.
///
///     submits                   shuts down            worker
///     looks: open
///                               closes, wakes it
///                                                     nothing is queued: ends
///     queues the task
///     its future is never done
///
/// stress and relacy must catch it, as a deadlock of who waits for the result.

#include <deque>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "primitives/condition/condition.hpp"
#include "primitives/executor/task.hpp"
#include "primitives/future/future.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

class thread_pool_executor_submit_after_look {
 public:
  explicit thread_pool_executor_submit_after_look(int max_workers) : most_(static_cast<std::size_t>(max_workers)) {}
  thread_pool_executor_submit_after_look(const thread_pool_executor_submit_after_look&) = delete;
  thread_pool_executor_submit_after_look& operator=(const thread_pool_executor_submit_after_look&) = delete;
  ~thread_pool_executor_submit_after_look() { shutdown(true, false); }

  template <class Function>
  auto submit(Function function) {
    using result = decltype(function());
    staff();
    auto* const made = sync::make<job<Function, result>>(std::move(function));
    // flaw: shutdown() may come between staff()'s look and this.
    const std::lock_guard guard(lock_);
    queue_.push_back(made);
    changed_.notify();
    return future<result>(made);
  }

  void shutdown(bool wait, bool cancel_futures) {
    {
      const std::lock_guard guard(lock_);
      closed_ = true;
      if (cancel_futures)
        for (task* const each : queue_) each->withdraw();
      changed_.notify_all();
    }
    if (!wait) return;
    for (auto& each : workers_)
      if (each.joinable()) each.join();
  }

 private:
  void staff() {
    const std::lock_guard guard(lock_);
    if (closed_) throw std::runtime_error("submit after shutdown");
    if (workers_.size() < most_) workers_.emplace_back([this] { live(); });
  }

  void live() {
    while (task* const next = take()) {
      if (next->run() && next->publish()) next->call_back();
      next->release();
    }
  }

  task* take() {
    std::unique_lock guard(lock_);
    changed_.wait(guard, [this] { return closed_ || !queue_.empty(); });
    if (queue_.empty()) return nullptr;
    task* const first = queue_.front();
    queue_.pop_front();
    return first;
  }

  const std::size_t most_;
  mutex lock_;
  condition changed_;
  std::deque<task*> queue_;
  bool closed_ = false;
  std::deque<sync::thread> workers_;
};

}  // namespace gauntlet
