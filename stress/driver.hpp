#pragma once
/// Runs a scenario on native threads, round after round.
///
/// A round is one instance of the scenario: constructed, before(), all roles at once, after(), destroyed. If the
/// scenario tells what it came to, it is a batch of instances (stress/batch.hpp), all of which are made first, then run
/// one by one, then looked at. The threads stay the same. Whoever finishes a round last prepares the next one, so a
/// round costs one rendezvous. The thread that asked for it all only watches.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "harness/engine.hpp"
#include "stress/activity.hpp"
#include "stress/batch.hpp"
#include "stress/watchdog.hpp"

namespace gauntlet::stress {

/// What to run, and when to stop if nothing is wrong.
struct assignment {
  harness::replay_token cell;
  harness::shape size;
  std::uint64_t seed = 1;
  double seconds = 2;
  /// This round again and again, instead of one after the other.
  std::optional<std::uint64_t> only = std::nullopt;
};

/// What a round is drawn from its seed to be.
struct round_plan {
  plan disturbed;
  /// Of a scenario that tells what it came to.
  std::optional<batch_plan> batch;
};

round_plan draw_round(std::uint64_t seed, std::uint64_t round, const harness::scenario& what, unsigned roles) noexcept;

/// "nothing; 256 instances, 300 ticks apart"
std::string describe(const round_plan& what);

struct exploration {
  /// Instances whose execution is over.
  std::uint64_t instances = 0;
  std::optional<harness::violation> broken;
  std::optional<harness::fairness> fair;
  std::vector<harness::counted> outcomes;
  /// The violation's threads are still there, as they are, and their stacks would tell more: they will never finish, or
  /// one of them misused a lock.
  bool standing = false;
};

class driver {
 public:
  /// Runs to the end of the budget or to the first violation. After a violation the round's threads and its scenario
  /// are left behind: threads of a broken round may never come back.
  static exploration explore(const harness::scenario& what, const assignment& how);

  driver(const harness::scenario& what, const assignment& how);
  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;
  ~driver();

  /// The one that is exploring, or that found something last: threads that it left behind may still ask. Else null.
  static driver* running() noexcept;

  /// Keeps the first violation of the check. For any thread.
  void keep(harness::violation found) noexcept;
  /// Takes up what a round's waiters saw. For the thread that ends rounds.
  void add(const std::vector<unsigned>& overtaken, const std::vector<unsigned>& shares);
  /// Who a thread of the check is, as messages call it.
  std::string name(const activity* who) const;
  /// What a role, or a thread that a scenario started, publishes.
  activity* role(unsigned number) noexcept { return &roles_[number]; }
  activity* adopt() noexcept;
  std::vector<participant> everybody() const;

 private:
  exploration watch();
  /// What the current round is drawn from.
  std::uint64_t number() const noexcept;

  void work(unsigned worker) noexcept;
  void settle(unsigned worker) noexcept;
  void play(unsigned role) noexcept;
  void between_rounds();
  void prepare();
  void rendezvous(activity& me, unsigned times) noexcept;
  static void wait_for_others(activity& me, unsigned times) noexcept;
  void play_batch(unsigned role) noexcept;
  void finish();
  void keep_pace() noexcept;
  std::size_t count() const noexcept { return plan_.batch ? plan_.batch->instances : 1; }
  void* instance(std::size_t which) const noexcept;
  template <class Step>
  void guarded(Step&& step) noexcept;

  const harness::scenario what_;
  const assignment how_;
  const std::chrono::steady_clock::time_point start_;

  /// One for each role, then one for what runs between rounds, then those for threads that scenarios start.
  std::unique_ptr<activity[]> roles_;
  std::atomic<unsigned> adopted_{0};
  std::byte* storage_;
  bool alive_ = false;
  bool last_ = false;

  // Drawn between rounds.
  round_plan plan_;
  unsigned shift_ = 0;
  /// The draws' ticks are for a few instructions; what takes longer gets 2^n times as many.
  unsigned pace_ = 0;

  std::atomic<std::uint64_t> round_{0};
  std::atomic<std::uint64_t> instances_{0};
  std::atomic<unsigned> arrived_{0};
  std::atomic<unsigned> generation_{0};
  std::atomic<unsigned> ready_{0};
  /// The reading at which a batch begins, and how often a role came too late to an instance.
  std::atomic<std::uint64_t> begin_{0};
  std::atomic<unsigned> late_{0};

  std::mutex mutex_;
  std::condition_variable attention_;
  unsigned left_ = 0;
  std::optional<harness::violation> broken_;
  std::optional<harness::fairness> fair_;
  std::optional<harness::tally> tally_;

  std::vector<std::thread> workers_;
};

}  // namespace gauntlet::stress
