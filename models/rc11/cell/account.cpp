#include "models/rc11/cell/account.hpp"

#include <algorithm>

#include "models/rc11/arena.hpp"

namespace gauntlet::rc11 {

namespace {
/// sync::slot has room for so many threads.
constexpr unsigned setup_index = 15;
}  // namespace

account& current() {
  static account one;
  return one;
}

unsigned own_index() {
  return acting() == model::setup_thread ? setup_index : static_cast<unsigned>(acting());
}

void account::begin(unsigned role_count) {
  const arena::use ordinary(arena::ordinary);
  roles = role_count;
  concurrent = false;
  steps_.clear();
  events_.clear();
  intended_.clear();
  step_of_.clear();
  last_write_.clear();
  endings_.clear();
  heap.clear();
  made.clear();
  destroys.clear();
}

void account::intend(const model::told_step& about) {
  const arena::use ordinary(arena::ordinary);
  intended_[about.thread] = about;
}

void account::record(model::told_step done, event_id read, event_id written) {
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

void account::at_end_of(int thread, void (*last)(void*, unsigned), void* object) {
  const arena::use ordinary(arena::ordinary);
  endings_.push_back({thread, last, object});
}

void account::forget(const void* object) {
  std::erase_if(endings_, [object](const ending& it) { return it.object == object; });
}

void account::end(int thread) {
  for (;;) {
    const auto mine =
        std::find_if(endings_.rbegin(), endings_.rend(), [thread](const ending& it) { return it.thread == thread; });
    if (mine == endings_.rend()) return;
    const ending last = *mine;
    endings_.erase(std::next(mine).base());
    last.last(last.object, own_index());
  }
}

}  // namespace gauntlet::rc11
