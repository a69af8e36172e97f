#pragma once
/// What calls came to, as text that both model engines write alike: each thread's operations with their results.

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

#include "harness/engine.hpp"
#include "harness/specification.hpp"
#include "primitives/barrier/barrier.hpp"
#include "primitives/barrier/specification.hpp"
#include "primitives/blocking_queue/bounded_queue.hpp"
#include "primitives/blocking_queue/specification.hpp"
#include "primitives/condition/condition.hpp"
#include "primitives/condition/specification.hpp"
#include "primitives/counter/atomic_counter.hpp"
#include "primitives/counter/locked_counter.hpp"
#include "primitives/event/event.hpp"
#include "primitives/future/future.hpp"
#include "primitives/future/specification.hpp"
#include "primitives/latch/latch.hpp"
#include "primitives/lock_set/lock_set.hpp"
#include "primitives/lock_set/specification.hpp"
#include "primitives/map/guarded_map.hpp"
#include "primitives/mutex/clh_lock.hpp"
#include "primitives/mutex/mcs_lock.hpp"
#include "primitives/mutex/mutex.hpp"
#include "primitives/mutex/specification.hpp"
#include "primitives/mutex/spin_lock.hpp"
#include "primitives/mutex/ticket_lock.hpp"
#include "primitives/once/once.hpp"
#include "primitives/once/specification.hpp"
#include "primitives/recursive_mutex/recursive_mutex.hpp"
#include "primitives/recursive_mutex/specification.hpp"
#include "primitives/semaphore/bounded_semaphore.hpp"
#include "primitives/semaphore/semaphore.hpp"
#include "primitives/semaphore/specification.hpp"
#include "primitives/shared_mutex/shared_mutex.hpp"
#include "primitives/shared_mutex/specification.hpp"
#include "primitives/snapshot/double_collect_snapshot.hpp"
#include "primitives/snapshot/specification.hpp"
#include "primitives/stack/treiber_stack.hpp"
#include "primitives/thread/specification.hpp"
#include "primitives/thread/thread.hpp"
#include "primitives/thread_local_value/specification.hpp"
#include "primitives/thread_local_value/thread_local_value.hpp"
#include "primitives/timer/specification.hpp"
#include "primitives/timer/timer.hpp"

// Contracts use the same names, as a cell has one of them: each gets a namespace of its own.
#define contracts counter_contracts
#include "primitives/counter/contract.hpp"
#undef contracts
#define contracts event_contracts
#include "primitives/event/contract.hpp"
#undef contracts
#define contracts latch_contracts
#include "primitives/latch/contract.hpp"
#undef contracts
#define contracts map_contracts
#include "primitives/map/contract.hpp"
#undef contracts
#define contracts stack_contracts
#include "primitives/stack/contract.hpp"
#undef contracts

namespace gauntlet::outcomes {

/// It allocates nothing: an engine may take back what an execution allocates.
class outcome_log {
 public:
  void clear() { count_ = 0; }

  void note(std::string_view text) {
    const auto seen = [&](const entry& it) { return std::string_view(it.text.data(), it.size) == text; };
    if (std::any_of(entries_.begin(), entries_.begin() + count_, seen)) return;
    sync::check(count_ < static_cast<int>(entries_.size()) && text.size() <= longest,
                "the log of outcomes is too small");
    std::copy(text.begin(), text.end(), entries_[static_cast<std::size_t>(count_)].text.begin());
    entries_[static_cast<std::size_t>(count_++)].size = text.size();
  }

  std::set<std::string> all() const {
    std::set<std::string> out;
    for (int i = 0; i < count_; ++i) {
      const entry& it = entries_[static_cast<std::size_t>(i)];
      out.emplace(it.text.data(), it.size);
    }
    return out;
  }

 private:
  static constexpr std::size_t longest = 200;
  struct entry {
    std::array<char, longest> text;
    std::size_t size;
  };
  std::array<entry, 4096> entries_{};
  int count_ = 0;
};
inline outcome_log seen;

/// Each thread makes some of a specification's calls: of `operations`, those that it may, and at last what is due.
template <class P, class Specification, unsigned... operations>
class calls {
 public:
  explicit calls(harness::shape size) : operations_(size.operations), texts_(size.threads) {}

  void before() { object_ = Specification::create(); }

  void thread(unsigned role) {
    std::vector<harness::recorded> mine;
    const auto may = [&](unsigned operation) { return calls_.may == nullptr || calls_.may(role, mine, operation); };
    for (unsigned i = 0; i < operations_; ++i) {
      std::vector<unsigned> allowed;
      for (const unsigned operation : {operations...})
        if (may(operation)) allowed.push_back(operation);
      call(role, allowed.at(harness::choose(static_cast<std::uint32_t>(allowed.size()))), mine);
    }
    for (unsigned operation = 0; operation < calls_.count && calls_.due != nullptr; ++operation)
      while (calls_.due(operation) && may(operation)) call(role, operation, mine);
  }

  void after() {
    std::string all;
    for (const auto& one : texts_) all += one + "| ";
    seen.note(all);
    object_.reset();
  }

 private:
  void call(unsigned role, unsigned operation, std::vector<harness::recorded>& mine) {
    const auto nth = static_cast<unsigned>(mine.size());
    mine.push_back({.thread = role, .operation = operation});
    const std::int64_t argument = calls_.argument(operation, nth * static_cast<unsigned>(texts_.size()) + role);
    mine.back().result = calls_.apply(object_.get(), operation, argument);
    texts_[role] += std::string(Specification::operations[operation]) + "(" + std::to_string(argument) +
                    ")=" + std::to_string(mine.back().result) + " ";
  }

  harness::calls calls_ = harness::calls_of<P, Specification>();
  unsigned operations_;
  std::unique_ptr<P> object_;
  std::vector<std::string> texts_;
};

/// A primitive whose calls are explored.
struct subject {
  std::string name;
  harness::contract what;
};

template <class P, class Specification, unsigned... operations>
subject made(std::string name, harness::shape size) {
  subject one{std::move(name), {}};
  one.what.add<calls<P, Specification, operations...>>("calls", "", {.model = {size}, .native = size});
  return one;
}

template <class L>
subject made_lock(std::string name, harness::shape size) {
  using meant = contracts::mutex_specification<L>;
  return made<L, meant, meant::lock, meant::try_lock, meant::unlock>(std::move(name), size);
}

template <class S>
subject made_semaphore(std::string name, harness::shape size) {
  using meant = contracts::semaphore_specification<S>;
  return made<S, meant, meant::try_acquire, meant::release>(std::move(name), size);
}

template <class C>
subject made_counter(std::string name, harness::shape size) {
  using meant = counter_contracts::counter_specification<C>;
  return made<C, meant, meant::increment, meant::add, meant::value>(std::move(name), size);
}

/// A primitive of each kind, and all of a kind where they are small; none of executor, which has too much to explore.
/// @param all_of_them those too that take most of a minute
inline std::vector<subject> subjects(bool all_of_them) {
  using stack = treiber_stack<std::int64_t>;
  using map = guarded_map<int, std::int64_t>;
  using queue = bounded_queue<int>;
  using event_meant = event_contracts::event_specification<event>;
  using stack_meant = stack_contracts::stack_specification<stack>;
  using latch_meant = latch_contracts::latch_specification<latch>;
  using map_meant = map_contracts::map_specification<map>;
  using queue_meant = contracts::queue_specification<queue>;
  using recursive_meant = contracts::recursive_mutex_specification<recursive_mutex>;
  using shared_meant = contracts::shared_mutex_specification<shared_mutex>;
  using future_meant = contracts::future_specification<future>;
  using once_meant = contracts::once_specification<once>;
  using set_meant = contracts::lock_set_specification<lock_set>;
  using snapshot_meant = contracts::snapshot_specification<double_collect_snapshot>;
  using barrier_meant = contracts::barrier_specification<barrier>;
  using condition_meant = contracts::condition_specification<condition, true>;
  using thread_meant = contracts::thread_specification<thread>;
  using timer_meant = contracts::timer_specification<timer>;
  using local_meant = contracts::thread_local_value_specification<thread_local_value>;
  std::vector<subject> all;
  all.push_back(made_lock<spin_lock>("spin_lock", {2, 2}));
  all.push_back(made_lock<ticket_lock>("ticket_lock", {2, 2}));
  all.push_back(made_lock<mutex>("mutex", {2, 1}));
  all.push_back(made_lock<mcs_lock>("mcs_lock", {2, 1}));
  all.push_back(made_lock<clh_lock>("clh_lock", {2, 1}));
  all.push_back(made_semaphore<semaphore>("semaphore", {2, 2}));
  all.push_back(made_semaphore<bounded_semaphore>("bounded_semaphore", {2, 2}));
  all.push_back(made_counter<atomic_counter>("atomic_counter", {2, 1}));
  all.push_back(made_counter<locked_counter>("locked_counter", {2, 1}));
  all.push_back(made<event, event_meant, event_meant::set, event_meant::clear, event_meant::is_set>("event", {2, 2}));
  all.push_back(made<stack, stack_meant, 0, 1>("treiber_stack", {2, 2}));
  all.push_back(made<latch, latch_meant, latch_meant::count_down, latch_meant::try_wait>("latch", {2, 2}));
  all.push_back(made<map, map_meant, map_meant::get, map_meant::set, map_meant::erase, map_meant::update_if_greater>(
      "guarded_map", {2, 1}));
  all.push_back(made<queue, queue_meant, queue_meant::try_put, queue_meant::try_get>("bounded_queue", {2, 1}));
  all.push_back(
      made<recursive_mutex, recursive_meant, recursive_meant::lock, recursive_meant::try_lock, recursive_meant::unlock>(
          "recursive_mutex", {2, 1}));
  all.push_back(made<shared_mutex, shared_meant, shared_meant::lock, shared_meant::try_lock, shared_meant::lock_shared,
                     shared_meant::try_lock_shared>("shared_mutex", {2, 1}));
  all.push_back(made<contracts::errand<future>, future_meant, future_meant::set_running, future_meant::set_result,
                     future_meant::cancel, future_meant::done, future_meant::running, future_meant::result_now>(
      "future", {2, 1}));
  all.push_back(made<once, once_meant, once_meant::call, once_meant::call_throwing>("once", {2, 1}));
  all.push_back(made<set_meant::object, set_meant, set_meant::lock, set_meant::try_lock, set_meant::lock_left,
                     set_meant::try_lock_right>("lock_set", {2, 1}));
  all.push_back(made<double_collect_snapshot, snapshot_meant, snapshot_meant::write, snapshot_meant::read>(
      "double_collect_snapshot", {2, 2}));
  all.push_back(made<local_meant::object, local_meant, local_meant::get, local_meant::set, local_meant::has_value,
                     local_meant::reset>("thread_local_value", {2, 1}));
  all.push_back(made<barrier, barrier_meant, barrier_meant::arrive_for, barrier_meant::abort, barrier_meant::reset,
                     barrier_meant::broken>("barrier", {2, 1}));
  all.push_back(made<timer_meant::object, timer_meant, timer_meant::start, timer_meant::cancel, timer_meant::look>(
      "timer", {2, 1, 1}));
  if (!all_of_them) return all;
  all.push_back(made<condition_meant::object, condition_meant, condition_meant::wait_for, condition_meant::notify,
                     condition_meant::notify_all>("condition", {2, 1}));
  all.push_back(
      made<thread_meant::object, thread_meant, thread_meant::start, thread_meant::is_alive, thread_meant::join>(
          "thread", {2, 1, 1}));
  return all;
}

/// Explores one for so long. @return what its calls came to
inline std::set<std::string> explored(const subject& one, double seconds, harness::result& found) {
  seen.clear();
  harness::options how;
  how.primitive = one.name;
  how.engine = GAUNTLET_ENGINE;
  how.seconds = seconds;
  found = harness::run(one.what.scenarios().front(), how);
  return seen.all();
}

}  // namespace gauntlet::outcomes
