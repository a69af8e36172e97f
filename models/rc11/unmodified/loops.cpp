#include "models/rc11/unmodified/loops.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include "models/rc11/unmodified/atomics.hpp"
#include "models/rc11/unmodified/modules.hpp"
#include "models/rc11/unmodified/record.hpp"

namespace gauntlet::rc11::unmodified {

namespace {
/// Writes whose contents are kept, of a thread. Whoever makes more isn't waiting.
constexpr std::size_t most_changes = 4096;
constexpr std::size_t unknown_size = ~std::size_t{0};

std::uintptr_t number(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address);
}

/// Whether one of the calling thread's events, since it had done so many, is such.
template <class Test>
bool any_since(unsigned done, Test is_such) {
  const graph& known = engine->execution();
  for (event_id id = engine->last_event(); id != no_event && known[id].index >= done; id = known[id].previous)
    if (is_such(known[id])) return true;
  return false;
}

/// It failed, though it needn't have.
bool failed_spuriously(const event& it) {
  return it.kind == kind::choice && it.value != 0 &&
         it.variant == static_cast<std::uint8_t>(explorer::budget::spurious);
}

/// A loop has no more iterations with these than there are threads.
bool is_of_a_thread(const event& it) {
  return it.kind == kind::start || it.kind == kind::join;
}

/// What is compared is mostly none, four or eight bytes: a call of memcmp() costs more than that.
bool alike(const std::byte* one, const std::byte* other, std::size_t size) {
  std::uint64_t left = 0;
  std::uint64_t right = 0;
  for (; size >= sizeof left; size -= sizeof left, one += sizeof left, other += sizeof left) {
    std::memcpy(&left, one, sizeof left);
    std::memcpy(&right, other, sizeof right);
    if (left != right) return false;
  }
  for (; size != 0; --size)
    if (*one++ != *other++) return false;
  return true;
}
}  // namespace

void loop_table::begin() {
  for (thread_loops& each : all_) {
    each.depth = 0;
    each.next = said::nothing;
    each.live.clear();
    each.changes.clear();
    each.before.clear();
    each.dead.clear();
    each.given.clear();
  }
}

void loop_table::keep(const void* address, std::size_t size, const void* frame) {
  const outside ordinary;
  thread_loops& me = mine();
  running_loop& it = me.innermost();
  const std::uintptr_t begin = number(address);
  // In the frame of a function that the iteration has called, and that will have returned.
  if (begin >= number(frame) && begin < it.frame) return;
  if (it.unknown) return;
  if (me.changes.size() == most_changes || size > most_changes) {
    for (unsigned each = 0; each < me.depth; ++each) me.running[each].unknown = true;
    return;
  }
  const piece where{begin, size};
  for (std::size_t each = me.changes.size(); each > it.changes && me.changes.size() - each < 8; --each)
    if (me.changes[each - 1].where.covers(where)) return;
  const bool on_stack = begin >= number(frame) && begin < me.running[0].frame;
  me.changes.push_back({where, me.before.size(), on_stack});
  const auto* const from = static_cast<const std::byte*>(address);
  me.before.insert(me.before.end(), from, from + size);
}

void loop_table::allocates(const void* block, std::size_t size) {
  const outside ordinary;
  if (mine().depth != 0) mine().given.push_back({number(block), size});
}

void loop_table::releases(const void* block) {
  thread_loops& me = mine();
  if (me.depth == 0) return;
  const outside ordinary;
  const auto found =
      std::find_if(me.given.rbegin(), me.given.rend(), [&](const piece& each) { return each.begin == number(block); });
  const std::size_t place = found == me.given.rend() ? 0 : static_cast<std::size_t>(me.given.rend() - found) - 1;
  for (unsigned each = 0; each < me.depth; ++each) {
    running_loop& it = me.running[each];
    // What it was given by an iteration before, or by nobody in a loop.
    if (found == me.given.rend() || place < it.given) it.unknown = true;
  }
  if (found == me.given.rend()) return;
  // Whatever was written there is gone.
  me.dead.push_back({*found, nullptr});
  me.given.erase(std::next(found).base());
  for (unsigned each = 0; each < me.depth; ++each)
    if (me.running[each].given > place) --me.running[each].given;
}

void loop_table::loses_sight() {
  thread_loops& me = mine();
  for (unsigned each = 0; each < me.depth; ++each) me.running[each].unknown = true;
}

void loop_table::dies(const gauntlet_loop* loop, const void* address, std::size_t size) {
  const outside ordinary;
  if (mine().depth != 0) mine().dead.push_back({{number(address), size}, loop});
}

/// Leaves the innermost loop.
void loop_table::drop(thread_loops& me) {
  const bool awaited = awaits(me.innermost());
  me.live.resize(me.innermost().live);
  if (--me.depth == 0) {
    me.changes.clear();
    me.before.clear();
    me.dead.clear();
    me.given.clear();
  }
  if (awaited) engine->await_end();
}

/// The loop, in that frame, as the innermost: those in it were left by an exception or a jump.
loop_table::running_loop* loop_table::find(thread_loops& me, const gauntlet_loop& loop, const void* frame) {
  const auto is_it = [&](const running_loop& it) { return it.loop == &loop && it.frame == number(frame); };
  unsigned place = me.depth;
  while (place > 0 && !is_it(me.running[place - 1])) --place;
  if (place == 0) return nullptr;
  while (me.depth > place) drop(me);
  return &me.running[place - 1];
}

void loop_table::begin_iteration(thread_loops& me, running_loop& it, const void* live) {
  it.changes = me.changes.size();
  it.dead = me.dead.size();
  it.given = me.given.size();
  it.done = engine->done();
  it.unknown = it.size == unknown_size;
  const auto* const from = static_cast<const std::byte*>(live);
  if (it.size != unknown_size)
    std::copy(from, from + it.size + it.refreshed, me.live.begin() + static_cast<std::ptrdiff_t>(it.live));
}

void loop_table::enter(const gauntlet_loop& loop, const void* live, std::size_t size, std::size_t refreshed,
                       const void* frame) {
  const outside ordinary;
  thread_loops& me = mine();
  // What was left by an exception or a jump lies in frames that are gone.
  while (me.depth > 0 && me.innermost().frame < number(frame)) drop(me);
  if (me.depth == me.running.size()) return;
  running_loop& it = me.running[me.depth++];
  it = {};
  it.loop = &loop;
  it.frame = number(frame);
  it.live = me.live.size();
  it.size = size == unknown_size ? size : size - refreshed;
  it.refreshed = refreshed;
  if (size != unknown_size) me.live.resize(it.live + size + refreshed);
  it.known = std::exchange(me.next, said::nothing);
  begin_iteration(me, it, live);
  if (awaits(it)) engine->await_begin({}, it.known == said::waits);
}

bool loop_table::memory_changed(const thread_loops& me, const running_loop& it) const {
  if (me.given.size() != it.given) return true;
  for (std::size_t each = it.changes; each < me.changes.size(); ++each) {
    const change& made = me.changes[each];
    // In a frame that is gone.
    if (made.on_stack && made.where.begin < it.frame) continue;
    const auto covers = [&](const thread_loops::death& other) {
      return (other.loop == nullptr || other.loop == it.loop) && other.where.covers(made.where);
    };
    if (std::any_of(me.dead.begin() + static_cast<std::ptrdiff_t>(it.dead), me.dead.end(), covers)) continue;
    const auto earlier = [&](const change& other) { return other.where.covers(made.where); };
    const auto first = me.changes.begin() + static_cast<std::ptrdiff_t>(it.changes);
    if (std::any_of(first, me.changes.begin() + static_cast<std::ptrdiff_t>(each), earlier)) continue;
    if (!alike(reinterpret_cast<const std::byte*>(made.where.begin), me.before.data() + made.contents, made.where.size))
      return true;
  }
  return false;
}

/// Whether another execution shows what comes after an iteration that only failed.
/// @param expected what it expected, and after that what the iteration before did @param found what it found
bool loop_table::is_covered(const running_loop& it, const std::byte* expected, const std::byte* found,
                            unsigned retried) {
  if ((retried & gauntlet::loops::after_load) != 0 && it.iterations == 0) return true;
  return (retried & gauntlet::loops::after_failing) != 0 && it.failed &&
         !alike(expected + it.refreshed, found, it.refreshed);
}

bool loop_table::again(const gauntlet_loop& loop, const void* live, unsigned retried, bool counted, const void* frame,
                       const site& at) {
  const outside ordinary;
  thread_loops& me = mine();
  running_loop* const found = find(me, loop, frame);
  if (found == nullptr) return false;
  running_loop& it = *found;
  if (it.known != said::nothing) {
    engine->await_again(at);
    return false;
  }
  auto* const before = me.live.data() + it.live;
  const auto* const now = static_cast<const std::byte*>(live);
  const bool same = !it.unknown && alike(before, now, it.size) && !memory_changed(me, it);
  const bool refreshed = same && it.refreshed != 0 && !alike(before + it.size, now + it.size, it.refreshed);
  const bool looked = engine->probing() || engine->done() != it.done;
  const bool failed = reduces && refreshed && !engine->await_changed();
  if (failed && is_covered(it, before + it.size, now + it.size, retried)) engine->await_covered(at);
  if (reduces && same && !refreshed && !counted) engine->await_polled(at);
  if (same && !refreshed && !looked && !counted) engine->await_forever(at);
  const bool in_vain = reduces && same && !refreshed && (!looked || !engine->await_changed());
  // That goes round, too, without having failed.
  if (in_vain && !counted && looked && any_since(it.done, failed_spuriously)) engine->await_covered(at);
  if (in_vain && !counted) {
    engine->await_again(at);
  } else if (reduces) {
    engine->await_end();
    engine->await_begin({}, false);
  }
  it.failed = failed;
  if (failed) std::memcpy(before + it.size + it.refreshed, before + it.size, it.refreshed);
  const bool goes_on = !in_vain && looked && loop.ends == 0 && !any_since(it.done, is_of_a_thread);
  begin_iteration(me, it, live);
  if (!in_vain && looked) ++it.iterations;
  if (goes_on && it.iterations > bound) {
    if (!engine->so_far().bound) held_in = calls_under_way();
    engine->await_bounded(at);
  }
  return in_vain && counted;
}

void loop_table::leave(const gauntlet_loop& loop, const void* frame) {
  const outside ordinary;
  thread_loops& me = mine();
  if (find(me, loop, frame) != nullptr) drop(me);
}

namespace {

/// What the C and C++ libraries do without a trace in the program's memory.
bool is_harmless(const void* function) {
  static const std::set<const void*> known = [] {
    std::set<const void*> all;
    for (const char* const name :
         {"__errno_location", "sched_getcpu", "getpid", "getenv", "sysconf", "abort", "__cxa_begin_catch",
          "__cxa_end_catch", "_Unwind_Resume", "__dynamic_cast", "_ZSt18_Rb_tree_incrementPSt18_Rb_tree_node_base",
          "_ZSt18_Rb_tree_incrementPKSt18_Rb_tree_node_base"})
      if (const void* const it = next(name)) all.insert(it);
    return all;
  }();
  return known.contains(function);
}

/// Code of modules that are neither the program's nor this library.
bool is_foreign(const void* function) {
  if (function == nullptr || is_programs(function)) return false;
  const auto here = reinterpret_cast<std::uintptr_t>(&is_foreign);
  for (const module& each : modules())
    if (here >= each.begin && here < each.end && number(function) >= each.begin && number(function) < each.end)
      return false;
  return !is_harmless(function);
}

}  // namespace
}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11;
using unmodified::inside;
using unmodified::loops;

GAUNTLET_ENTRY void __gauntlet_loop_enter(const gauntlet_loop* loop, const void* live, std::size_t size,
                                          std::size_t refreshed) {
  if (inside()) loops.enter(*loop, live, size, refreshed, __builtin_frame_address(0));
}
GAUNTLET_ENTRY unsigned __gauntlet_loop_again(const gauntlet_loop* loop, const void* live, unsigned retried,
                                              unsigned counted) {
  const bool ends = inside() && loops.again(*loop, live, retried, counted != 0, __builtin_frame_address(0),
                                            unmodified::at(GAUNTLET_CALLER));
  return ends ? 1 : 0;
}
GAUNTLET_ENTRY void __gauntlet_loop_leave(const gauntlet_loop* loop) {
  if (inside()) loops.leave(*loop, __builtin_frame_address(0));
}
GAUNTLET_ENTRY void __gauntlet_loop_dead(const gauntlet_loop* loop, const void* address, std::size_t size) {
  if (inside()) loops.dies(loop, address, size);
}
/// Its address is known elsewhere: accesses to it are told of.
GAUNTLET_ENTRY void __gauntlet_loop_sees(const void*) {}

GAUNTLET_ENTRY void __gauntlet_calls(const void* function) {
  if (!inside()) return;
  static const void* last_known = nullptr;
  if (function == last_known) return;
  const unmodified::outside ordinary;
  if (unmodified::is_foreign(function))
    loops.loses_sight();
  else
    last_known = function;
}

namespace {

/// An exchange that needn't write where it finds what it leaves: see loops/retry.cpp.
template <class T>
T exchange(void* address, T value, int how, const void* where) {
  if (!inside()) return std::exchange(*static_cast<T*>(address), value);
  if (!loops.reduces)
    return static_cast<T>(
        unmodified::modify(address, sizeof(T), operation::exchange, value, static_cast<order>(how), where));
  const unmodified::told step("exchange", address, sizeof(T), how, where);
  return static_cast<T>(unmodified::try_modify(address, sizeof(T), operation::exchange_unless, value, value,
                                               static_cast<order>(how), where));
}

}  // namespace

/// Before a compare-exchange that is weak, and where failing matters: see loops/weak.cpp.
#define FAILS(bytes, T)                                                                                             \
  GAUNTLET_ENTRY unsigned __gauntlet_fails##bytes(const void* address, T expected, int how) {                       \
    return inside() &&                                                                                              \
                   unmodified::fails_spuriously(address, bytes, expected, static_cast<order>(how), GAUNTLET_CALLER) \
               ? 1                                                                                                  \
               : 0;                                                                                                 \
  }
__extension__ using a128 = unsigned __int128;
FAILS(1, std::uint8_t)
FAILS(2, std::uint16_t)
FAILS(4, std::uint32_t)
FAILS(8, std::uint64_t)
FAILS(16, a128)

#define EXCHANGE(bytes, T)                                                       \
  GAUNTLET_ENTRY T __gauntlet_exchange##bytes(void* address, T value, int how) { \
    return exchange<T>(address, value, how, GAUNTLET_CALLER);                    \
  }
EXCHANGE(1, std::uint8_t)
EXCHANGE(2, std::uint16_t)
EXCHANGE(4, std::uint32_t)
EXCHANGE(8, std::uint64_t)

/// Assembly that nobody has translated is about to be executed: what it does to memory, the engine wouldn't see.
GAUNTLET_ENTRY void __gauntlet_assembly(const char* file, unsigned line, const char* text) {
  if (!inside()) return;
  const unmodified::outside ordinary;
  unmodified::engine->refuse(std::string(file) + ":" + std::to_string(line) +
                             ": inline assembly of unknown meaning, \"" + text +
                             "\", may access memory; write it with std::atomic or __atomic_*");
}
