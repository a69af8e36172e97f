#pragma once
/// A semaphore in sequence, and calls of it that meet.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "harness/collision.hpp"
#include "harness/specification.hpp"

namespace gauntlet::contracts {

template <class S>
concept limited_semaphore = std::constructible_from<S, std::uint32_t, std::uint32_t>;

/// @param initial permits that are free @param most that the scenario may make free, the limit of one that has a limit
template <class S>
S with_permits(std::uint32_t initial, std::uint32_t most) {
  if constexpr (limited_semaphore<S>)
    return S(initial, most);
  else
    return S(initial);
}

/// The state is the number of free permits. Who times out found none.
template <class S>
struct semaphore_specification {
  static constexpr std::string_view operations[] = {"try_acquire", "release", "acquire", "try_acquire_for"};
  enum : unsigned { try_acquire, release, acquire, try_acquire_for };
  static constexpr std::int64_t limit = 2;

  static std::unique_ptr<S> create() { return std::unique_ptr<S>(new S(with_permits<S>(0, limit))); }
  static harness::model_state initial() { return {0}; }
  static std::int64_t argument(unsigned operation, unsigned nth) { return operation == release ? 1 + nth % 2 : 0; }

  static bool blocks(unsigned operation) { return operation == acquire; }
  static bool enabled(const harness::model_state& state, const harness::recorded&) { return state[0] > 0; }
  static harness::recorded rescue(const harness::recorded&) { return {.operation = release, .argument = 1}; }

  static harness::outcome apply(S& semaphore, unsigned operation, std::int64_t argument) {
    if (operation == try_acquire) return semaphore.try_acquire() ? 1 : 0;
    if (operation == try_acquire_for) return semaphore.try_acquire_for(std::chrono::microseconds(20)) ? 1 : 0;
    if (operation == acquire) {
      semaphore.acquire();
      return 1;
    }
    try {
      semaphore.release(static_cast<std::uint32_t>(argument));
      return 1;
    } catch (const std::overflow_error&) {
      return 0;
    }
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    if (done.operation == release) {
      const bool room = !limited_semaphore<S> || state[0] + done.argument <= limit;
      if (room) state[0] += done.argument;
      return room == (done.result == 1);
    }
    const bool free = state[0] > 0;
    if (free) --state[0];
    return free == (done.result == 1);
  }
};

/// Two try for one permit.
template <class S>
harness::program last_permit() {
  using of = semaphore_specification<S>;
  return {
      .first = {{of::release, 1}}, .roles = {{{of::try_acquire}}, {{of::try_acquire}}}, .last = {{of::try_acquire}}};
}

template <class S>
harness::program release_meets_tries() {
  using of = semaphore_specification<S>;
  return {.roles = {{{of::release, 1}}, {{of::try_acquire}, {of::try_acquire}}}, .last = {{of::try_acquire}}};
}

/// Of one that has a limit, there is room for one more permit.
template <class S>
harness::program two_releases() {
  using of = semaphore_specification<S>;
  return {.first = {{of::release, 1}},
          .roles = {{{of::release, 1}}, {{of::release, 1}}},
          .last = {{of::try_acquire}, {of::try_acquire}, {of::try_acquire}}};
}

}  // namespace gauntlet::contracts
