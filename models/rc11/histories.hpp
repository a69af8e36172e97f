#pragma once
/// The clock of histories (harness/history.hpp) in executions that the explorer runs, for both of its front ends.
///
/// Linearizability speaks of real time, the memory model only of happens-before. So one call precedes another here if
/// the memory model says so: each thread counts its calls' ends in a word that only it writes, with release, and a call
/// begins with an acquire load of everybody's. What ends is ordered with what begins after it, and nothing else is:
/// neither begins with begins nor ends with ends, which would hide what weak orders allow, and be explored for nothing.
/// A load that returns an old count is a call that began before; there is no other time.
///
/// Whatever happens with a clock that orders all stamps happens with this one, with less happens-before: each begin
/// then reads all ends that came before it.

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/history.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

/// A stamp has a byte for each thread.
inline constexpr unsigned most_stamped = 8;
struct alignas(16) end_counter {
  std::uint64_t value = 0;
};
/// By thread. Its address is what counts: the values are the engine's.
inline constexpr std::array<end_counter, most_stamped> ends_of{};

/// Before any thread of an execution is started. @param roles the threads 1 to `roles` make calls
inline void start_history(explorer& here, unsigned roles) {
  if (roles >= most_stamped)
    throw std::length_error("a history has at most " + std::to_string(most_stamped - 1) + " threads, not " +
                            std::to_string(roles));
  for (unsigned thread = 0; thread <= roles; ++thread) here.create(&ends_of[thread], 8, 0, {});
}

/// How many calls of each thread had ended, a byte each.
inline std::uint64_t call_begins(explorer& here, unsigned roles) {
  std::uint64_t seen = 0;
  for (unsigned thread = 1; thread <= roles; ++thread)
    seen |= static_cast<std::uint64_t>(here.load(&ends_of[thread], 8, order::acquire, {})) << 8 * thread;
  return seen;
}

/// Whose call ended, and which of its calls that was.
inline std::uint64_t call_ends(explorer& here) {
  const unsigned thread = here.thread_index();
  const auto nth = static_cast<std::uint64_t>(here.modify(&ends_of[thread], 8, operation::add, 1, order::release, {}));
  if (nth == 255) throw std::length_error("a history has at most 255 calls of a thread");
  return thread << 8 | (nth + 1);
}

/// Makes times of stamps. Two threads may each begin a second call and know nothing of the other's first, though one of
/// these ended first in time. Such calls are no history. @return whether it is one
inline bool in_real_time(std::vector<harness::recorded>& history) {
  const auto of = [](std::uint64_t seen, std::uint64_t thread) { return seen >> 8 * thread & 255; };
  const auto all = [&](std::uint64_t seen) {
    std::uint64_t sum = 0;
    for (unsigned thread = 0; thread < most_stamped; ++thread) sum += of(seen, thread);
    return sum;
  };
  const auto within = [&](std::uint64_t less, std::uint64_t more) {
    for (unsigned thread = 0; thread < most_stamped; ++thread)
      if (of(less, thread) > of(more, thread)) return false;
    return true;
  };
  for (const auto& one : history)
    for (const auto& other : history)
      if (!within(one.called, other.called) && !within(other.called, one.called)) return false;
  // What began later has seen more ends: their number is its time. A call ended just before the first that saw its end.
  for (auto& one : history) {
    if (one.returned == harness::never) continue;
    std::uint64_t first = harness::never / 2;
    for (const auto& other : history)
      if (of(other.called, one.returned >> 8) >= (one.returned & 255)) first = std::min(first, all(other.called));
    one.returned = 2 * first;
  }
  for (auto& one : history) one.called = 2 * all(one.called) + 1;
  return true;
}

}  // namespace gauntlet::rc11
