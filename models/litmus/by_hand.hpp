#pragma once
/// Store buffering without an interpreter, and how often the machine shows what only a store buffer explains.

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "stress/rendezvous.hpp"

namespace gauntlet::litmus {

/// 0 and 0 is the outcome that only a store buffer explains.
struct store_buffering {
  void prepare(const stress::batch_plan& how) {
    spread = how.together ? 1 : 64;
    for (auto& one : memory) one.store(0, std::memory_order_relaxed);
  }
  void run(unsigned role) {
    memory[spread * role].store(1, std::memory_order_relaxed);
    seen[64 * role] = memory[spread * (1 - role)].load(std::memory_order_relaxed);
  }
  bool weak() const { return seen[0] == 0 && seen[64] == 0; }

  alignas(64) std::atomic<std::uint8_t> memory[128];
  alignas(64) std::uint8_t seen[128];
  std::size_t spread = 64;
};

/// By the second, and samples also by the second that a processor spent: on a busy machine threads get only a part of
/// the time.
struct yield {
  double samples;
  double weak;
  double samples_by_processor;
};

inline yield store_buffering_seen(const stress::rendezvous<store_buffering>::settings& how) {
  const auto spent_by_processors = [] {
    rusage spent;
    getrusage(RUSAGE_SELF, &spent);
    return static_cast<double>(spent.ru_utime.tv_sec + spent.ru_stime.tv_sec) +
           static_cast<double>(spent.ru_utime.tv_usec + spent.ru_stime.tv_usec) / 1e6;
  };
  std::uint64_t weak = 0;
  const double before = spent_by_processors();
  const auto start = std::chrono::steady_clock::now();
  const auto ran =
      stress::rendezvous<store_buffering>(how).run([&](const store_buffering& one) { weak += one.weak() ? 1U : 0U; });
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {static_cast<double>(ran) / spent.count(), static_cast<double>(weak) / spent.count(),
          static_cast<double>(ran) / (spent_by_processors() - before)};
}

}  // namespace gauntlet::litmus
