#pragma once
/// Makes small programs collide on native threads: many instances of one program side by side, and for each a moment at
/// which all roles start it. Two stores and two loads take some nanoseconds; threads that leave a barrier together are
/// hundreds apart, and the one that arrived last is always first.
///
/// The moments are readings of the time-stamp counter, `period` apart (as litmus7 does with its "timebase": Alglave,
/// Maranget, Sarkar & Sewell 2011, "Litmus: Running Tests against Hardware"). What suits one program misses another, so
/// each batch draws its own period, jitter, direction and who plays which role. Where the counters of the processors
/// differ, roles walk through the instances in opposite directions instead, and meet somewhere.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <thread>
#include <vector>

#include "stress/perturbation.hpp"
#include "stress/processors.hpp"
#include "stress/timestamps.hpp"

namespace gauntlet::stress {

/// How a batch is run.
struct batch_plan {
  /// Ticks from one instance to the next.
  std::uint64_t period = 300;
  /// A role starts up to so many ticks late, drawn anew for each instance. A power of two, or 0 for never.
  std::uint64_t jitter = 0;
  bool backwards = false;
  /// What the program's locations share: a cache line, or nothing.
  bool together = false;
  /// Which thread plays role 0.
  unsigned first = 0;
};

inline batch_plan draw_batch(std::uint64_t stream, unsigned roles) noexcept {
  static constexpr std::uint64_t periods[] = {300, 300, 600, 1200};
  static constexpr std::uint64_t jitters[] = {0, 64, 256, 1024};
  std::uint64_t state = stream | 1;
  batch_plan made;
  made.period = periods[draw(state) % std::size(periods)];
  made.jitter = jitters[draw(state) % std::size(jitters)];
  made.backwards = draw(state) % 2 == 0;
  made.together = draw(state) % 4 == 0;
  made.first = draw(state) % roles;
  return made;
}

/// When a role ran in an instance, by timestamp(): written by its own thread to a place of its own, and with no fence,
/// as both would hide what stays in a store buffer.
struct stamps {
  std::uint64_t called;
  std::uint64_t returned;
};

/// @tparam Instance has `void prepare(const batch_plan&)`, alone, and `void run(unsigned role)`, all roles at once
template <class Instance>
class rendezvous {
 public:
  struct settings {
    unsigned roles = 2;
    std::size_t instances = 1024;
    std::uint64_t seed = 1;
    double seconds = 1;
    /// Keep stamps of each run.
    bool recorded = false;
    /// Instead of moments, a barrier before each instance: to compare with.
    bool barriers = false;
  };

  explicit rendezvous(const settings& how)
      : how_(how), instances_(how.instances), moments_(counters_agree() && how.roles <= processors()) {
    if (how_.recorded) records_.assign(how.roles, std::vector<stamps>(how.instances));
  }

  /// Runs batches until the time is up. @param look is shown each instance that ran, on one thread
  /// @return how many instances ran
  template <class Look>
  std::uint64_t run(Look&& look) {
    std::uint64_t ran = 0;
    const auto between = [&] {
      for (Instance& one : instances_) look(one);
      ran += instances_.size();
      prepare();
    };
    prepare();
    std::vector<std::thread> threads;
    for (unsigned nth = 0; nth < how_.roles; ++nth) threads.emplace_back([&, nth] { work(nth, between); });
    for (auto& thread : threads) thread.join();
    return ran;
  }

  /// By role, of the last batch.
  const std::vector<std::vector<stamps>>& records() const noexcept { return records_; }

 private:
  using clock = std::chrono::steady_clock;

  void prepare() {
    const std::chrono::duration<double> spent = clock::now() - start_;
    last_ = batch_ > 0 && spent.count() >= how_.seconds;
    plan_ = draw_batch(mix(how_.seed, batch_++), how_.roles);
    if (how_.barriers) plan_.backwards = false;
    for (Instance& one : instances_) one.prepare(plan_);
    // Time for all to leave the barrier.
    if (moments_) begin_ = ticks() + 4000;
  }

  template <class Between>
  void work(unsigned nth, Between&& between) {
    settle_on(nth);
    unsigned generation = 0;
    for (;;) {
      meet(generation);
      if (last_) return;
      play((nth + plan_.first) % how_.roles, generation);
      meet(generation);
      if (nth == 0) between();
    }
  }

  void play(unsigned role, unsigned& generation) {
    const bool turned = plan_.backwards && (moments_ || role % 2 == 1);
    std::uint64_t random = mix(batch_, role) | 1;
    for (std::size_t i = 0; i < instances_.size(); ++i) {
      const std::size_t which = turned ? instances_.size() - 1 - i : i;
      if (how_.barriers)
        meet(generation);
      else if (moments_)
        await(begin_ + plan_.period * i + (plan_.jitter == 0 ? 0 : draw(random) & (plan_.jitter - 1)));
      if (!how_.recorded) {
        instances_[which].run(role);
      } else {
        const std::uint64_t called = timestamp();
        instances_[which].run(role);
        records_[role][which] = {called, timestamp()};
      }
    }
  }

  /// Who is late goes on at once.
  static void await(std::uint64_t moment) noexcept {
    while (ticks() < moment) {
    }
  }

  void meet(unsigned& generation) noexcept {
    ++generation;
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == how_.roles) {
      arrived_.store(0, std::memory_order_relaxed);
      generation_.store(generation, std::memory_order_release);
      return;
    }
    for (unsigned spins = 0; generation_.load(std::memory_order_acquire) != generation; ++spins)
      if (spins > 2000) std::this_thread::yield();
  }

  const settings how_;
  std::vector<Instance> instances_;
  const bool moments_;
  std::vector<std::vector<stamps>> records_;
  const clock::time_point start_ = clock::now();

  // Written between batches.
  batch_plan plan_;
  std::uint64_t batch_ = 0;
  std::uint64_t begin_ = 0;
  bool last_ = false;

  alignas(64) std::atomic<unsigned> arrived_{0};
  alignas(64) std::atomic<unsigned> generation_{0};
};

}  // namespace gauntlet::stress
