#pragma once
/// Finds deadlocks that have not happened. Every time a thread waits for a lock while it holds others, the checker
/// remembers "held → taken". If these make a circle, threads that meet at the wrong moment wait for each other for
/// ever; the circle is told when it closes, whether or not they do. As Linux's lockdep does for classes of locks and
/// Abseil's Mutex for locks; here for locks.
///
/// What counts
///   lock, lock_shared    each lock held → this one. Read locks count as write locks: readers wait for a writer that
///                        waits for readers. A lock that its holder waits for again is a circle of one.
///   try_lock, timed      nothing leads to a lock that was only tried: no thread waits for it without end. What its
///                        holder then waits for counts.
///   recursive locks      from the outermost lock() to the outermost unlock().
///   unlock by another    the thread that locked is taken to hold it no more. If there are several readers: none does.
///   destroyed locks      take what is known of them along; a lock in the same place begins anew.
/// It is not asked whether a third lock, held around both, keeps the two orders apart: they are told all the same.
///
/// Cost: a stack (16 frames, some 3 us) for each lock(), and with h held another and h look-ups in a table that all
/// threads share. A pair that is new is put in a topological order (Pearce & Kelly 2006), O(1) where it agrees with the
/// order of making, else by what lies between the two. Memory: some 350 bytes a pair.

#include <cstdint>
#include <string>
#include <vector>

#include "lock_order/position.hpp"

namespace gauntlet::lock_order {

/// One thread held a lock and waited for another.
struct step {
  std::string held;
  std::string taken;
  /// Where it acquired the one, and where it waited for the other.
  position held_at;
  position taken_at;
  std::uint32_t thread = 0;
};

/// What one step takes the next one holds; the last one takes what the first one holds.
struct inversion {
  std::vector<step> circle;
};

/// As people read it: a line that names the circle, then a paragraph for each step.
std::string describe(const inversion& found);

/// Called by the thread that closed the circle, before it waits, with no lock of the checker's held. If it returns the
/// thread goes on; the same pair is not told again while both locks live. It must not throw.
using handler = void (*)(const inversion&);

/// @param called null: prints to stderr and aborts
/// @return the one before, null at first
handler set_handler(handler called) noexcept;

}  // namespace gauntlet::lock_order
