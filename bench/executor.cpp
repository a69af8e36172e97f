/// Executors: a round is a batch of 1000 tasks, which do nothing or work for a microsecond. One thread hands them in
/// and waits until each result is there; `threads` counts the workers.

#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "bench/race.hpp"
#include "primitives/executor/thread_pool_executor.hpp"

namespace gauntlet::bench {
namespace {

constexpr std::size_t batch = 1000;

class ours {
 public:
  explicit ours(unsigned workers) : pool_(static_cast<int>(workers)) { results_.reserve(batch); }

  template <class Task>
  void run(Task task) {
    for (std::size_t i = 0; i < batch; ++i) results_.push_back(pool_.submit(task));
    for (auto& each : results_) each.wait();
    results_.clear();
  }

 private:
  thread_pool_executor pool_;
  std::vector<future<void>> results_;
};

class asio {
 public:
  explicit asio(unsigned workers) : pool_(workers) { results_.reserve(batch); }

  template <class Task>
  void run(Task task) {
    for (std::size_t i = 0; i < batch; ++i) results_.push_back(boost::asio::post(pool_, boost::asio::use_future(task)));
    for (auto& each : results_) each.wait();
    results_.clear();
  }

 private:
  boost::asio::thread_pool pool_;
  std::vector<std::future<void>> results_;
};

/// Has no futures: it knows only when all are done. And the thread that waits works along.
class tbb_group {
 public:
  explicit tbb_group(unsigned workers) : arena_(static_cast<int>(workers) + 1) {}

  template <class Task>
  void run(Task task) {
    arena_.execute([&] {
      for (std::size_t i = 0; i < batch; ++i) tasks_.run(task);
      tasks_.wait();
    });
  }

 private:
  tbb::task_arena arena_;
  tbb::task_group tasks_;
};

/// @tparam steps the work of a task
template <class Pool, unsigned steps>
class batches {
 public:
  static constexpr unsigned racers = 1;

  /// The first batch is not timed: it starts the workers.
  batches(unsigned workers, std::uint64_t rounds) : pool_(workers), expected_((rounds + 1) * batch) { run(0, 1); }

  void run(unsigned, std::uint64_t rounds) {
    for (; rounds != 0; --rounds)
      pool_.run([this] {
        work(steps);
        done_.fetch_add(1, std::memory_order_relaxed);
      });
  }

  bool correct() const { return done_.load(std::memory_order_relaxed) == expected_; }

 private:
  std::atomic<std::uint64_t> done_{0};
  Pool pool_;
  const std::uint64_t expected_;
};

template <class Pool>
void compare(const std::string& name) {
  enter<batches<Pool, 0>>("thread_pool_executor/empty_tasks", name);
  enter<batches<Pool, 540>>("thread_pool_executor/microsecond_tasks", name);
}

const bool entered = [] {
  compare<ours>("thread_pool_executor");
  compare<asio>("boost::asio::thread_pool");
  compare<tbb_group>("tbb::task_group");
  return true;
}();

}  // namespace
}  // namespace gauntlet::bench

BENCHMARK_MAIN();
