#pragma once
/// What the seam and the run of a cell share: the one execution that runs, and, when a failure is to be told, its
/// steps.

#include <array>
#include <map>
#include <string>
#include <vector>

#include "models/rc11/told/steps.hpp"

namespace gauntlet::rc11 {

inline site at(sync::site where) {
  return {where.file, where.function, where.line};
}
inline sync::site from(const site& where) {
  return {static_cast<const char*>(where.where), where.function, where.line};
}

/// Told are a role's index, a spawned thread's, or model::setup_thread.
class account : public steps {
 public:
  account() : steps(model::setup_thread) {}

  /// A new execution begins.
  void begin(unsigned roles);

  void at_end_of(int thread, void (*last)(void*, unsigned), void* object);
  void forget(const void* object);
  /// A thread has run to its end: what waits for that is done, newest first.
  void end(int thread);

  /// Blocks of the watched heap, while recording.
  model::blocks heap;
  std::map<std::string, unsigned> made;
  std::map<int, sync::site> destroys;
  unsigned roles = 0;
  /// See harness::options::every_execution.
  bool reduces = true;
  /// By the engine's thread: the load that it made, if no await has ended since.
  std::array<event_id, 64> looked{};
  bool concurrent = false;

 private:
  struct ending {
    int thread;
    void (*last)(void* object, unsigned index);
    void* object;
  };
  std::vector<ending> endings_;
};

account& current();

inline int acting() {
  return current().acting();
}

/// The index that slots and trace have for the calling thread. That of before() and after() is the last that there is.
unsigned own_index();

}  // namespace gauntlet::rc11
