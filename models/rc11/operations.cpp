/// What a program's threads do to atomic objects, to each other and by choice: replayed from the graph, or added to it.

#include <algorithm>
#include <cstring>
#include <string>

#include "models/rc11/arena.hpp"
#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

namespace {
/// A queue of sleepers has a bit for each thread.
constexpr unsigned most_threads = 64;

/// The weaker models that are no weaker than release and acquire take every access as such.
order strengthened(order how, kind what) {
  if (how == order::seq_cst) return how;
  if (what == kind::read) return order::acquire;
  return what == kind::write ? order::release : order::acq_rel;
}
}  // namespace

event explorer::make(kind what, order how) const {
  event made{};
  made.kind = what;
  made.thread = static_cast<std::uint8_t>(running_);
  made.asked = how == order::consume ? order::acquire : how;
  made.failure = order::relaxed;
  made.from = no_event;
  return made;
}

event_id explorer::next_of(unsigned which) const {
  const graph& known = search_->current();
  const event_id last = threads_[which]->last;
  return last == no_event ? known.of_thread(which).first : known[last].next;
}

/// The event that the running thread does next, once what it depends on is done; no_event when the graph holds none
/// and it is this thread's turn to add one.
event_id explorer::recorded() {
  thread& it = me();
  const graph& known = search_->current();
  for (;;) {
    const event_id next = next_of(running_);
    if (next != no_event) {
      if (ready(known[next])) return next;
      it.next = next;
      it.now = status::waiting;
    } else {
      if (extending_) return no_event;
      it.now = status::beyond;
    }
    yield();
  }
}

void explorer::done(event_id id) {
  thread& it = me();
  it.last = id;
  ++it.done;
}

event_id explorer::perform(const event& what, const site& at) {
  if (const event_id same = probed(what); same != no_event) return same;
  event_id id = recorded();
  if (id != no_event) {
    expect(search_->current()[id], what, at);
  } else {
    hold_at_bound(at);
    bool goes_on = true;
    if (what.kind == kind::read)
      search_->add_read(what, id);
    else if (what.kind == kind::write)
      goes_on = search_->add_write(what, id);
    else
      id = search_->add_other(what);
    if (!goes_on) abandon();
  }
  done(id);
  return id;
}

void explorer::hold_at_bound(const site& at) {
  if (search_->current().size() < limits_.events) return;
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
  if (alike(found, wanted)) return;
  diverged_ =
      "rc11: when it was run again the program did something else, though all that it read was the same: thread " +
      std::to_string(running_) + ", operation " + std::to_string(me().done) + " of it";
  if (at.line != 0)
    diverged_ +=
        ", line " + std::to_string(at.line) + (at.function == nullptr ? "" : std::string(" in ") + at.function);
  abandon();
}

access explorer::now() const {
  const thread& it = *threads_[running_];
  const graph& known = search_->current();
  const event_id last = it.last != no_event ? it.last : running_ != 0 ? known.of_thread(running_).creator : no_event;
  return {running_, static_cast<tick>(it.done), last == no_event ? nothing_.data() : known.clock(last, view::before)};
}

/// The cell of an atomic object that is about to be accessed.
shadow::cell& explorer::object(const void* address, unsigned size, const site& at) {
  shadow::cell& it = shadow_.at(address);
  if (it.alive != shadow::life::alive || !it.atomic) {
    if (it.alive == shadow::life::dead)
      fail("use_after_free", "an atomic object is accessed after its life has ended", at);
    bits initial = 0;
    std::memcpy(&initial, address, size);
    shadow_.begin_life(it, size, true);
    search_->current().of_location(it.location).initial = initial;
  }
  if (it.size != size)
    fail("undefined",
         "an atomic object of " + std::to_string(it.size) + " bytes is accessed as one of " + std::to_string(size), at);
  if (const int other = shadow_.read(it, now()); other >= 0) raced("atomic access", other, at);
  return it;
}

void explorer::create(const void* address, unsigned size, bits initial, const site& at) {
  const arena::use ordinary(arena::ordinary);
  shadow::cell& it = shadow_.at(address);
  shadow_.begin_life(it, size, true);
  search_->current().of_location(it.location).initial = initial;
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
  const arena::use ordinary(arena::ordinary);
  event what = make(kind::read, how);
  if (limits_.model != memory_model::rc11) what.asked = strengthened(what.asked, kind::read);
  what.location = object(address, size, at).location;
  what.size = static_cast<std::uint8_t>(size);
  const event_id id = perform(what, at);
  const graph& known = search_->current();
  const thread& it = me();
  return it.trying && id == it.tried ? known.value_of(what.location, it.instead) : known.value(known[id]);
}

void explorer::store(const void* address, unsigned size, bits value, order how, const site& at) {
  const arena::use ordinary(arena::ordinary);
  event what = make(kind::write, how);
  if (limits_.model != memory_model::rc11) what.asked = strengthened(what.asked, kind::write);
  what.location = object(address, size, at).location;
  what.size = static_cast<std::uint8_t>(size);
  what.value = truncated(value, size);
  perform(what, at);
}

/// A read, and if that found what it needs its write.
bits explorer::read_modify_write(event what, const site& at) {
  if (limits_.model != memory_model::rc11 && !what.silent) {
    what.asked = strengthened(what.asked, kind::fence);
    what.failure = strengthened(what.failure, kind::read);
  }
  const graph& known = search_->current();
  const event read = known[perform(what, at)];
  const bits before = known.value(read);
  if (!read.indivisible) return before;
  perform(search_->written_after(me().last), at);
  return before;
}

bits explorer::modify(const void* address, unsigned size, operation what, bits operand, order how, const site& at) {
  const arena::use ordinary(arena::ordinary);
  event read = make(kind::read, how);
  read.modify = what;
  read.location = object(address, size, at).location;
  read.size = static_cast<std::uint8_t>(size);
  read.value = truncated(operand, size);
  return read_modify_write(read, at);
}

bool explorer::compare_exchange(const void* address, unsigned size, bits& expected, bits desired, order success,
                                order failure, bool weak, const site& at) {
  const arena::use ordinary(arena::ordinary);
  const bool fails = weak && me().awaits.empty() && choose(2, budget::spurious, at) != 0;
  if (fails) {
    const bits seen = load(address, size, failure, at);
    // Otherwise it fails anyway.
    if (seen != expected) cut();
    return false;
  }
  event read = make(kind::read, success);
  read.failure = failure == order::consume ? order::acquire : failure;
  read.modify = operation::compare_exchange;
  read.location = object(address, size, at).location;
  read.size = static_cast<std::uint8_t>(size);
  read.expected = truncated(expected, size);
  read.value = truncated(desired, size);
  const bits seen = read_modify_write(read, at);
  if (seen == read.expected) return true;
  expected = seen;
  return false;
}

void explorer::fence(order how, const site& at) {
  const arena::use ordinary(arena::ordinary);
  if (how == order::relaxed) return;
  event what = make(kind::fence, how);
  if (limits_.model != memory_model::rc11) what.asked = strengthened(what.asked, kind::fence);
  perform(what, at);
}

unsigned explorer::choose(unsigned alternatives, budget spends, const site& at) {
  const arena::use ordinary(arena::ordinary);
  if (alternatives < 2) return 0;
  event what = make(kind::choice, order::relaxed);
  what.variant = static_cast<std::uint8_t>(spends);
  if (const event_id same = probed(what); same != no_event) return 0;
  event_id id = recorded();
  if (id != no_event) {
    expect(search_->current()[id], what, at);
  } else {
    hold_at_bound(at);
    const unsigned spent = search_->current().spent[what.variant];
    const bool may =
        spends == budget::none || spent < (spends == budget::timeout ? limits_.timeouts : limits_.spurious);
    id = search_->add_choice(what, may ? alternatives : 1);
  }
  done(id);
  return static_cast<unsigned>(search_->current()[id].value);
}

unsigned explorer::thread_start(void (*function)(void*), void* argument, const site& at) {
  const arena::use ordinary(arena::ordinary);
  const std::pair<unsigned, unsigned> family{running_, me().children++};
  const auto known = std::find(families_.begin(), families_.end(), family);
  const auto child = static_cast<unsigned>(known - families_.begin()) + 1;
  if (known == families_.end()) families_.push_back(family);
  if (child >= lanes_) {
    if (child >= most_threads) {
      diverged_ = "rc11: more than " + std::to_string(most_threads) + " threads in one program";
      abandon();
    }
    grow_ = true;
    abandon();
  }
  event what = make(kind::start, order::relaxed);
  what.value = child;
  perform(what, at);
  begin_thread(child, function, argument);
  return child;
}

void explorer::thread_join(unsigned which, const site& at) {
  const arena::use ordinary(arena::ordinary);
  wait_for(kind::join, status::joining, which, at);
}

}  // namespace gauntlet::rc11
