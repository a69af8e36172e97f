#pragma once
/// What the seam and the run of a cell share: the one execution that runs, and, when a failure is to be told, its
/// steps.

#include <array>
#include <map>
#include <string>
#include <vector>

#include "models/rc11/cell/told_accesses.hpp"

namespace gauntlet::rc11 {

inline site at(sync::site where) {
  return {where.file, where.function, where.line};
}
inline sync::site from(const site& where) {
  return {static_cast<const char*>(where.where), where.function, where.line};
}

/// Whether it was the seam that called: ordinary accesses are known by their return address only.
inline bool is_of_seam(const site& where) {
  return where.function != nullptr;
}

/// Told are a role's index, a spawned thread's, or model::setup_thread.
class account : public steps {
 public:
  account() : steps(model::setup_thread), accesses(*this) {}

  /// A new execution begins.
  void begin(unsigned roles);

  void at_end_of(int thread, void (*last)(void*, unsigned), void* object);
  void forget(const void* object);
  /// A thread is started.
  void start() {
    ++started_;
    ++running_;
  }
  /// How many were.
  unsigned started() const { return started_; }
  /// A thread has run to its end: what waits for that is done, newest first.
  /// @return whether it was the last one
  bool end(int thread);

  told_accesses accesses;
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
  unsigned started_ = 0;
  unsigned running_ = 0;
};

inline account the_account;
inline account& current() {
  return the_account;
}

inline int acting() {
  return current().acting();
}

/// The index that slots and trace have for the calling thread. That of before() and after() is the last that there is.
unsigned own_index();

}  // namespace gauntlet::rc11
