#pragma once
/// What a thread did, as the engine keeps it: one node of an execution graph.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gauntlet::rc11 {

/// The bytes of any value of up to 16 bytes, zero above its size.
__extension__ using bits = unsigned __int128;

using order = std::memory_order;

inline bool acquires(order how) noexcept {
  return how != order::relaxed && how != order::release;
}
inline bool releases(order how) noexcept {
  return how == order::release || how == order::acq_rel || how == order::seq_cst;
}

enum class kind : std::uint8_t { read, write, fence, start, join, choice, watch };

/// What a read-modify-write makes of the value that it read. `none` is a load. Where a bit of what is expected is set,
/// add_unless changes nothing; where the value is less, subtract_within doesn't; where it is just that, exchange_unless
/// doesn't. The last five serve futexes, see futex.cpp: a wait's look at the word, which writes nothing, and what is
/// done to the queue, whose low 64 bits are the threads that sleep, and the high ones those that its last operation
/// woke.
enum class operation : std::uint8_t {
  none,
  exchange,
  add,
  subtract,
  bit_and,
  bit_or,
  bit_xor,
  bit_nand,
  compare_exchange,
  add_unless,
  subtract_within,
  exchange_unless,
  look,
  enqueue,
  sleep,
  dequeue,
  wake
};

/// Whether it depends on the value read if there is a write; and so the order that counts.
inline bool conditional(operation what) noexcept {
  return what == operation::compare_exchange || what == operation::add_unless || what == operation::subtract_within ||
         what == operation::exchange_unless;
}

/// The index of an event, in the order in which events were added to their graph.
using event_id = std::uint16_t;
inline constexpr event_id no_event = 0xffff;

struct event {
  /// Written; of a read-modify-write's read, the operand; of a choice, what was chosen; of a start or join, the thread;
  /// of a look, its queue's location.
  bits value;
  /// What a compare-exchange, a look, a guarded addition or a load that waits for another value compares with.
  bits expected;
  rc11::kind kind;
  std::uint8_t thread;
  /// As asked for. A compare-exchange that fails has `failure` instead.
  order asked : 8;
  order failure : 8;
  operation modify;
  /// A read whose write follows, or that write.
  bool indivisible : 1;
  /// A read that, when it was added, passed over a newer write: nothing added later can make up for it.
  bool stale : 1;
  /// A read whose write's message is lost: no acquire fence learns it.
  bool silent : 1;
  /// Its thread made a plain access since its event before.
  bool after_plain : 1;
  /// Its thread is held until it reads something that lets it go on.
  bool waits : 1;
  std::uint8_t size;
  /// Of the outcomes that the operation may have with the value read, which. Of a start, how many starts before it its
  /// thread started the new one's twin; 0 if there is none.
  std::uint8_t variant;
  std::uint16_t location;
  /// Among its thread's events.
  std::uint16_t index;
  /// The write that a read reads, or no_event: the initial value.
  event_id from;
  /// A write's place in its location's modification order, from 1; 0 where it has none yet. The initial value's is 0.
  std::uint16_t place;
  event_id older;
  event_id newer;
  event_id read_before;  // of the same location, added before
  event_id previous;     // of the same thread
  event_id next;
  /// See where().
  std::uint16_t where_high;
  std::uint32_t where_low;

  /// Where the program asked for it: a site's first part. Addresses have 48 bits.
  const void* where() const noexcept {
    return reinterpret_cast<const void*>(std::uintptr_t{where_high} << 32U | where_low);
  }
  void set_where(const void* it) noexcept {
    where_high = static_cast<std::uint16_t>(reinterpret_cast<std::uintptr_t>(it) >> 32U);
    where_low = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(it));
  }

  /// What is done, but for where and with which value, as one word.
  std::uint64_t form() const noexcept {
    constexpr std::uint64_t others = 0x00ff'00ff'ffff'00ff;  // than the thread, flags and the variant
    std::uint64_t word;
    std::memcpy(&word, reinterpret_cast<const char*>(this) + offsetof(event, kind), sizeof word);
    return word & others;
  }
  static constexpr std::uint64_t form_of(rc11::kind what, operation modify, order how, order failing, unsigned size) {
    return static_cast<std::uint64_t>(what) | static_cast<std::uint64_t>(how) << 16U |
           static_cast<std::uint64_t>(failing) << 24U | static_cast<std::uint64_t>(modify) << 32U |
           std::uint64_t{size} << 48U;
  }

  /// The order that counts.
  order how() const noexcept { return conditional(modify) && kind == kind::read && !indivisible ? failure : asked; }
};
static_assert(sizeof(event) == 64);

inline bits truncated(bits value, unsigned size) noexcept {
  return size >= 16 ? value : value & ((bits{1} << (size * 8U)) - 1);
}

/// Whether a read for `what` that finds `value` is followed by a write.
inline bool writes(const event& what, bits value) noexcept {
  if (what.modify == operation::compare_exchange) return value == what.expected;
  if (what.modify == operation::add_unless) return (value & what.expected) == 0;
  if (what.modify == operation::subtract_within) return value >= what.expected;
  if (what.modify == operation::exchange_unless) return value != what.expected;
  // Who was woken can't give up. A wake that finds nobody changes nothing.
  if (what.modify == operation::dequeue) return (value & what.value) != 0;
  if (what.modify == operation::wake) return static_cast<std::uint64_t>(value) != 0;
  return what.modify != operation::none && what.modify != operation::look;
}

/// Whether a read that finds `value` lets its thread go on.
inline bool goes_on(const event& what, bits value) noexcept {
  if (!what.waits) return true;
  return what.modify == operation::none ? value != what.expected : writes(what, value);
}

/// Whether two events are of the same operation, whatever came of it.
inline bool alike(const event& one, const event& other) noexcept {
  return one.kind == other.kind && one.location == other.location && one.asked == other.asked &&
         one.modify == other.modify && one.size == other.size && one.expected == other.expected &&
         (one.kind == kind::choice || one.value == other.value);
}

/// Whether it is done to a futex's queue, which is no memory: its order is nobody's but the queue's.
inline bool of_queue(const event& it) noexcept {
  return it.modify >= operation::enqueue;
}

/// In how many ways the operation may go on from `value`: a wake of some of the sleepers may pick any.
unsigned variants(const event& what, bits value) noexcept;

/// The value that the read-modify-write `what` leaves where it found `value`.
bits modified(const event& what, bits value) noexcept;

}  // namespace gauntlet::rc11
