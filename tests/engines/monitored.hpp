#pragma once
/// Objects that monitors know, each by what its operations do in sequence.

#include <cstdint>
#include <string_view>

#include "harness/specification.hpp"

namespace gauntlet::harness::monitored {

/// A specification by what its operations do and give back. Arguments are unique in a history.
template <class Object>
struct specification : Object {
  static bool step(model_state& state, const recorded& one) {
    return Object::perform(state, one.operation, one.argument) == one.result;
  }
};

constexpr outcome nothing = -1;

struct queue {
  using monitor = fifo;
  static constexpr std::string_view operations[] = {"put", "take"};
  static model_state initial() { return {}; }
  static outcome perform(model_state& items, unsigned operation, std::int64_t argument) {
    if (operation == 0) items.push_back(argument);
    if (operation == 0 || items.empty()) return operation == 0 ? 0 : nothing;
    const auto front = items.front();
    items.pop_front();
    return front;
  }
  static fifo monitored(const recorded& one) {
    if (one.operation == 0) return {fifo::put, one.argument};
    return one.result == nothing ? fifo{fifo::found_empty} : fifo{fifo::got, one.result};
  }
};

struct stack {
  static constexpr std::string_view operations[] = {"push", "pop"};
  static model_state initial() { return {}; }
  static outcome perform(model_state& items, unsigned operation, std::int64_t argument) {
    if (operation == 0) items.push_back(argument);
    if (operation == 0 || items.empty()) return operation == 0 ? 0 : nothing;
    const auto top = items.back();
    items.pop_back();
    return top;
  }
  static lifo monitored(const recorded& one) {
    if (one.operation == 0) return {lifo::put, one.argument};
    return one.result == nothing ? lifo{lifo::found_empty} : lifo{lifo::got, one.result};
  }
};

struct cell {
  static constexpr std::string_view operations[] = {"write", "read"};
  static model_state initial() { return {-2}; }
  static outcome perform(model_state& state, unsigned operation, std::int64_t argument) {
    if (operation == 0) state[0] = argument;
    return operation == 0 ? 0 : state[0];
  }
  static register_cell monitored(const recorded& one) {
    return one.operation == 0 ? register_cell{register_cell::wrote, one.argument}
                              : register_cell{register_cell::read, one.result};
  }
};

struct counter {
  static constexpr std::string_view operations[] = {"add", "value"};
  static model_state initial() { return {0}; }
  static std::int64_t amount(std::int64_t argument) { return argument % 2 + 1; }
  static outcome perform(model_state& state, unsigned operation, std::int64_t argument) {
    if (operation == 0) state[0] += amount(argument);
    return state[0];
  }
  static growing_counter monitored(const recorded& one) {
    if (one.operation == 1) return {growing_counter::read, 0, one.result};
    return {growing_counter::added, amount(one.argument), one.result};
  }
};

struct semaphore {
  static constexpr std::string_view operations[] = {"try_acquire", "release"};
  static model_state initial() { return {2}; }
  static outcome perform(model_state& state, unsigned operation, std::int64_t) {
    const bool refused = operation == 0 && state[0] == 0;
    if (!refused) state[0] += operation == 0 ? -1 : 1;
    return refused ? 0 : 1;
  }
  static permits monitored(const recorded& one) {
    if (one.result == 0) return {permits::refused};
    return {one.operation == 0 ? permits::acquired : permits::released};
  }
};

struct mutex {
  static constexpr std::string_view operations[] = {"turn_on", "turn_off", "is_on"};
  static model_state initial() { return {0}; }
  static outcome perform(model_state& state, unsigned operation, std::int64_t) {
    const outcome was = state[0];
    if (operation != 2) state[0] = operation == 0 ? 1 : 0;
    return operation == 2 ? was : was == (operation == 0 ? 0 : 1) ? 1 : 0;
  }
  static flag monitored(const recorded& one) {
    if (one.operation == 2) return {one.result == 1 ? flag::was_on : flag::was_off};
    if (one.result == 1) return {one.operation == 0 ? flag::turned_on : flag::turned_off};
    return {one.operation == 0 ? flag::was_on : flag::was_off};
  }
};

/// Of a thousand keys; the state is one's.
struct set {
  static constexpr std::string_view operations[] = {"insert", "erase", "contains"};
  static model_state initial() { return mutex::initial(); }
  static std::int64_t key(const recorded& one) { return one.argument % 1000; }
  static outcome perform(model_state& state, unsigned operation, std::int64_t argument) {
    return mutex::perform(state, operation, argument);
  }
  static flag monitored(const recorded& one) { return mutex::monitored(one); }
};

}  // namespace gauntlet::harness::monitored
