/// What a program's threads do to atomic objects, and by choice: replayed from the graph, or added to it.

#include <cstring>
#include <string>
#include <utility>

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

order explorer::taken(order how, kind what, memory_model model) {
  if (how == order::consume) how = order::acquire;
  if (model == memory_model::rc11 || how == order::seq_cst) return how;
  if (what == kind::read) return order::acquire;
  return what == kind::write ? order::release : order::acq_rel;
}

event explorer::make(kind what, order how) const {
  event made{};
  made.kind = what;
  made.thread = static_cast<std::uint8_t>(running_);
  made.asked = how;
  made.failure = order::relaxed;
  made.from = no_event;
  made.after_plain = me().plain;
  return made;
}

/// The replay's shortcut: the access of the running thread's that the graph holds next, if it can be done and is this
/// one. It is done then.
[[gnu::always_inline]] inline const event* explorer::again(kind what, operation modify, order how, order failure,
                                                           const void* address, unsigned size) {
  thread& it = me();
  if (it.next == no_event || it.probing) return nullptr;
  const event& found = (*graph_)[it.next];
  if (found.form() != event::form_of(what, modify, how, failure, size) || !ready(found)) return nullptr;
  const shadow::cell* const lies = shadow_.lies(found.location, address);
  if (lies == nullptr) return nullptr;
  shadow_.touch(*lies, running_, static_cast<tick>(done_[running_]));
  done(it.next);
  return &found;
}

/// The event that the running thread does next, once what it depends on is done; no_event when the graph holds none
/// and it is this thread's turn to add one.
event_id explorer::recorded() {
  thread& it = me();
  for (;;) {
    if (it.next != no_event) {
      if (ready((*graph_)[it.next])) return it.next;
      it.now = status::waiting;
      make_way(it.next);
    } else {
      if (extending_) return no_event;
      it.now = status::beyond;
      yield();
    }
  }
}

void explorer::done(event_id id) {
  thread& it = me();
  it.last = id;
  it.next = (*graph_)[id].next;
  it.plain = false;
  ++done_[running_];
}

event_id explorer::perform(const event& what, const site& at) {
  if (const event_id same = probed(what); same != no_event) return same;
  event_id id = recorded();
  if (id != no_event) {
    expect((*graph_)[id], what, at);
  } else {
    hold_at_bound(at);
    if (twins_ != 0 && graph_->has_joined_some(me().last, twins_)) begin_without_twins();
    bool goes_on = true;
    if (what.kind == kind::read)
      search_->add_read(what, id);
    else if (what.kind == kind::write)
      goes_on = search_->add_write(what, id);
    else
      id = search_->add_other(what);
    (*graph_)[id].set_where(at.where);
    anew_ = search_->misled();
    if (!goes_on || anew_) abandon();
  }
  done(id);
  if (what.kind != kind::start) pause();
  return id;
}

void explorer::throw_diverged() const {
  nondeterminism thrown(diverged_);
  thrown.thread = diverged_thread_;
  thrown.before = diverged_before_;
  thrown.now = diverged_now_;
  throw thrown;
}

void explorer::hold_at_bound(const site& at) {
  keep_within_memory();
  if (graph_->size() < limits_.events) return;
  if (!found_.bound) found_.bound = at;
  me().held = true;
  hold(at);
}

void explorer::hold(const site& at) {
  me().now = status::blocked;
  me().where = at;
  for (;;) yield();
}

void explorer::expect(const event& found, const event& wanted, const site& at) {
  if (!alike(found, wanted)) diverge(found, at);
}

void explorer::diverge(const event& before, const site& at) {
  const arena::use ordinary(arena::ordinary);
  diverged_thread_ = running_;
  diverged_before_ = {before.where(), nullptr, 0};
  diverged_now_ = at;
  diverged_ =
      "rc11: when it was run again the program did something else, though all that it read was the same: thread " +
      std::to_string(running_) + ", operation " + std::to_string(done_[running_]) + " of it";
  if (at.line != 0)
    diverged_ +=
        ", line " + std::to_string(at.line) + (at.function == nullptr ? "" : std::string(" in ") + at.function);
  abandon();
}

std::uint16_t explorer::begin(const void* address, unsigned size, const site& at) {
  const arena::use ordinary(arena::ordinary);
  return object(address, size, at).location;
}

void explorer::forget(const void* address) {
  const arena::use ordinary(arena::ordinary);
  shadow_.at(address).alive = shadow::life::unknown;
}

/// The cell of an atomic object that is about to be accessed.
shadow::cell& explorer::object(const void* address, unsigned size, const site& at) {
  shadow::cell& it = shadow_.at(address);
  if (it.alive != shadow::life::alive || !it.atomic || it.size != size) [[unlikely]]
    begin_object(it, address, size, at);
  if (const int other = shadow_.read(it, now()); other >= 0) raced("atomic access", other, at);
  return it;
}

/// An atomic object that nobody announced begins its life with its first access.
void explorer::begin_object(shadow::cell& it, const void* address, unsigned size, const site& at) {
  if (it.alive != shadow::life::alive || !it.atomic) {
    if (it.alive == shadow::life::dead)
      fail("use_after_free", "an atomic object is accessed after its life has ended", at);
    bits initial = 0;
    std::memcpy(&initial, address, size);
    shadow_.begin_life(it, size, true);
    begin_location(it, initial);
  }
  if (it.size != size)
    fail("undefined",
         "an atomic object of " + std::to_string(it.size) + " bytes is accessed as one of " + std::to_string(size), at);
}

void explorer::begin_location(const shadow::cell& it, bits initial) {
  graph::location& begun = graph_->of_location(it.location);
  begun.initial = initial;
  if (twins_ == 0) return;
  unsigned owner = arena::owner(it.address);
  if (owner == arena::ordinary) {
    owner = static_cast<unsigned>(threads_.size());
    while (--owner != 0 && !threads_[owner]->stack.holds(it.address)) {
    }
  }
  begun.owner = static_cast<std::uint8_t>(owner);
}

void explorer::create(const void* address, unsigned size, bits initial, const site& at) {
  const arena::use ordinary(arena::ordinary);
  shadow::cell& it = shadow_.at(address);
  shadow_.begin_life(it, size, true);
  begin_location(it, initial);
  if (const int other = shadow_.write(it, now()); other >= 0) raced("initialisation", other, at);
}

void explorer::destroy(const void* address, const site& at) {
  const arena::use ordinary(arena::ordinary);
  shadow::cell& it = shadow_.at(address);
  if (it.alive == shadow::life::dead) fail("double_free", "an object is destroyed twice", at);
  if (const int other = shadow_.write(it, now()); other >= 0) raced("destruction", other, at);
  it.alive = shadow::life::dead;
}

bits explorer::load(const void* address, unsigned size, order how, const site& at) {
  how = taken(how, kind::read, limits_.model);
  const event* const same = again(kind::read, operation::none, how, order::relaxed, address, size);
  if (same == nullptr) [[unlikely]]
    return load_anew(address, size, how, at);
  const bits seen = graph_->value(*same);
  pause();
  return seen;
}

bits explorer::load_anew(const void* address, unsigned size, order how, const site& at) {
  const arena::use ordinary(arena::ordinary);
  event what = make(kind::read, how);
  what.location = object(address, size, at).location;
  what.size = static_cast<std::uint8_t>(size);
  const event_id id = perform(what, at);
  try_older_first(id);
  const graph& known = *graph_;
  const thread& it = me();
  return it.trying && id == it.tried ? known.value_of(what.location, it.instead) : known.value(known[id]);
}

void explorer::store(const void* address, unsigned size, bits value, order how, const site& at) {
  how = taken(how, kind::write, limits_.model);
  value = truncated(value, size);
  const event* const same = again(kind::write, operation::none, how, order::relaxed, address, size);
  if (same == nullptr) [[unlikely]]
    return store_anew(address, size, value, how, at);
  if (same->value != value) [[unlikely]]
    diverge(*same, at);
  pause();
}

void explorer::store_anew(const void* address, unsigned size, bits value, order how, const site& at) {
  const arena::use ordinary(arena::ordinary);
  event what = make(kind::write, how);
  what.location = object(address, size, at).location;
  what.size = static_cast<std::uint8_t>(size);
  what.value = value;
  perform(what, at);
}

/// A read, and if that found what it needs its write.
bits explorer::read_modify_write(const event& what, const site& at) {
  const event_id id = perform(what, at);
  const event read = (*graph_)[id];
  if (me().trying && id == me().tried) return graph_->value_of(read.location, me().instead);
  const bits before = graph_->value(read);
  if (!read.indivisible) return before;
  perform(search_->written_after(me().last), at);
  return before;
}

/// A read-modify-write of an atomic object, which is looked up in the graph before anything else.
bits explorer::update(const void* address, unsigned size, operation what, bits expected, bits operand, order how,
                      order failure, const site& at, bool waits) {
  const event* const same = again(kind::read, what, how, failure, address, size);
  if (same == nullptr) [[unlikely]]
    return update_anew(address, size, what, expected, operand, how, failure, at, waits);
  if (same->value != operand || same->expected != expected) [[unlikely]]
    diverge(*same, at);
  // Its write follows from that.
  const bits seen = graph_->value(*same);
  if (same->indivisible) done(me().next);
  pause();
  return seen;
}

bits explorer::update_anew(const void* address, unsigned size, operation what, bits expected, bits operand, order how,
                           order failure, const site& at, bool waits) {
  const arena::use ordinary(arena::ordinary);
  event read = make(kind::read, how);
  read.failure = failure;
  read.modify = what;
  read.location = object(address, size, at).location;
  read.size = static_cast<std::uint8_t>(size);
  read.expected = expected;
  read.value = operand;
  read.waits = waits;
  return read_modify_write(read, at);
}

bits explorer::try_modify(const void* address, unsigned size, operation what, bits expected, bits operand, order how,
                          const site& at) {
  const order failure = taken(order::relaxed, kind::read, limits_.model);
  if (what == operation::add_unless && !std::exchange(tries_locks_, true) && polled_ && !found_.bound)
    found_.bound = polled_;
  return update(address, size, what, expected, operand, taken(how, kind::fence, limits_.model), failure, at);
}

bits explorer::modify(const void* address, unsigned size, operation what, bits operand, order how, const site& at) {
  const order failure = taken(order::relaxed, kind::read, limits_.model);
  return update(address, size, what, 0, truncated(operand, size), taken(how, kind::fence, limits_.model), failure, at);
}

bool explorer::fails_spuriously(const void* address, unsigned size, bits expected, order failure, const site& at) {
  if (choose(2, budget::spurious, at) == 0) return false;
  // Where it finds something else it fails anyway. What is written later it may find, too.
  me().held = true;
  await_begin(at);
  while (load(address, size, failure, at) != truncated(expected, size)) await_again(at);
  await_end();
  me().held = false;
  return true;
}

bool explorer::compare_exchange(const void* address, unsigned size, bits& expected, bits desired, order success,
                                order failure, bool weak, const site& at) {
  const bits wanted = truncated(expected, size);
  if (weak && me().awaits.empty() && fails_spuriously(address, size, wanted, failure, at)) return false;
  const bits seen = update(address, size, operation::compare_exchange, wanted, truncated(desired, size),
                           taken(success, kind::fence, limits_.model), taken(failure, kind::read, limits_.model), at);
  if (seen == wanted) return true;
  expected = seen;
  return false;
}

void explorer::fence(order how, const site& at) {
  const arena::use ordinary(arena::ordinary);
  if (how == order::relaxed) return;
  perform(make(kind::fence, taken(how, kind::fence, limits_.model)), at);
}

unsigned explorer::choose(unsigned alternatives, budget spends, const site& at) {
  const arena::use ordinary(arena::ordinary);
  if (alternatives < 2) return 0;
  event what = make(kind::choice, order::relaxed);
  what.variant = static_cast<std::uint8_t>(spends);
  if (const event_id same = probed(what); same != no_event) return 0;
  event_id id = recorded();
  if (id != no_event) {
    expect((*graph_)[id], what, at);
  } else {
    hold_at_bound(at);
    const unsigned spent = graph_->spent[what.variant];
    const bool may =
        spends == budget::none || spent < (spends == budget::timeout ? limits_.timeouts : limits_.spurious);
    if (!may) (spends == budget::timeout ? found_.more_timeouts : found_.more_spurious) = true;
    id = search_->add_choice(what, may ? alternatives : 1);
    (*graph_)[id].set_where(at.where);
  }
  done(id);
  pause();
  return static_cast<unsigned>((*graph_)[id].value);
}

}  // namespace gauntlet::rc11
