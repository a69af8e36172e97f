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
#include "primitives/blocking_queue/bounded_queue.hpp"
#include "primitives/counter/atomic_counter.hpp"
#include "primitives/counter/locked_counter.hpp"
#include "primitives/event/event.hpp"
#include "primitives/latch/latch.hpp"
#include "primitives/map/guarded_map.hpp"
#include "primitives/semaphore/semaphore.hpp"
#include "primitives/stack/treiber_stack.hpp"

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
#define contracts queue_contracts
#include "primitives/blocking_queue/specification.hpp"
#undef contracts
#define contracts semaphore_contracts
#include "primitives/semaphore/contract.hpp"
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

/// Each thread makes some of a specification's calls: of its first `kinds` operations, which don't block, those that it
/// may.
template <class P, class Specification, unsigned kinds>
class calls {
 public:
  explicit calls(harness::shape size) : operations_(size.operations), texts_(size.threads) {}

  void before() { object_ = Specification::create(); }

  void thread(unsigned role) {
    std::vector<harness::recorded> mine;
    for (unsigned i = 0; i < operations_; ++i) {
      std::vector<unsigned> allowed;
      for (unsigned operation = 0; operation < kinds; ++operation)
        if (calls_.may == nullptr || calls_.may(role, mine, operation)) allowed.push_back(operation);
      const unsigned operation = allowed.at(harness::choose(static_cast<std::uint32_t>(allowed.size())));
      mine.push_back({.thread = role, .operation = operation});
      const std::int64_t argument = calls_.argument(operation, role * operations_ + i);
      const auto result = calls_.apply(object_.get(), operation, argument);
      texts_[role] += std::string(Specification::operations[operation]) + "(" + std::to_string(argument) +
                      ")=" + std::to_string(result) + " ";
    }
  }

  void after() {
    std::string all;
    for (const auto& one : texts_) all += one + "| ";
    seen.note(all);
    object_.reset();
  }

 private:
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

template <class P, class Specification, unsigned kinds>
subject made(std::string name, harness::shape size) {
  subject one{std::move(name), {}};
  one.what.add<calls<P, Specification, kinds>>("calls", "", {.model = {size}, .native = size});
  return one;
}

inline std::vector<subject> subjects() {
  std::vector<subject> all;
  all.push_back(made<event, event_contracts::event_specification<event>, 3>("event", {2, 2}));
  all.push_back(made<semaphore, semaphore_contracts::semaphore_specification<semaphore>, 2>("semaphore", {2, 2}));
  all.push_back(made<treiber_stack<std::int64_t>, stack_contracts::stack_specification<treiber_stack<std::int64_t>>, 2>(
      "treiber_stack", {2, 2}));
  all.push_back(made<latch, latch_contracts::latch_specification<latch>, 2>("latch", {2, 2}));
  using map = guarded_map<int, std::int64_t>;
  all.push_back(made<map, map_contracts::map_specification<map>, 4>("guarded_map", {2, 1}));
  using queue = bounded_queue<int>;
  all.push_back(made<queue, queue_contracts::queue_specification<queue>, 2>("bounded_queue", {2, 1}));
  all.push_back(
      made<atomic_counter, counter_contracts::counter_specification<atomic_counter>, 3>("atomic_counter", {2, 1}));
  all.push_back(
      made<locked_counter, counter_contracts::counter_specification<locked_counter>, 3>("locked_counter", {2, 1}));
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
