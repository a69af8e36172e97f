#pragma once
/// guarded_map with a lock that its holder must not lock again, as in the threading guide's warning.
///
///     update_if_greater() takes the lock, calls get()
///     get() waits for the lock, for ever
///
/// One thread is enough. stress and relacy must catch it, as a deadlock or a wake-up that never comes.

#include "primitives/map/guarded_map.hpp"
#include "primitives/mutex/mutex.hpp"

namespace gauntlet {

// flaw: a method that holds this lock calls one that takes it.
template <class Key, class Value>
class guarded_map_self_deadlock : public guarded_map<Key, Value, mutex> {};

}  // namespace gauntlet
