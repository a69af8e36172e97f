#pragma once
/// The steps of the one execution that is told: a failed one is run again for that, and only then they are kept.

#include <cstdint>
#include <map>
#include <vector>

#include "models/rc11/explorer.hpp"
#include "models/trace.hpp"

namespace gauntlet::rc11 {

/// The engine that runs the calling thread.
inline explorer& engine() {
  return *explorer::current();
}

class steps {
 public:
  /// @param first what the explorer's own thread, number 0, is told as; the others follow
  explicit steps(int first) : first_(first) {}

  bool recording = false;
  void clear();

  /// As what the calling thread is told.
  int acting() const { return static_cast<int>(engine().thread_index()) + first_; }
  int first() const { return first_; }

  /// The step that its thread is about to make: if it fails, that is where.
  void intend(const model::told_step& about);
  /// It made it, and its thread's last event is the step's, or one before it.
  /// @param read the event that its value was read by, or no_event @param written the event that it wrote by, or
  /// no_event
  void record(model::told_step done, event_id read, event_id written);
  /// As record(), of a step that is known whole. @param last the last event that its thread had done by then
  void add(const model::told_step& done, event_id last) {
    steps_.push_back(done);
    events_.push_back(last);
  }

  /// Forgets all steps but these, by their numbers.
  void keep(const std::vector<bool>& which);

  const std::vector<model::told_step>& all() const { return steps_; }
  model::told_step& operator[](std::size_t step) { return steps_[step]; }
  /// Of each step, the last event that its thread had done by then.
  const std::vector<event_id>& events() const { return events_; }
  const model::told_step& intended(int thread) { return intended_[thread]; }

 private:
  int first_;
  std::vector<model::told_step> steps_;
  std::vector<event_id> events_;
  std::map<int, model::told_step> intended_;
  std::map<event_id, std::uint64_t> step_of_;
  std::map<const void*, std::uint64_t> last_write_;
};

}  // namespace gauntlet::rc11
