/// Futexes, with exactly the kernel's guarantee: waits and wakes on a word are totally ordered, and a wait that comes
/// after a wake reads nothing older than what the waker had stored before it; no happens-before for any other data.
///
/// The kernel's bucket is a ghost location, one for each word: the queue. A wake is one read-modify-write of it, or
/// only a read if it finds nobody: such wakes are not ordered among themselves. A wait looks at the word, and if that
/// holds what was expected, enters the queue by a read-modify-write: the two are one step, as it enters only where the
/// wakes before it have not known anything newer of the word (queue_order.cpp). One that finds something else is
/// not in the queue: where it stands among the wakes changes nothing, but that it comes after those it knows of. Queue
/// operations carry what their threads know, as releases do, but nobody acquires it. A sleeper goes on once some wake
/// picked it, and that wake is one event, so that waking multiplies nothing.

#include <utility>

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

namespace {
/// No object lies at such an address.
const void* ghost_of(const void* word) {
  return reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(word) ^ (std::uintptr_t{1} << 63U));
}
bits just(unsigned thread) {
  return bits{1} << thread;
}
bits woken(bits queue) {
  return queue >> 64U;
}
}  // namespace

std::uint16_t explorer::queue(const void* word) {
  shadow::cell& it = shadow_.at(ghost_of(word));
  if (it.alive != shadow::life::alive) {
    shadow_.begin_life(it, sizeof(bits), true);
    graph_->of_location(it.location).initial = 0;
  }
  return it.location;
}

event explorer::queue_operation(const void* word, operation what, bits operand) {
  event made = make(kind::read, order::release);
  made.modify = what;
  made.silent = true;
  made.location = queue(word);
  made.size = sizeof(bits);
  made.value = operand;
  return made;
}

explorer::awoken explorer::futex_wait(const void* address, unsigned size, bits expected, bool timed, const site& at) {
  const arena::use ordinary(arena::ordinary);
  event look = make(kind::read, order::release);
  look.modify = operation::look;
  look.silent = true;
  look.location = object(address, size, at).location;
  look.size = static_cast<std::uint8_t>(size);
  look.expected = truncated(expected, size);
  look.value = queue(address);
  const event_id looked = perform(look, at);
  if (graph_->value((*graph_)[looked]) != look.expected) return awoken::changed;
  read_modify_write(queue_operation(address, operation::enqueue, just(running_)), at);
  if ((*graph_)[me().last].kind == kind::read) leave_to_another(me().last, at);
  me().expected = look.expected;
  me().unconditional = false;
  return sleep(address, timed, at);
}

void explorer::futex_enter(const void* address, const site& at) {
  const arena::use ordinary(arena::ordinary);
  read_modify_write(queue_operation(address, operation::sleep, just(running_)), at);
}

explorer::awoken explorer::futex_sleep(const void* address, bool timed, const site& at) {
  const arena::use ordinary(arena::ordinary);
  me().expected = 0;
  me().unconditional = true;
  return sleep(address, timed, at);
}

explorer::awoken explorer::sleep(const void* address, bool timed, const site& at) {
  if (timed && choose(2, budget::timeout, at) != 0) return give_up(address, awoken::timed_out, at);
  if (limits_.spurious == 0)
    found_.more_spurious = true;
  else if (choose(2, budget::spurious, at) != 0)
    return give_up(address, awoken::woken, at);

  thread& it = me();
  it.word = address;
  it.queue = queue(address);
  it.where = at;
  it.timed = timed;
  event wakes = make(kind::watch, order::relaxed);
  wakes.value = running_;
  event_id id = recorded();
  if (id != no_event) {
    if (timed && (*graph_)[id].kind == kind::read) return give_up(address, awoken::timed_out, at);
    expect((*graph_)[id], wakes, at);
  } else {
    while (wake_of(running_) == no_event) {
      it.now = status::asleep;
      yield();
      if (std::exchange(it.gives_up, false)) return give_up(address, awoken::timed_out, at);
    }
    id = search_->add_watch(wakes, wake_of(running_));
    (*graph_)[id].set_where(at.where);
  }
  done(id);
  pause();
  return awoken::woken;
}

/// A wait ends by itself, unless it was woken before it could.
explorer::awoken explorer::give_up(const void* word, awoken as, const site& at) {
  read_modify_write(queue_operation(word, operation::dequeue, just(running_)), at);
  if ((*graph_)[me().last].kind == kind::read) leave_to_another(me().last, at);
  return as;
}

/// The wake that picked the thread since it fell asleep; no_event if none has.
event_id explorer::wake_of(unsigned which) const {
  const graph& known = *graph_;
  event_id slept = threads_[which]->last;
  while (known[slept].kind != kind::write || known[slept].location != threads_[which]->queue)
    slept = known[slept].previous;
  for (event_id id = known[slept].newer; id != no_event; id = known[id].newer)
    if ((woken(known[id].value) & just(which)) != 0) return id;
  return no_event;
}

/// Whether what the thread sleeps for has been: the word changed, or a wake found nobody.
bool explorer::missed(const thread& it) {
  if (!it.unconditional) return final_value(it.word) != it.expected;
  const graph& known = *graph_;
  for (event_id id = known.of_location(it.queue).last_read; id != no_event; id = known[id].read_before)
    if (known[id].modify == operation::wake && !known[id].indivisible) return true;
  return false;
}

void explorer::futex_wake(const void* address, unsigned count, const site& at) {
  const arena::use ordinary(arena::ordinary);
  read_modify_write(queue_operation(address, operation::wake, count), at);
}

}  // namespace gauntlet::rc11
