#pragma once
/// Batches of a program that is nothing but its roles: no scenario, no watchdog, and nothing between the roles and the
/// machine. For litmus tests, and to measure how well threads collide. Where moments (stress/batch.hpp) aren't to be
/// had, roles walk through the instances in opposite directions instead, and meet somewhere.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "stress/batch.hpp"
#include "stress/timestamps.hpp"

namespace gauntlet::stress {

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
    /// A power of two.
    std::size_t instances = 1024;
    std::uint64_t seed = 1;
    double seconds = 1;
    /// Keep stamps of each run.
    bool recorded = false;
    /// Instead of moments, a barrier before each instance: to compare with.
    bool barriers = false;
  };

  explicit rendezvous(const settings& how)
      : how_(how), instances_(how.instances), moments_(may_meet_at_moments(how.roles)) {
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
    plan_ = draw_batch(mix(how_.seed, batch_++), how_.roles, how_.instances);
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
    const bool opposite = !moments_ && !how_.barriers && role % 2 == 1;
    std::uint64_t random = mix(batch_, role) | 1;
    for (std::size_t i = 0; i < instances_.size(); ++i) {
      const std::size_t which = plan_.instance(opposite ? instances_.size() - 1 - i : i);
      if (how_.barriers)
        meet(generation);
      else if (moments_)
        await(begin_ + plan_.moment(i, random));
      if (!how_.recorded) {
        instances_[which].run(role);
      } else {
        const std::uint64_t called = timestamp();
        instances_[which].run(role);
        records_[role][which] = {called, timestamp()};
      }
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
