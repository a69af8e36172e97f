#pragma once
/// A bounded queue in sequence, and calls of it that meet.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "harness/collision.hpp"
#include "harness/specification.hpp"

namespace gauntlet::contracts {

template <class Q>
struct queue_specification {
  static constexpr std::size_t capacity = 2;
  static constexpr harness::outcome nothing = -1;
  static constexpr std::string_view operations[] = {"try_put", "try_get", "put", "get"};
  enum : unsigned { try_put, try_get, put, get };

  static std::unique_ptr<Q> create() { return std::make_unique<Q>(capacity); }
  static harness::model_state initial() { return {}; }
  static std::int64_t argument(unsigned operation, unsigned nth) {
    return operation == try_put || operation == put ? nth : 0;
  }

  static bool blocks(unsigned operation) { return operation == put || operation == get; }
  static bool enabled(const harness::model_state& items, const harness::recorded& waiting) {
    return waiting.operation == put ? items.size() < capacity : !items.empty();
  }
  static harness::recorded rescue(const harness::recorded& waiting) {
    return {.operation = waiting.operation == put ? try_get : try_put};
  }

  static harness::outcome apply(Q& queue, unsigned operation, std::int64_t argument) {
    if (operation == try_put) return queue.try_put(static_cast<int>(argument)) ? 1 : 0;
    if (operation == get) return queue.get();
    if (operation == put) {
      queue.put(static_cast<int>(argument));
      return 1;
    }
    return queue.try_get().value_or(nothing);
  }

  static bool step(harness::model_state& items, const harness::recorded& now) {
    if (blocks(now.operation) && !enabled(items, now)) return false;
    if (now.operation == try_put || now.operation == put) {
      const bool room = items.size() < capacity;
      if (room) items.push_back(now.argument);
      return now.result == (room ? 1 : 0);
    }
    if (items.empty()) return now.result == nothing;
    if (now.result != items.front()) return false;
    items.pop_front();
    return true;
  }
};

/// The queue is full.
template <class Q>
harness::program put_meets_gets() {
  using of = queue_specification<Q>;
  return {.first = {{of::try_put, 2}, {of::try_put, 3}},
          .roles = {{{of::try_put, 4}}, {{of::try_get}, {of::try_get}}},
          .last = {{of::try_get}, {of::try_get}},
          .results = {of::nothing, 0, 1, 2, 3, 4}};
}

/// That both end is what is asked here.
template <class Q>
harness::program puts_meet_gets() {
  using of = queue_specification<Q>;
  return {.first = {{of::try_put, 2}},
          .roles = {{{of::put, 3}, {of::put, 4}}, {{of::get}, {of::get}}},
          .last = {{of::try_get}, {of::try_get}},
          .results = {of::nothing, 0, 1, 2, 3, 4}};
}

}  // namespace gauntlet::contracts
