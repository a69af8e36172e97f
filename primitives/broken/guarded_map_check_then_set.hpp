#pragma once
/// guarded_map whose update_if_greater() compares in one critical section, and sets in another.
///
///     the value is 1
///     A: 3 is greater than 1
///     B: 2 is greater than 1
///     A sets 3
///     B sets 2                           the greatest is lost
///
/// Each call of get() and set() takes the lock, so there is no race. stress and relacy must catch the wrong value.

#include <utility>

#include "primitives/map/guarded_map.hpp"

namespace gauntlet {

template <class Key, class Value>
class guarded_map_check_then_set : public guarded_map<Key, Value> {
 public:
  bool update_if_greater(const Key& key, Value value) {
    // flaw: what get() returned may not be so any more when set() comes.
    if (!(this->get(key) < value)) return false;
    this->set(key, std::move(value));
    return true;
  }
};

}  // namespace gauntlet
