#pragma once
/// What a sanitizer tells the driver. sanitizer.cpp defines each of these weakly, as of a flavour without one;
/// tsan_hook.cpp and lsan_check.cpp define what their flavour has. Includes nothing: tsan_hook.cpp must not share an
/// inline function with instrumented code.

namespace gauntlet::stress {

struct sanitizer_stack {
  static constexpr int depth = 48;
  enum class kind { access, creation, lock, allocation, location };

  kind what;
  /// The thread, as the tool counts them.
  int thread;
  /// Of an access.
  int size;
  bool write;
  bool atomic;
  void* frames[depth];
};

/// A lock that a report speaks of: as the text names it, M0, and the address that it was announced by.
struct sanitizer_lock {
  unsigned long number;
  const void* address;
};

/// A thread that a report speaks of: as the text names it, T1, and as the kernel does.
struct sanitizer_thread {
  int number;
  int kernel;
};

/// A report, as it was when the tool made it.
struct sanitizer_report {
  static constexpr int most = 16;

  /// The tool's name for it: "data-race".
  char type[64];
  int stacks;
  sanitizer_stack stack[most];
  /// Of a lock-order inversion in the order of its cycle; edge i is from lock i to the next, by edge_thread[i].
  int locks;
  sanitizer_lock lock[most];
  int edges;
  int edge_thread[most];
  int threads;
  sanitizer_thread thread[most];
  /// What the tool printed, as far as there is room.
  char text[32768];
};

/// The first report since the last call of forget_report(), or null. Once there is one, threads park.
const sanitizer_report* first_report() noexcept;
void forget_report() noexcept;

/// Whether the tool reports a known fault on this machine: its shadow memory may not work here, or its options may turn
/// it off. Nothing it doesn't report counts before it does.
bool sees() noexcept;

/// While true, reports are neither printed nor counted, and first_report() stays null: sees() looks at reported().
void rehearse(bool on) noexcept;
bool reported() noexcept;

/// Whether memory is lost, as far as the tool can tell now. It tells the same leak again each time.
bool leaks() noexcept;

/// How much slower than natively threads run: the watchdog's times are multiplied by it.
double slowdown() noexcept;

}  // namespace gauntlet::stress
