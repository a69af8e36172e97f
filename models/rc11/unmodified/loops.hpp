#pragma once
/// The program's loops, as loops/ has them tell of their iterations: what waits for another thread, and what works.
///
/// An iteration is in vain if it leaves everything as it was: the values that are live into it (which it gives), plain
/// memory (whose contents before each write are kept), the graph but for reads. Its thread then goes on when something
/// that it read is something else: explorer::await_again. Whatever else it is, it is an ordinary iteration; of a loop
/// whose number of iterations nobody knows, there are so many, and then the thread is held, and the loop named.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/rc11/unmodified/loops/calls.hpp"
#include "models/rc11/unmodified/runtime.hpp"

namespace gauntlet::rc11::unmodified {

/// What a program that is written on the seam says of a loop, and answers for: an iteration that isn't the last leaves
/// nothing that matters.
enum class said : std::uint8_t {
  nothing,
  /// Its thread counts as waiting for others: see explorer::await_begin.
  waits,
  /// It tries again.
  retries,
};

class loop_table {
 public:
  /// Iterations that do something with atomic objects, of one run through a loop.
  unsigned bound = 8;
  /// Whether what is in vain is left out of the search.
  bool reduces = true;

  /// The calls that a thread was in when it was the first that was held at the bound, innermost first.
  std::vector<const void*> held_in;

  /// An execution begins.
  void begin();
  /// The program is about to write to plain memory.
  [[gnu::always_inline]] void writes(const void* address, std::size_t size) {
    if (all_[engine->thread_index()].depth != 0) keep(address, size, __builtin_frame_address(0));
  }
  /// A block was given out, or is about to be taken back.
  void allocates(const void* block, std::size_t size);
  void releases(const void* block);
  /// The program calls what isn't instrumented: nobody knows what that does.
  void loses_sight();

  void enter(const gauntlet_loop& loop, const void* live, std::size_t size, std::size_t refreshed, const void* frame);
  /// @param retried what may cover the iteration if it has only failed: any of gauntlet::loops::retries
  /// @param counted nothing but a counter has changed, and nothing but the loop's end depends on it
  /// @return whether the loop is to end
  bool again(const gauntlet_loop& loop, const void* live, unsigned retried, bool counted, const void* frame,
             const site& at);
  void leave(const gauntlet_loop& loop, const void* frame);
  /// Of the loop that the calling thread enters next.
  void next_is(said what) { mine().next = what; }
  /// What lies there isn't needed by any iteration after this one: of that loop, or if null of any.
  void dies(const gauntlet_loop* loop, const void* address, std::size_t size);

 private:
  struct piece {
    std::uintptr_t begin;
    std::size_t size;
    bool overlaps(const piece& other) const { return begin < other.begin + other.size && other.begin < begin + size; }
    bool covers(const piece& other) const { return begin <= other.begin && other.begin + other.size <= begin + size; }
  };
  struct change {
    piece where;
    /// In `before`, where its contents lie.
    std::size_t contents;
    /// In a frame of the stack that is, or was, below that of the innermost loop's function.
    bool on_stack;
  };
  struct running_loop {
    const gauntlet_loop* loop;
    /// What the function of the loop calls has its frames below.
    std::uintptr_t frame;
    /// Bytes in `live`: of what must be the same, then of what a failed compare-exchange may refresh, then of that
    /// when the iteration before began.
    std::size_t live;
    std::size_t size;
    std::size_t refreshed;
    /// Where the iteration began, in each of these.
    std::size_t changes;
    std::size_t dead;
    std::size_t given;
    unsigned done;
    unsigned iterations;
    /// The iteration before has only failed.
    bool failed;
    said known;
    bool unknown;
  };
  struct thread_loops {
    std::array<running_loop, 64> running;
    unsigned depth = 0;
    said next = said::nothing;
    std::vector<std::byte> live;
    std::vector<change> changes;
    std::vector<std::byte> before;
    struct death {
      piece where;
      const gauntlet_loop* loop;
    };
    std::vector<death> dead;
    /// Blocks that were allocated, and haven't been released.
    std::vector<piece> given;

    running_loop& innermost() { return running[depth - 1]; }
  };

  thread_loops& mine() { return all_[engine->thread_index()]; }
  void keep(const void* address, std::size_t size, const void* frame);
  /// Whether iterations that change nothing are told from others.
  bool awaits(const running_loop& it) const { return reduces || it.known != said::nothing; }
  running_loop* find(thread_loops& me, const gauntlet_loop& loop, const void* frame);
  void drop(thread_loops& me);
  static bool is_covered(const running_loop& it, const std::byte* expected, const std::byte* found, unsigned retried);
  bool memory_changed(const thread_loops& me, const running_loop& it) const;
  void begin_iteration(thread_loops& me, running_loop& it, const void* live);

  std::array<thread_loops, most_threads> all_;
};

inline loop_table loops;

}  // namespace gauntlet::rc11::unmodified
