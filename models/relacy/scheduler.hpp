#pragma once
/// How Relacy chooses the next thread: a fresh strategy for each execution, everything drawn from (seed, iteration).
///
/// Half of the executions walk at random; the others give threads random priorities and change them at a few random
/// steps (PCT: Burckhardt et al., ASPLOS 2010). A thread that waits in an await gets the lowest priority, and after as
/// many steps as were foreseen PCT ends in a random walk, so that no thread is starved for ever. Independently of that,
/// each execution draws how readily loads return stale values.

#include <algorithm>
#include <cstdint>

#include "models/relacy/relacy.hpp"

namespace gauntlet::relacy {

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
class generator {
 public:
  void seed(std::uint64_t value) { state_ = value; }
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// @return 0 to limit - 1
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>((next() >> 32U) * limit >> 32U); }

 private:
  std::uint64_t state_ = 0;
};

/// What the scheduler needs of the engine, and tells it.
struct search {
  std::uint64_t seed = 1;
  /// Asked after each execution: whether to stop.
  bool (*enough)() = nullptr;
  /// Whether a time-out, or a spurious wake-up, may happen now; asked when one was drawn, and then it does.
  bool (*may_time_out)() = nullptr;
  bool (*may_wake_spuriously)() = nullptr;
  std::uint64_t iteration = 0;
  /// The thread that runs: when Relacy itself fails an execution, the one that failed it.
  int running = 0;
};
inline search the_search;

template <rl::thread_id_t thread_count>
class portfolio_scheduler
    : public rl::scheduler<portfolio_scheduler<thread_count>, rl::scheduler_thread_info, thread_count> {
  using base = rl::scheduler<portfolio_scheduler<thread_count>, rl::scheduler_thread_info, thread_count>;

 public:
  using thread_info_t = typename base::thread_info_t;
  using shared_context_t = typename base::shared_context_t;
  struct task_t {};

  portfolio_scheduler(rl::test_params& parameters, shared_context_t& shared, rl::thread_id_t dynamic)
      : base(parameters, shared, dynamic) {}

  rl::thread_id_t iteration_begin_impl() {
    the_search.iteration = this->iter_;
    random_.seed(the_search.seed * 0x2545f4914f6cdd1dU + this->iter_);
    step_ = 0;
    lowest_ = -1;
    by_priority_ = random_.below(2) == 0;
    foreseen_ = 8U << random_.below(6);
    for (int i = 0; i < thread_count; ++i) priority_[i] = i;
    for (int i = thread_count - 1; i > 0; --i)
      std::swap(priority_[i], priority_[random_.below(static_cast<std::uint32_t>(i) + 1)]);
    for (auto& change : changes_) change = 1 + random_.below(foreseen_);
    fresh_loads_ = random_.below(4) == 0;
    rl::unpark_reason ignored;
    return schedule_impl(ignored, 0);
  }

  rl::thread_id_t schedule_impl(rl::unpark_reason& reason, unsigned yields) {
    the_search.running = pick(reason, yields);
    return the_search.running;
  }

  bool iteration_end_impl() { return the_search.enough(); }

  unsigned rand_impl(unsigned limit, rl::sched_type type) {
    // A load asks, from the newest value backwards, whether to stop here: 0 stops.
    if (type == rl::sched_type_atomic_load && fresh_loads_) return 0;
    return random_.below(limit);
  }

  rl::iteration_t iteration_count_impl() { return this->params_.iteration_count; }
  void get_state_impl(std::ostream&) {}
  void set_state_impl(std::istream&) {}
  void on_thread_block(rl::thread_id_t, bool) {}

 private:
  static constexpr int change_count = 3;

  rl::thread_id_t pick(rl::unpark_reason& reason, unsigned yields) {
    ++step_;
    if (this->thread_ != nullptr) {
      int& mine = priority_[this->thread_->index_];
      if (yields != 0) mine = lowest_--;
      if (std::find(changes_, changes_ + change_count, step_) != changes_ + change_count) mine = lowest_--;
    }
    const bool stuck = this->running_threads_count == 0;
    if (this->timed_thread_count_ != 0 && (stuck || (random_.below(8) == 0 && the_search.may_time_out())))
      return wake(this->timed_threads_, this->timed_thread_count_, reason, rl::unpark_reason_timeout);
    if (this->spurious_thread_count_ != 0 && !stuck && random_.below(16) == 0 && the_search.may_wake_spuriously())
      return wake(this->spurious_threads_, this->spurious_thread_count_, reason, rl::unpark_reason_spurious);
    reason = rl::unpark_reason_normal;
    if (!by_priority_ || step_ > 4 * foreseen_)
      return this->running_threads[random_.below(static_cast<std::uint32_t>(this->running_threads_count))];
    int best = this->running_threads[0];
    for (int i = 1; i < this->running_threads_count; ++i)
      if (priority_[this->running_threads[static_cast<std::size_t>(i)]] > priority_[best])
        best = this->running_threads[static_cast<std::size_t>(i)];
    return best;
  }

  rl::thread_id_t wake(rl::scheduler_thread_info** sleepers, rl::thread_id_t count, rl::unpark_reason& reason,
                       rl::unpark_reason why) {
    const auto chosen = sleepers[random_.below(static_cast<std::uint32_t>(count))]->index_;
    this->unpark_thread(chosen);
    reason = why;
    return chosen;
  }

  generator random_;
  bool by_priority_ = false;
  bool fresh_loads_ = false;
  std::uint32_t foreseen_ = 0;
  std::uint32_t step_ = 0;
  int priority_[thread_count];
  int lowest_ = -1;
  std::uint32_t changes_[change_count];
};

}  // namespace gauntlet::relacy
