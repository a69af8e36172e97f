/// Threads: started by others, joined, and told apart.

#include <algorithm>

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

namespace {
/// A queue of sleepers has a bit for each thread.
constexpr unsigned most_threads = 64;

}  // namespace

unsigned explorer::thread_start(void (*function)(void*), void* argument, const site& at, unsigned twin) {
  const arena::use ordinary(arena::ordinary);
  const std::pair<unsigned, unsigned> family{running_, me().children++};
  if (const event_id next = me().next; next != no_event && (*graph_)[next].kind == kind::start && !me().probing) {
    // In a replay the child may have done something before its parent does anything else.
    const auto child = static_cast<unsigned>((*graph_)[next].value);
    begin_thread(child, function, argument);
    done(next);
    pause();
    return child;
  }
  const auto known = std::find(families_.begin(), families_.end(), family);
  const auto child = static_cast<unsigned>(known - families_.begin()) + 1;
  if (known == families_.end()) families_.push_back(family);
  if (child >= lanes_) {
    if (child >= most_threads) {
      diverged_ = "rc11: more than " + std::to_string(most_threads) + " threads in one program";
      abandon();
    }
    // More threads than clocks have ticks.
    lanes_ += 8;
    anew_ = true;
    abandon();
  }
  event what = make(kind::start, order::relaxed);
  what.value = child;
  what.variant = static_cast<std::uint8_t>(limits_.symmetry ? graph_->starts_since(me().last, twin) : 0);
  if (what.variant != 0) twins_ |= std::uint64_t{1} << child | std::uint64_t{1} << twin;
  perform(what, at);
  begin_thread(child, function, argument);
  pause();
  return child;
}

void explorer::tell_apart() {
  if ((twins_ >> running_ & 1U) != 0) begin_without_twins();
}

void explorer::begin_without_twins() {
  const arena::use ordinary(arena::ordinary);
  limits_.symmetry = false;
  anew_ = true;
  abandon();
}

void explorer::thread_join(unsigned which, const site& at) {
  const arena::use ordinary(arena::ordinary);
  wait_for(kind::join, status::joining, which, at, which);
}

}  // namespace gauntlet::rc11
