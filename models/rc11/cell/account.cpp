#include "models/rc11/cell/account.hpp"

#include <algorithm>

#include "models/rc11/arena.hpp"

namespace gauntlet::rc11 {

namespace {
/// sync::slot has room for so many threads.
constexpr unsigned setup_index = 15;
}  // namespace

unsigned own_index() {
  return acting() == model::setup_thread ? setup_index : static_cast<unsigned>(acting());
}

void account::begin(unsigned role_count) {
  const arena::use ordinary(arena::ordinary);
  clear();
  roles = role_count;
  concurrent = false;
  endings_.clear();
  started_ = 0;
  running_ = 1;
  accesses.clear();
  heap.clear();
  made.clear();
  destroys.clear();
  looked.fill(no_event);
}

void account::at_end_of(int thread, void (*last)(void*, unsigned), void* object) {
  const arena::use ordinary(arena::ordinary);
  endings_.push_back({thread, last, object});
}

void account::forget(const void* object) {
  std::erase_if(endings_, [object](const ending& it) { return it.object == object; });
}

bool account::end(int thread) {
  for (;;) {
    const auto mine =
        std::find_if(endings_.rbegin(), endings_.rend(), [thread](const ending& it) { return it.thread == thread; });
    if (mine == endings_.rend()) return --running_ == 0;
    const ending last = *mine;
    endings_.erase(std::next(mine).base());
    last.last(last.object, own_index());
  }
}

}  // namespace gauntlet::rc11
