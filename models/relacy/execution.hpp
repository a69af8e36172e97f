#pragma once
/// What the engine keeps of the one execution that runs: every step, the value of every write, who sleeps, what is
/// allocated. Relacy itself is given tokens instead of values: a token is the number of a write, so that a load tells
/// which write it read (reads-from), not merely a value that several writes may have stored.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/scenario.hpp"
#include "models/trace.hpp"

namespace gauntlet::relacy {

using model::bits;
using model::block;
using token = std::uint32_t;

using model::setup_thread;
inline constexpr unsigned most_threads = 8;

/// What one thread did at one step.
struct step {
  const char* operation;
  int thread;
  const void* object;
  model::value_type type;
  bits value;
  /// A std::memory_order, or -1.
  int order;
  /// Number of the write that was read, or no_token.
  token read;
  bool stale;
  sync::site where;
};
inline constexpr token no_token = ~token{0};

struct sleeper {
  unsigned thread;
  const void* object;
  std::uint32_t expected;
  sync::site where;
  bool timed;
};

struct failure {
  const char* violation_class = nullptr;
  std::string message;
  sync::site where{};
  int thread = setup_thread;
};

class execution {
 public:
  enum class phase { setup, roles, teardown };

  /// Forgets everything and begins anew.
  void begin(unsigned roles);

  /// The number of a new write, made by the step that is recorded next.
  token write(bits value);
  /// Gives a write its value, where that was known only after it was numbered.
  void rewrite(token written, bits value) { values_[written].value = value; }
  bits value(token written) const { return values_[written].value; }
  std::uint64_t step_of(token written) const { return values_[written].step; }

  /// Announces what `thread` is about to do: if it fails, that is the step it failed at.
  void intend(const step& about) { intended_[index(about.thread)] = about; }
  void record(const step& done);
  /// An iteration of `thread`'s await was in vain.
  void iterate(unsigned thread);

  const std::vector<step>& steps() const { return steps_; }
  const step& intended(int thread) const { return intended_[index(thread)]; }

  /// Where `thread` destroys a heap node now: destructors of its members have no site of their own.
  void destroys(int thread, sync::site where) { destructions_[index(thread)] = where; }
  sync::site destruction(int thread) const { return destructions_[index(thread)]; }

  void at_end_of(unsigned thread, void (*last)(void*, unsigned), void* object) {
    endings_.push_back({thread, last, object});
  }
  void forget(const void* object) {
    std::erase_if(endings_, [object](const ending& it) { return it.object == object; });
  }
  /// A thread has run to its end: what waits for that is done, newest first.
  void end(unsigned thread);

  void sleep(const sleeper& who) { sleepers_.push_back(who); }
  void awake(unsigned thread);
  std::vector<sleeper>& sleepers() { return sleepers_; }

  void* allocate(std::size_t size, std::size_t alignment, const char* type, const void* recycled);
  /// The most recently released storage of this size, or null.
  const void* reusable(std::size_t size, std::size_t alignment) const;
  bool alive(const void* storage) const;
  /// @return false if `storage` isn't alive
  bool release(const void* storage);
  const std::map<const void*, block>& blocks() const { return blocks_; }
  /// The first block that is still alive, or null.
  const block* leaked() const;

  bool blocked(unsigned role) const;
  /// Whether nobody but `asker` can go on by itself. If only time has to pass for that, it will: a wait may time out.
  bool quiet(unsigned asker);

  phase now = phase::setup;
  unsigned role_count = 0;
  unsigned spawned = 0;
  /// Time-outs and spurious wake-ups that this execution may still have.
  unsigned timeouts_left = 0;
  unsigned spurious_left = 0;
  std::array<bool, most_threads> waits{};
  std::array<bool, most_threads> finished{};
  failure broken;

 private:
  struct written {
    bits value;
    std::uint64_t step;
  };
  struct ending {
    unsigned thread;
    void (*last)(void* object, unsigned index);
    void* object;
  };
  static std::size_t index(int thread) { return static_cast<std::size_t>(thread + 1); }

  std::vector<step> steps_;
  std::vector<written> values_;
  /// Iterations of a thread's await since one that doesn't wait did anything.
  std::array<unsigned, most_threads> vain_{};
  std::array<step, most_threads + 1> intended_{};
  std::array<sync::site, most_threads + 1> destructions_{};
  std::vector<sleeper> sleepers_;
  std::vector<ending> endings_;
  std::map<const void*, block> blocks_;
  std::vector<const void*> released_;
  std::map<std::string, unsigned> made_;
};

/// The execution that runs now: one at a time.
execution& current();

/// The clock that stamps are read from lives as long as an execution.
void start_clock();
void stop_clock();
std::uint64_t tick();

/// The newest value, in modification order, of the atomic at `object`.
bits newest_value(const void* object);

}  // namespace gauntlet::relacy
