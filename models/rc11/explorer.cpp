/// One execution of the program, on the graph that rc11::search came up with.

#include "models/rc11/explorer.hpp"

#include <algorithm>
#include <bit>

#include "models/rc11/arena.hpp"

namespace gauntlet::rc11 {

explorer::explorer() = default;
explorer::~explorer() = default;

void explorer::body(void* self) {
  auto& here = *static_cast<explorer*>(self);
  try {
    const arena::use own(here.running_);
    if (here.running_ == 0)
      (*here.program_)();
    else
      here.me().function(here.me().argument);
  } catch (const std::exception& thrown) {
    here.fail("assertion", std::string("an exception left a thread: ") + thrown.what(), {});
  } catch (...) {
    here.fail("assertion", "an exception left a thread", {});
  }
  here.finish();
}

void explorer::finish() {
  arena::active = arena::ordinary;
  me().now = status::finished;
  unfinished_ &= ~(std::uint64_t{1} << running_);
  for (;;) yield();
}

/// Leaves `from`, which runs, for a thread.
void explorer::resume(unsigned which, fiber& from) {
  running_ = which;
  running_thread_ = threads_[which].get();
  from.go_to(running_thread_->stack);
}

/// The first thread that can go on; or the number of threads. While the graph is extended, that is a function of it.
unsigned explorer::first_able() const {
  for (std::uint64_t left = unfinished_; left != 0; left &= left - 1) {
    const auto which = static_cast<unsigned>(std::countr_zero(left));
    if (extending_ ? can_extend(which) : can_replay(*threads_[which])) return which;
  }
  return static_cast<unsigned>(threads_.size());
}

bool explorer::can_extend(unsigned which) const {
  const thread& it = *threads_[which];
  return it.now == status::fresh || it.now == status::beyond ||
         (it.now == status::joining && threads_[it.other]->now == status::finished) ||
         (it.now == status::watching && idle(it.other)) || (it.now == status::asleep && wake_of(which) != no_event) ||
         (it.now == status::blocked && wished(it));
}

/// Goes on with the next thread at once, and only where there is none back to who called explore().
void explorer::yield() {
  // Only the engine does this, at a time when it uses the ordinary heap.
  fiber& mine = me().stack;
  const unsigned next = abandoned_ ? static_cast<unsigned>(threads_.size()) : first_able();
  if (next == threads_.size()) return mine.go_to(own_);
  if (next != running_) resume(next, mine);
}

void explorer::abandon() {
  arena::active = arena::ordinary;
  abandoned_ = true;
  for (;;) yield();
}

void explorer::begin_thread(unsigned which, void (*function)(void*), void* argument) {
  while (threads_.size() <= which) threads_.push_back(std::make_unique<thread>());
  thread& it = *threads_[which];
  it.last = no_event;
  it.next = graph_->of_thread(which).first;
  const bool replayed = it.next != no_event || graph_->of_thread(which).joined;
  it.now = replayed || extending_ ? status::fresh : status::beyond;
  unfinished_ |= std::uint64_t{1} << which;
  done_[which] = 0;
  it.children = 0;
  it.held = it.polls = it.plain = it.probing = it.trying = it.trying_first = it.gives_up = it.locked_out = false;
  it.function = function;
  it.argument = argument;
  it.awaits.clear();
  it.wishes.clear();
  it.stack.prepare(&explorer::body, this);
}

bool explorer::can_replay(const thread& it) const {
  return it.now == status::fresh || (it.now == status::waiting && ready((*graph_)[it.next]));
}

/// While the graph is replayed: leaves the running thread for one that `wanted` waits for, directly or not.
void explorer::make_way(event_id wanted) {
  if (in_one_order_) return yield();
  for (;;) {
    const event& next = (*graph_)[wanted];
    unsigned which = next.kind == kind::join ? static_cast<unsigned>(next.value) : (*graph_)[next.from].thread;
    while (which >= threads_.size() || threads_[which]->now == status::none)
      which = (*graph_)[graph_->of_thread(which).creator].thread;
    const thread& other = *threads_[which];
    if (can_replay(other)) return resume(which, me().stack);
    // It has diverged, if it doesn't wait itself.
    if (other.now != status::waiting) return yield();
    wanted = other.next;
  }
}

/// Whether a write, or the read that its write follows at once, may be next in one order of everything: whoever reads
/// something older has read it.
bool explorer::all_older_done(const event& next) const {
  const bool updates = next.kind == kind::read && next.indivisible;
  if (next.kind != kind::write && !updates) return true;
  const event_id older = updates ? next.from : next.older;
  if (older != no_event && !executed(older)) return false;
  const unsigned place = graph_->place_of(older);
  for (event_id id = graph_->of_location(next.location).last_read; id != no_event; id = (*graph_)[id].read_before) {
    const event& read = (*graph_)[id];
    if (read.thread != next.thread && graph_->place_of(read.from) <= place && !executed(id)) return false;
  }
  return true;
}

/// One execution: first what the graph holds, in an order that respects program order and reads-from, so that ordinary
/// memory comes to hold what it held; then what the threads do beyond it.
void explorer::run() {
  extending_ = abandoned_ = completed_ = over_ = false;
  graph_ = &search_->current();
  arena::reset();
  blocks_.clear();
  shadow_.begin(lanes_);
  for (const auto& it : threads_) it->now = status::none;
  // A thread that hasn't begun has done nothing: what reads its writes must wait for them.
  done_.fill(0);
  unfinished_ = 0;
  begin_thread(0, nullptr, nullptr);
  replay();
  if (abandoned_) return;
  extending_ = true;
  extended_from_ = graph_->size();
  // To tell of a failure: who failed goes on before anybody else does something new.
  if (keeps_reads_ && found_.broken && can_extend(found_.broken->thread)) resume(found_.broken->thread, own_);
  if (!abandoned_) extend();
  if (!abandoned_) conclude();
}

void explorer::replay() {
  for (unsigned which = first_able(); which != threads_.size(); which = first_able()) {
    resume(which, own_);
    if (abandoned_) return;
  }
  unsigned done = 0;
  for (const unsigned each : done_) done += each;
  if (done != graph_->size()) {
    diverged_ = "rc11: when it was run again the program did less than before, though all that it read was the same";
    const auto behind = std::find_if(threads_.begin(), threads_.end(),
                                     [](const auto& it) { return it->now != status::none && it->next != no_event; });
    diverged_before_ = diverged_now_ = {};
    if (behind != threads_.end()) {
      diverged_thread_ = static_cast<unsigned>(behind - threads_.begin());
      diverged_before_ = {(*graph_)[(*behind)->next].where(), nullptr, 0};
    }
    abandoned_ = true;
  }
}

/// Whether another thread saw this one wait or end there: it had nothing more to do, and who saw it relies on that.
bool explorer::seen_by_a_watch(event_id last) const {
  for (event_id id = 0; id < graph_->size(); ++id) {
    const event& it = (*graph_)[id];
    if (it.kind == kind::watch && it.from == last && it.thread != running_) return true;
  }
  return false;
}

void explorer::end_replay() {
  // A thread that was joined had nothing more to do.
  if (graph_->of_thread(running_).joined || (watches_all_ && seen_by_a_watch(me().last))) return;
  const arena::use ordinary(arena::ordinary);
  me().now = status::beyond;
  yield();
}

void explorer::extend() {
  for (;;) {
    unsigned which = first_able();
    // Time passes when nothing else does.
    if (which == threads_.size()) which = wake_by_time();
    if (which == threads_.size()) return;
    resume(which, own_);
    if (abandoned_) return;
  }
}

/// @return the first thread whose wait may end by a time-out: it will; or the number of threads. It could have ended
/// early, if so many may: that is the same, and another execution.
unsigned explorer::wake_by_time() {
  for (unsigned which = 0; which < threads_.size(); ++which) {
    thread& it = *threads_[which];
    if (it.now != status::asleep || !it.timed) continue;
    if (graph_->spent[static_cast<unsigned>(budget::timeout)] < limits_.timeouts) {
      ++found_.cut;
      abandoned_ = true;
      break;
    }
    it.gives_up = true;
    it.now = status::beyond;
    return which;
  }
  return static_cast<unsigned>(threads_.size());
}

void explorer::conclude() {
  const graph& now = search_->current();
  found_.events = std::max(found_.events, now.size());
  bool waits = false;
  bool may_go_on = false;
  for (const auto& it : threads_) {
    if (it->now == status::none || it->now == status::finished) continue;
    waits = true;
    const bool gives_up = it->locked_out && it->timed;
    if (it->held || (it->now == status::blocked && (gives_up || !hopeless(*it)))) may_go_on = true;
  }
  if (!waits || (over_ && !may_go_on)) {
    if (const block* const left = leaked(); left != nullptr) {
      found_.broken = {"leak", std::string(left->name) + " is still alive when everything is over", 0, {}};
      return;
    }
    ++found_.complete;
    if (limits_.counter != nullptr) limits_.counter->fetch_add(1, std::memory_order_relaxed);
    completed_ = true;
    return;
  }
  ++found_.blocked;
  if (may_go_on) return;
  keep_what_is_read();
  stuck();
}

bool explorer::idle(unsigned which) const {
  if (which == everybody) return all_idle();
  if (which >= threads_.size()) return false;
  const thread& it = *threads_[which];
  const auto finds_nothing_new = [&] { return hopeless(it) && std::ranges::all_of(it.wishes, &thread::wish::newest); };
  return it.now == status::finished || (it.now == status::asleep && wake_of(which) == no_event) ||
         (it.now == status::blocked && !it.held && !it.awaits.empty() && !wished(it) &&
          (it.awaits.back().waits || finds_nothing_new()));
}

/// Whether the thread that watches all others has nobody left to wait for: it is the only one that does so.
bool explorer::all_idle() const {
  for (unsigned which = 1; which < threads_.size(); ++which) {
    const thread& it = *threads_[which];
    const bool watches = it.now == status::watching && it.other == everybody;
    const bool wakes_by_time = it.now == status::asleep && it.timed;
    // What another execution finds: it has read what something newer stands beside.
    const bool goes_on_elsewhere = it.now == status::blocked && !hopeless(it);
    if (it.now == status::none || watches) continue;
    if (!idle(which) || wakes_by_time || goes_on_elsewhere) return false;
  }
  return true;
}

void explorer::outside(const std::function<void()>& what) {
  const arena::use ordinary(arena::ordinary);
  what();
}

std::optional<violation> explorer::repeat(const std::function<void()>& program) {
  program_ = &program;
  auto found = found_;
  found_.broken.reset();
  explorer* const outer = std::exchange(current_, this);
  in_one_order_ = limits_.model == memory_model::sc;
  keeps_reads_ = true;
  run();
  if (std::exchange(in_one_order_, false) && !diverged_.empty()) {
    diverged_.clear();
    run();
  }
  keeps_reads_ = false;
  current_ = outer;
  std::swap(found_, found);
  if (!diverged_.empty()) throw_diverged();
  return found.broken;
}

bool explorer::passed_over(event_id read) const {
  const graph& known = search_->current();
  const event& it = known[read];
  for (event_id write = known.newer(it.location, it.from); write != no_event; write = known[write].newer)
    if (executed(write) && known[write].previous != read) return true;
  return false;
}

std::vector<waiter> explorer::waiters() const {
  std::vector<waiter> all;
  for (unsigned which = 0; which < threads_.size(); ++which) {
    const thread& it = *threads_[which];
    if (it.now == status::asleep)
      all.push_back({which, it.word, it.expected, it.where});
    else if (it.now == status::blocked)
      all.push_back({which, nullptr, 0, it.where});
  }
  return all;
}

bits explorer::final_value(const void* address) {
  const auto& where = search_->current().of_location(shadow_.at(address).location);
  return where.newest == no_event ? where.initial : search_->current()[where.newest].value;
}

}  // namespace gauntlet::rc11
