#include "models/rc11/unmodified/record.hpp"

#include <sys/uio.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <string_view>

#include "models/rc11/unmodified/heap.hpp"
#include "models/rc11/unmodified/modules.hpp"
#include "models/rc11/unmodified/program.hpp"
#include "models/rc11/unmodified/threads.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

struct recorded {
  step told;
  /// Its own, oldest first, and the write that its read reads.
  std::vector<event_id> events;
  std::optional<event_id> source;
};

std::vector<recorded> done;
std::array<std::optional<recorded>, most_threads> begun;
/// So many events the thread had done before it began.
std::array<unsigned, most_threads> first_event;
/// The thread's last plain write: what it writes is seen when the thread does something else.
std::array<std::optional<std::size_t>, most_threads> unseen_write;

constexpr int frame_pointer = 6;

_Unwind_Reason_Code take_frame(_Unwind_Context* context, void* into) {
  auto& told = *static_cast<step*>(into);
  const auto* const where = reinterpret_cast<const void*>(_Unwind_GetIP(context));
  if (is_ours(where)) return _URC_NO_REASON;
  told.stack.push_back(where);
  told.frames.push_back(reinterpret_cast<const void*>(_Unwind_GetGR(context, frame_pointer)));
  return _URC_NO_REASON;
}

/// Zero where nothing can be read: the program is about to crash there.
bits bytes_at(const void* address, std::size_t size) {
  bits value = 0;
  const iovec into{&value, size};
  const iovec from{const_cast<void*>(address), size};
  process_vm_readv(getpid(), &into, 1, &from, 1, 0);
  return value;
}

/// "read" or "volatile read".
bool is_plain(const step& it, std::string_view operation) {
  std::string_view did = it.operation;
  if (constexpr std::string_view prefix = "volatile "; did.starts_with(prefix)) did.remove_prefix(prefix.size());
  return it.size <= sizeof(bits) && did == operation;
}

void see_write(unsigned thread) {
  if (const auto which = std::exchange(unseen_write[thread], {})) {
    step& it = done[*which].told;
    it.written = bytes_at(it.address, it.size);
  }
}

/// Whether it changed anything in the graph.
bool changes_something(const recorded& it) {
  const graph& known = engine->execution();
  return std::any_of(it.events.begin(), it.events.end(), [&](event_id id) { return known[id].kind == kind::write; });
}

/// The name of what may come to nothing.
const char* outcome_of(const char* operation, bool succeeds) {
  constexpr std::array<std::pair<const char*, const char*>, 5> failing{
      {{"compare_exchange", "compare_exchange fails"},
       {"notify_one", "notify_one wakes nobody at"},
       {"notify_all", "notify_all wakes nobody at"},
       {"futex_wake one", "futex_wake wakes nobody at"},
       {"futex_wake", "futex_wake wakes nobody at"}}};
  for (const auto& [name, in_vain] : failing)
    if (!succeeds && std::strcmp(operation, name) == 0) return in_vain;
  return operation;
}

/// What the graph knows of it.
void fill(recorded& it, unsigned from) {
  const graph& known = engine->execution();
  for (event_id id = it.told.event; id != no_event && known[id].index >= from; id = known[id].previous) {
    it.events.push_back(id);
    const event& did = known[id];
    // A queue of sleepers is nothing that the program sees.
    if (did.silent && did.modify != operation::enqueue) continue;
    if (did.kind == kind::write && did.modify != operation::enqueue && !it.told.written) it.told.written = did.value;
    if (did.kind == kind::read) {
      it.told.read = known.value(did);
      it.source = did.from;
      it.told.stale = engine->passed_over(id);
    }
  }
  std::reverse(it.events.begin(), it.events.end());
}

/// Threads' steps in an order in which each comes after what it reads from, and otherwise as they were done: a thread's
/// last event returns to the program only when all others have come so far.
account ordered() {
  account all;
  const graph& known = engine->execution();
  std::map<event_id, std::size_t> step_of;
  std::vector<bool> taken(done.size());
  std::size_t first = 0;
  std::vector<bool> is_told(known.size());
  for (const recorded& it : done)
    for (const event_id id : it.events) is_told[id] = true;
  const auto is_past = [&](event_id id) { return id == no_event || !is_told[id] || step_of.contains(id); };
  // Who woke nobody did so before the sleeper came.
  const auto all_past_that_missed = [&](const event& sleeper) {
    for (event_id id = known.of_location(sleeper.location).last_read; id != no_event; id = known[id].read_before)
      if (known[id].modify == operation::wake && known[id].from == sleeper.older && !is_past(id)) return false;
    return true;
  };
  const auto may_be_next = [&](const recorded& it) {
    if (!is_past(known.of_thread(it.told.thread).creator)) return false;
    return std::all_of(it.events.begin(), it.events.end(), [&](event_id id) {
      const event& did = known[id];
      const bool sleeps = did.modify == operation::enqueue || did.modify == operation::sleep;
      if (sleeps && did.kind == kind::write && !all_past_that_missed(did)) return false;
      const bool reads = did.kind == kind::read || did.kind == kind::watch;
      return !reads || did.from == no_event || known[did.from].thread == did.thread || is_past(did.from);
    });
  };
  while (first < done.size()) {
    std::array<bool, most_threads> passed{};
    std::size_t next = first;
    for (; next < done.size(); ++next) {
      const unsigned thread = done[next].told.thread;
      if (taken[next] || passed[thread]) continue;
      if (may_be_next(done[next])) break;
      passed[thread] = true;
    }
    // None can be only if something was lost; then they stay as they were.
    if (next == done.size()) next = first;
    taken[next] = true;
    recorded& it = done[next];
    for (const event_id id : it.events) step_of[id] = all.steps.size();
    if (it.source && *it.source != no_event && step_of.contains(*it.source)) it.told.reads_from = step_of[*it.source];
    all.steps.push_back(std::move(it.told));
    while (first < done.size() && taken[first]) ++first;
  }
  return all;
}

/// What a thread was interrupted in, as something went wrong elsewhere: it did that, as far as the graph has it.
void end_interrupted(unsigned thread) {
  const graph& known = engine->execution();
  const event_id last = known.of_thread(thread).last;
  if (!begun[thread] || last == no_event || known[last].index < first_event[thread] || known[last].waits) return;
  // Of what sleeps, the graph has how it began to.
  if (begun[thread]->told.address != nullptr && begun[thread]->told.order < 0) return;
  recorded it = std::move(*begun[thread]);
  begun[thread].reset();
  it.told.event = last;
  fill(it, first_event[thread]);
  if (known[last].kind == kind::start) it.told.written = known[last].value;
  done.push_back(std::move(it));
}

}  // namespace

void told::begin(const char* operation, const void* address, std::size_t size, int order, const void* where) {
  const outside ordinary;
  const unsigned thread = engine->thread_index();
  if (begun[thread]) return;
  see_write(thread);
  begun_ = true;
  recorded it;
  it.told.thread = thread;
  it.told.operation = operation;
  it.told.address = address;
  it.told.size = size;
  it.told.order = order;
  it.told.event = engine->last_event();
  _Unwind_Backtrace(&take_frame, &it.told);
  if (it.told.stack.empty()) {
    it.told.stack.push_back(where);
    it.told.frames.push_back(nullptr);
  }
  first_event[thread] = engine->done();
  begun[thread] = std::move(it);
}

void told::named(const char* operation) {
  if (begun_) begun[engine->thread_index()]->told.operation = operation;
}
void told::forget() {
  if (std::exchange(begun_, false)) begun[engine->thread_index()].reset();
}
void told::concerns(const void* address) {
  if (begun_) begun[engine->thread_index()]->told.address = address;
}
void told::read(bits value) {
  if (begun_) begun[engine->thread_index()]->told.read = value;
}
void told::wrote(bits value) {
  if (begun_) begun[engine->thread_index()]->told.written = value;
}

void told::end() {
  const outside ordinary;
  const unsigned thread = engine->thread_index();
  recorded it = std::move(*begun[thread]);
  begun[thread].reset();
  it.told.event = engine->last_event();
  fill(it, first_event[thread]);
  step& told = it.told;
  if (is_plain(told, "read")) told.read = bytes_at(told.address, told.size);
  if (is_plain(told, "write")) unseen_write[thread] = done.size();
  told.operation = outcome_of(told.operation, changes_something(it));
  done.push_back(std::move(it));
}

std::vector<const void*> calls_under_way() {
  step here;
  _Unwind_Backtrace(&take_frame, &here);
  return here.stack;
}

account retrace_with(const std::function<void()>& program) {
  done.clear();
  begun = {};
  unseen_write = {};
  recording = true;
  const auto broken = engine->repeat(program);
  recording = false;
  for (unsigned thread = 0; thread < most_threads; ++thread) see_write(thread);
  // At the end of an execution nobody is interrupted: all wait.
  const bool interrupts = broken && broken->where.where != nullptr;
  for (unsigned thread = 0; interrupts && thread < threads.count(); ++thread)
    if (thread != broken->thread) end_interrupted(thread);
  account all = ordered();
  all.broken = broken;
  for (unsigned thread = 0; thread < threads.count(); ++thread) {
    auto& it = begun[thread];
    all.begun.push_back(it ? std::optional(std::move(it->told)) : std::nullopt);
  }
  for (unsigned index = 0; index < threads.count(); ++index) {
    const thread_state& it = threads[index];
    thread_account known{it.name, it.created_at, {}};
    for (const auto& lock : it.held) known.held.emplace_back(lock.lock, lock.where);
    all.threads.push_back(std::move(known));
  }
  for (const heap::block& it : storage.startup_blocks()) {
    step given;
    given.operation = "allocate";
    given.address = reinterpret_cast<const void*>(it.begin);
    given.size = it.size;
    given.stack = {it.allocated.where};
    all.before.push_back(std::move(given));
  }
  all.broken_in_step = interrupts && all.begun[broken->thread];
  if (all.broken_in_step) all.steps.push_back(*all.begun[broken->thread]);
  return all;
}

}  // namespace gauntlet::rc11::unmodified
