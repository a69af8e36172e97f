#pragma once
/// Atomic operations as the program makes them, or the runtime on its behalf.

#include "models/rc11/unmodified/heap.hpp"

namespace gauntlet::rc11::unmodified {

/// While one of these is, the calling thread makes an atomic write. Memory shows it in the end; in a replay from the
/// beginning, as others may run before it returns.
class change {
 public:
  [[gnu::always_inline]] change(void* address, unsigned size, const void* where)
      : address_(address), it_(&memory.object(address, size, true, where)) {
    event_id coming = engine->upcoming();
    if (coming == no_event) return;
    const graph& known = engine->execution();
    if (known[coming].kind == kind::choice) coming = known[coming].next;
    if (coming == no_event) return;
    if (known[coming].kind == kind::read && known[coming].indivisible) coming = known[coming].next;
    if (coming != no_event && known[coming].kind == kind::write) memory.mirror(*it_, address, coming);
    it_ = nullptr;
  }
  ~change() {
    if (it_ == nullptr) return;
    const event_id last = engine->last_event();
    if (engine->execution()[last].kind == kind::write) memory.mirror(*it_, address_, last);
  }
  change(const change&) = delete;
  change& operator=(const change&) = delete;

 private:
  void* address_;
  bytes::range* it_;
};

bits load(const void* address, unsigned size, order how, const void* where);
void store(void* address, unsigned size, bits value, order how, const void* where);
bits modify(void* address, unsigned size, operation what, bits operand, order how, const void* where);
/// @return whether it succeeded
bool compare_exchange(void* address, unsigned size, bits& expected, bits desired, order success, order failure,
                      bool weak, const void* where);
/// explorer::fails_spuriously
bool fails_spuriously(const void* address, unsigned size, bits expected, order failure, const void* where);
/// explorer::try_modify, await_modify and await_change.
bits try_modify(void* address, unsigned size, operation what, bits expected, bits operand, order how,
                const void* where);
bits await_modify(void* address, unsigned size, operation what, bits expected, bits operand, order how,
                  const void* where, bool timed = false);
bits await_change(const void* address, unsigned size, bits from, order how, const void* where);

}  // namespace gauntlet::rc11::unmodified
