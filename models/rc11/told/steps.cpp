#include "models/rc11/told/steps.hpp"

#include <string_view>

#include "models/rc11/arena.hpp"

namespace gauntlet::rc11 {

void steps::clear() {
  const arena::use ordinary(arena::ordinary);
  steps_.clear();
  events_.clear();
  intended_.clear();
  step_of_.clear();
  last_write_.clear();
}

void steps::intend(const model::told_step& about) {
  const arena::use ordinary(arena::ordinary);
  intended_[about.thread] = about;
}

void steps::record(model::told_step done, event_id read, event_id written) {
  const arena::use ordinary(arena::ordinary);
  const graph& known = engine().execution();
  if (read != no_event) {
    const event_id source = known[read].from;
    const auto found = source != no_event ? step_of_.find(source) : step_of_.end();
    if (found != step_of_.end())
      done.reads_from = found->second;
    else if (const auto first = last_write_.find(done.object); first != last_write_.end())
      done.reads_from = first->second;
    done.stale = engine().passed_over(read);
  }
  const std::string_view operation = done.operation;
  if (operation == "read")
    if (const auto last = last_write_.find(done.object); last != last_write_.end()) {
      done.reads_from = last->second;
      done.value = steps_[last->second].value;
    }
  if (written != no_event) step_of_[written] = steps_.size();
  if (operation == "initialise" || operation == "write") last_write_[done.object] = steps_.size();
  steps_.push_back(done);
  events_.push_back(engine().last_event());
}

void steps::keep(const std::vector<bool>& which) {
  std::vector<std::uint64_t> place(steps_.size());
  std::uint64_t kept = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (!which[i]) continue;
    auto& from = steps_[i].reads_from;
    if (from) from = which[*from] ? std::optional(place[*from]) : std::nullopt;
    place[i] = kept;
    events_[kept] = events_[i];
    steps_[kept++] = steps_[i];
  }
  steps_.resize(kept);
  events_.resize(kept);
}

}  // namespace gauntlet::rc11
