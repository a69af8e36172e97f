#pragma once
/// The program's threads, as pthread knows them: arguments and results, thread-local storage, what they hold.

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/rc11/unmodified/runtime.hpp"

namespace gauntlet::rc11::unmodified {

struct thread_state {
  struct start {
    void* (*routine)(void*) = nullptr;
    void* argument = nullptr;
    const void* where = nullptr;
  };
  /// A lock that it has taken, and not given back as often.
  struct hold {
    const void* lock;
    const void* where;
    unsigned times;
    bool shared;
  };
  struct ending {
    void (*function)(void*);
    void* argument;
  };
  /// With `symmetry` only: what it does, and what with; if that was a block of the heap, what lay there.
  struct task {
    void* (*routine)(void*) = nullptr;
    void* argument = nullptr;
    std::vector<std::byte> given = {};
    bool operator==(const task&) const = default;
  };
  task does;
  /// The thread that it started last; 0 if none.
  unsigned last_started = 0;
  void* result = nullptr;
  bool detached = false;
  bool joined = false;
  bool ended = false;
  const void* created_at = nullptr;
  std::string name;
  std::vector<hold> held;
  /// Destructors of thread_local variables.
  std::vector<ending> endings;
  /// By the number of an emulated thread_local variable; by a key's.
  std::vector<void*> locals;
  std::vector<void*> specific;
  /// A bit for each, from signal 1 on.
  std::uint64_t blocked_signals = 0;
  /// Nanoseconds that its clocks show at least.
  std::uint64_t not_before = 0;

  void clear();
  hold* holds(const void* lock);
};

class thread_table {
 public:
  /// An execution begins.
  void begin();
  thread_state& operator[](unsigned index) { return all_[index]; }
  thread_state& mine() { return all_[engine->thread_index()]; }
  /// The calling thread was started.
  void enter(const void* created_at);
  void started(unsigned index) noexcept { count_ = std::max(count_, index + 1); }
  /// main has returned, or somebody called exit(): static objects are destroyed, whoever still waits.
  bool over = false;
  /// Somebody called exit(): the others come to no end of their own.
  bool exited = false;
  /// So many have been, in this execution.
  unsigned count() const noexcept { return count_; }
  bool all_ended() const;
  /// Where a thread's start lies until it begins.
  thread_state::start* keep(const thread_state::start& it);

 private:
  std::array<thread_state, most_threads> all_;
  unsigned count_ = 0;
  std::vector<std::unique_ptr<thread_state::start>> starts_;
  std::size_t used_starts_ = 0;
};

inline thread_table threads;

/// pthread's name of a thread, and its index.
inline pthread_t handle_of(unsigned index) noexcept {
  return static_cast<pthread_t>(index) + 1;
}
inline unsigned index_of(pthread_t handle) noexcept {
  return static_cast<unsigned>(handle - 1);
}

/// At a thread's end: destroys its thread-local variables, and values of keys.
void end_locals();
/// The last that a thread does. The last one of all looks for what was lost.
void end_thread();
/// The part of that which keys have: see keys.cpp.
void destroy_specific(thread_state& it);

/// The whole of the program's run on its first thread.
[[gnu::noinline]] void run_main(const std::function<int()>& main);

/// The process's end, as exit() has it: on the calling thread.
[[noreturn]] void leave_program(int status);

}  // namespace gauntlet::rc11::unmodified
