#pragma once
/// Accesses to ordinary memory, of an execution that is told.

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "harness/frames.hpp"
#include "models/rc11/told/steps.hpp"

namespace gauntlet::rc11 {

class told_accesses {
 public:
  explicit told_accesses(steps& told) : told_(told) {}

  void clear();
  /// The calling thread is about to make the access; and goes on to do so.
  void begin(const char* operation, const void* address, std::size_t size);
  void end();
  /// The thread is about to make another step: memory shows now what its last access wrote.
  void see_write(int thread);
  /// The execution is over: leaves of them what several roles touched, one of them to write, and what `failed` touched,
  /// and finds out where they were made.
  void settle(const model::told_step& failed);

  /// Where a call returns to that isn't a library's; the innermost of `calls` that is known if none is.
  harness::position place_of(const std::vector<const void*>& calls);

 private:
  void find_sources();
  std::vector<bool> worth_telling(const model::told_step& failed) const;

  steps& told_;
  /// Made when it is needed, which is outside of executions.
  std::optional<harness::frames> read_;
  /// By return addresses, innermost first: read only for what is told in the end.
  std::map<std::vector<const void*>, harness::position> places_;
  std::map<int, model::told_step> begun_;
  /// By thread, the write that it is told to have made and that memory doesn't show yet.
  std::map<int, std::size_t> unseen_;
};

}  // namespace gauntlet::rc11
