#pragma once
/// Makes small programs collide on native threads: many instances of one program side by side, and for each a moment at
/// which all roles start it. Two stores and two loads take some nanoseconds; threads that leave a barrier together are
/// hundreds apart, and the one that arrived last is always first.
///
/// The moments are readings of the time-stamp counter, `period` apart (as litmus7 does with its "timebase": Alglave,
/// Maranget, Sarkar & Sewell 2011, "Litmus: Running Tests against Hardware"). What suits one program misses another, so
/// each batch draws its own period, jitter, way through the instances, layout, and who plays which role.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "stress/perturbation.hpp"
#include "stress/processors.hpp"

namespace gauntlet::stress {

/// How a batch is run.
struct batch_plan {
  /// A power of two.
  std::size_t instances = 1024;
  /// Each instance begins at a moment. Else it begins when all have come to it.
  bool moments = true;
  /// Ticks from one instance to the next.
  std::uint64_t period = 300;
  /// A role starts up to so many ticks late, drawn anew for each instance. A power of two, or 0 for never.
  std::uint64_t jitter = 0;
  /// The way through the instances: every `stride`th as they lie in memory, and round again. Odd.
  std::size_t stride = 1;
  bool backwards = false;
  /// What lies side by side, locations or instances, shares cache lines, or none.
  bool together = false;
  /// Which thread plays role 0.
  unsigned first = 0;

  /// The `i`th instance on the way.
  std::size_t instance(std::size_t i) const noexcept {
    const std::size_t along = i * stride % instances;
    return backwards ? instances - 1 - along : along;
  }

  /// When the `i`th begins for who draws from `random`, in ticks after the first.
  std::uint64_t moment(std::size_t i, std::uint64_t& random) const noexcept {
    return period * i + (jitter == 0 ? 0 : draw(random) & (jitter - 1));
  }
};

inline batch_plan draw_batch(std::uint64_t stream, unsigned roles, std::size_t instances) noexcept {
  static constexpr std::uint64_t periods[] = {300, 300, 600, 1200};
  static constexpr std::uint64_t jitters[] = {0, 64, 256, 1024};
  static constexpr std::size_t strides[] = {1, 1, 7, 33};
  std::uint64_t state = stream | 1;
  batch_plan made{.instances = instances};
  made.period = periods[draw(state) % std::size(periods)];
  made.jitter = jitters[draw(state) % std::size(jitters)];
  made.stride = strides[draw(state) % std::size(strides)];
  made.backwards = draw(state) % 2 == 0;
  made.together = draw(state) % 4 == 0;
  made.first = draw(state) % roles;
  return made;
}

/// "256 instances, 300 ticks apart, up to 63 late, one in 7, backwards, side by side"
inline std::string describe(const batch_plan& what) {
  std::string all = std::to_string(what.instances) + " instances, ";
  all += what.moments ? std::to_string(what.period) + " ticks apart" : "one after the other";
  if (what.moments && what.jitter != 0) all += ", up to " + std::to_string(what.jitter - 1) + " late";
  if (what.stride != 1) all += ", one in " + std::to_string(what.stride);
  if (what.backwards) all += ", backwards";
  return all + (what.together ? ", side by side" : ", in cache lines of their own");
}

/// Whether so many roles can meet at moments: each has a processor, and all have one clock.
inline bool may_meet_at_moments(unsigned roles) {
  static const bool one_clock = counters_agree();
  static const unsigned places = processors();
  return one_clock && roles <= places;
}

/// Returns at the moment, at once if it has passed. @return whether it hadn't
inline bool await(std::uint64_t moment) noexcept {
  if (ticks() >= moment) return false;
  while (ticks() < moment) {
  }
  return true;
}

}  // namespace gauntlet::stress
