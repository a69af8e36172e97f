#pragma once
/// What the seam and the run of a cell share: the one execution that runs, and, when a failure is to be told, its
/// steps.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/rc11/explorer.hpp"
#include "models/trace.hpp"

namespace gauntlet::rc11 {

/// The engine that runs the calling thread.
inline explorer& engine() {
  return *explorer::current();
}

inline site at(sync::site where) {
  return {where.file, where.function, where.line};
}
inline sync::site from(const site& where) {
  return {static_cast<const char*>(where.where), where.function, where.line};
}

/// A role's index, a spawned thread's, or model::setup_thread.
inline int acting() {
  return static_cast<int>(engine().thread_index()) - 1;
}

class account {
 public:
  /// A new execution begins.
  void begin(unsigned roles);

  /// Steps are kept only when a failure is told: the execution is run again for that.
  bool recording = false;
  /// The step that the thread is about to make: if it fails, that is where.
  void intend(const model::told_step& about);
  /// It made it. @param last the thread's last event, or no_event
  void record(model::told_step done, event_id read, event_id written);
  const std::vector<model::told_step>& steps() const { return steps_; }
  /// Of each step, the last event that its thread had done by then.
  const std::vector<event_id>& events() const { return events_; }
  const model::told_step& intended(int thread) { return intended_[thread]; }

  void at_end_of(int thread, void (*last)(void*, unsigned), void* object);
  void forget(const void* object);
  /// A thread has run to its end: what waits for that is done, newest first.
  void end(int thread);

  /// Blocks of the watched heap, while recording.
  model::blocks heap;
  std::map<std::string, unsigned> made;
  std::map<int, sync::site> destroys;
  unsigned roles = 0;
  bool concurrent = false;

 private:
  struct ending {
    int thread;
    void (*last)(void* object, unsigned index);
    void* object;
  };
  std::vector<model::told_step> steps_;
  std::vector<event_id> events_;
  std::map<int, model::told_step> intended_;
  std::map<event_id, std::uint64_t> step_of_;
  std::map<const void*, std::uint64_t> last_write_;
  std::vector<ending> endings_;
};

account& current();

/// The index that slots and trace have for the calling thread. That of before() and after() is the last that there is.
unsigned own_index();

}  // namespace gauntlet::rc11
