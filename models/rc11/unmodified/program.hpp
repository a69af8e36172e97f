#pragma once
/// A program, as it was compiled for ThreadSanitizer and linked with this library, explored: every execution that its
/// sources may have, each once. What is told of it is built on this.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11::unmodified {

struct options {
  /// Model, budget, bounds. `reuse` in it isn't this front end's. With `symmetry` threads are taken for twins that a
  /// thread starts one right after the other with one function and equal arguments.
  limits search{.symmetry = false};
  /// Iterations that do something with atomic objects, of one run through a loop that nobody knows the end of: a thread
  /// that would do more is held.
  unsigned bound = 8;
  /// Whether iterations that change nothing are explored as others are, up to the bound, but for loops of which the
  /// program itself says what they are for (scenarios.hpp): to see that nothing is lost without them.
  bool every_iteration = false;
  /// Whether what is released may be given out again, to the thread that released it: what ABA needs. Each such choice
  /// is an execution of its own.
  bool reuse = false;
  /// Whether storage that nothing leads to any longer at the end is a violation.
  bool leaks = true;
  /// Whether a read of what no instrumented code wrote to the heap, and which still is as it was allocated, is one.
  /// Off, as compilers copy what they don't look at.
  bool uninitialised = false;
  /// Whose standard output and error are the process's: of the first execution that comes to its end, of all that do,
  /// or of none.
  enum class output : std::uint8_t { first, all, none };
  output printed = output::first;
};

/// Those of the program that is explored.
inline options chosen;
/// This process only estimates, beside the one that searches: nothing that it does may be seen from outside.
inline bool estimating = false;

/// What a thread did, in the order of the last execution.
struct step {
  unsigned thread = 0;
  /// "load", "store", "fetch_add", "read", "volatile read", "lock" …; a string literal.
  const char* operation = "";
  /// What it was done to; null for a fence, a thread's start and the like.
  const void* address = nullptr;
  std::uint64_t size = 0;
  /// What was read, and what was written.
  std::optional<bits> read;
  std::optional<bits> written;
  /// A std::memory_order, or -1.
  int order = -1;
  /// The step that wrote what was read; none for an initial value.
  std::optional<std::size_t> reads_from;
  /// It read something older than the newest there was.
  bool stale = false;
  /// The last event that its thread had done by then, or no_event.
  event_id event = no_event;
  /// Return addresses, innermost first, from the program's own call on; and of each of those calls, the frame pointer
  /// of the function that made it.
  std::vector<const void*> stack;
  std::vector<const void*> frames;
};

struct thread_account {
  /// Given by pthread_setname_np; empty if it has none.
  std::string name;
  /// Where pthread_create was called; null for the program's first thread.
  const void* created_at = nullptr;
  /// The mutexes that it holds, and where it took them.
  std::vector<std::pair<const void*, const void*>> held;
};

struct outcome {
  statistics found;
  /// Why the search could not be done: the program isn't a function of what it reads, or too large. Empty if it was.
  std::string trouble;
  /// Where the program was when the search's time was up, if its execution came to no end by itself.
  std::optional<site> left_at;
  /// The calls that led to `found.bound`, innermost first, if they are known.
  std::vector<const void*> held_in;
};

/// Explores `main`. To be called once in a process, on its first thread.
outcome explore(const std::function<int()>& main, const options& how);
/// About how many complete executions that would come to, see explorer::probe(); 0 if it can't be told. Likewise.
double estimate(const std::function<int()>& main, const options& how);

/// Of an outcome with a violation: goes on with the search for a while, for an execution that fails in the same way and
/// is easier to follow. The outcome is of that one then. @return how many runs after the last one it was
std::uint64_t simplify(outcome& of);
/// The outcome is of the execution so many runs later then. @throws std::runtime_error if nothing goes wrong there
void go_on(outcome& of, std::uint64_t runs);

/// The last execution, as it is told.
struct account {
  /// What was done, each after what it reads from, and a thread's in its own order.
  std::vector<step> steps;
  /// Whether something went wrong in a step, which then is the last one.
  bool broken_in_step = false;
  /// What was allocated before the program began, as steps of nobody's.
  std::vector<step> before;
  /// Of each thread what it has begun and didn't come to the end of: what it waits for.
  std::vector<std::optional<step>> begun;
  std::vector<thread_account> threads;
  /// What went wrong this time, if something did: of two accesses that race, either may come last.
  std::optional<violation> broken;
};

/// Runs the last execution once more, and tells it.
account retrace();

/// The engine behind it, for its graph.
explorer& explored();

}  // namespace gauntlet::rc11::unmodified
