/// Threads: pthread_create and its company, on the explorer's.

#include "models/rc11/unmodified/threads.hpp"

#include <sched.h>
#include <sys/types.h>
#include <unwind.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "models/rc11/unmodified/heap.hpp"
#include "models/rc11/unmodified/program.hpp"
#include "models/rc11/unmodified/record.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

[[gnu::noinline]] void run_thread(void* argument) noexcept {
  const auto it = *static_cast<thread_state::start*>(argument);
  threads.enter(it.where);
  threads.mine().result = it.routine(it.argument);
  end_locals();
  end_thread();
}

/// What pthread_exit() does: destructors on the way, then the thread's end. The process ends with its last thread.
_Unwind_Reason_Code leave(int, _Unwind_Action actions, _Unwind_Exception_Class, _Unwind_Exception*,
                          _Unwind_Context* context, void*) {
  const auto function = _Unwind_GetRegionStart(context);
  const bool at_its_end = (actions & _UA_END_OF_STACK) != 0 ||
                          function == reinterpret_cast<std::uintptr_t>(&run_thread) ||
                          function == reinterpret_cast<std::uintptr_t>(&run_main);
  if (!at_its_end) return _URC_NO_REASON;
  end_locals();
  threads.mine().ended = true;
  if (threads.all_ended()) leave_program(0);
  threads.mine().ended = false;
  end_thread();
  engine->finish();
}

/// A block that holds all of a std::thread's arguments is told by what is in it.
thread_state::task task_of(void* (*routine)(void*), void* argument) {
  if (!chosen.search.symmetry) return {};
  const std::size_t size = storage.owns(argument) ? storage.size_of(argument) : 0;
  if (size == 0) return {routine, argument};
  const outside ordinary;
  const auto* const begin = static_cast<const std::byte*>(argument);
  return {routine, nullptr, {begin, begin + size}};
}

/// The thread that the calling one started last, if that does the same; else 0.
unsigned twin_of(const thread_state::task& does) {
  const outside ordinary;
  const unsigned last = threads.mine().last_started;
  return last != 0 && threads[last].does == does ? last : 0;
}

}  // namespace

void thread_state::clear() {
  does = {};
  last_started = 0;
  result = nullptr;
  detached = joined = ended = false;
  created_at = nullptr;
  name.clear();
  held.clear();
  endings.clear();
  locals.clear();
  specific.clear();
  blocked_signals = 0;
  not_before = 0;
}

thread_state::hold* thread_state::holds(const void* lock) {
  for (hold& it : held)
    if (it.lock == lock) return &it;
  return nullptr;
}

void thread_table::begin() {
  for (unsigned index = 0; index < count_; ++index) all_[index].clear();
  count_ = 1;
  used_starts_ = 0;
  over = exited = false;
}

void thread_table::enter(const void* created_at) {
  const unsigned index = engine->thread_index();
  started(index);
  all_[index].created_at = created_at;
}

thread_state::start* thread_table::keep(const thread_state::start& it) {
  const outside ordinary;
  if (used_starts_ == starts_.size()) starts_.push_back(std::make_unique<thread_state::start>());
  auto* const kept = starts_[used_starts_++].get();
  *kept = it;
  return kept;
}

void end_locals() {
  thread_state& me = threads.mine();
  while (!me.endings.empty()) {
    const auto last = me.endings.back();
    me.endings.pop_back();
    last.function(last.argument);
  }
  destroy_specific(me);
}

void end_thread() {
  const outside ordinary;
  threads.mine().ended = true;
  if (!chosen.leaks || !threads.all_ended()) return;
  const heap::block* const lost = storage.leaked();
  if (lost == nullptr) return;
  engine->fail(
      "leak",
      "nothing leads to a block of " + std::to_string(lost->size) + " bytes any longer, and nobody has released it",
      at(lost->allocated.where));
}

bool thread_table::all_ended() const {
  return !exited && std::all_of(all_.begin(), all_.begin() + count_, [](const thread_state& it) { return it.ended; });
}

}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11::unmodified;

GAUNTLET_ENTRY int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*routine)(void*),
                                  void* argument) {
  if (!inside()) return GAUNTLET_REAL(pthread_create, handle, attributes, routine, argument);
  const void* const where = GAUNTLET_CALLER;
  told step("starts a thread", nullptr, 0, -1, where);
  auto does = task_of(routine, argument);
  const unsigned child =
      engine->thread_start(&run_thread, threads.keep({routine, argument, where}), at(where), twin_of(does));
  threads.started(child);
  if (chosen.search.symmetry) {
    threads.mine().last_started = child;
    threads[child].does = std::move(does);
  }
  step.wrote(child);
  int detached = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &detached);
  threads[child].blocked_signals = threads.mine().blocked_signals;
  threads[child].detached = detached == PTHREAD_CREATE_DETACHED;
  *handle = handle_of(child);
  return 0;
}

namespace {
/// A thread is joined or detached once: what it was is gone then, and its handle may be another's.
void expect_unattended(unsigned index, const char* what, const void* where) {
  const char* why = nullptr;
  if (index >= threads.count())
    why = "is none";
  else if (threads[index].joined)
    why = "was joined before";
  else if (threads[index].detached)
    why = "was detached before";
  if (why != nullptr) engine->fail("undefined", std::string("a thread is ") + what + " that " + why, at(where));
}
}  // namespace

GAUNTLET_ENTRY int pthread_join(pthread_t handle, void** result) {
  if (!inside()) return GAUNTLET_REAL(pthread_join, handle, result);
  const void* const where = GAUNTLET_CALLER;
  const unsigned index = index_of(handle);
  if (index == engine->thread_index()) return EDEADLK;
  expect_unattended(index, "joined", where);
  told step("joins a thread", nullptr, 0, -1, where);
  step.read(index);
  engine->thread_join(index, at(where));
  threads[index].joined = true;
  if (result != nullptr) *result = threads[index].result;
  return 0;
}

GAUNTLET_ENTRY int pthread_detach(pthread_t handle) {
  if (!inside()) return GAUNTLET_REAL(pthread_detach, handle);
  const unsigned index = index_of(handle);
  expect_unattended(index, "detached", GAUNTLET_CALLER);
  threads[index].detached = true;
  return 0;
}

GAUNTLET_ENTRY pthread_t pthread_self() {
  if (!inside()) return GAUNTLET_REAL(pthread_self);
  engine->tell_apart();
  return handle_of(engine->thread_index());
}

GAUNTLET_ENTRY void pthread_exit(void* result) {
  if (!inside()) {
    GAUNTLET_REAL(pthread_exit, result);
    __builtin_unreachable();
  }
  static std::array<_Unwind_Exception, most_threads> leaving;
  threads.mine().result = result;
  _Unwind_ForcedUnwind(&leaving[engine->thread_index()], &leave, nullptr);
  __builtin_unreachable();
}

GAUNTLET_ENTRY int pthread_setname_np(pthread_t handle, const char* name) {
  if (!inside()) return GAUNTLET_REAL(pthread_setname_np, handle, name);
  const outside ordinary;
  if (std::strlen(name) > 15) return ERANGE;
  threads[index_of(handle)].name = name;
  return 0;
}

GAUNTLET_ENTRY int pthread_getname_np(pthread_t handle, char* name, std::size_t size) {
  if (!inside()) return GAUNTLET_REAL(pthread_getname_np, handle, name, size);
  const std::string& known = threads[index_of(handle)].name;
  if (known.size() + 1 > size) return ERANGE;
  std::memcpy(name, known.c_str(), known.size() + 1);
  return 0;
}

// Where and how a thread runs is nothing that the explorer's depend on.
GAUNTLET_ENTRY int pthread_setaffinity_np(pthread_t handle, std::size_t size, const cpu_set_t* set) {
  return inside() ? 0 : GAUNTLET_REAL(pthread_setaffinity_np, handle, size, set);
}
GAUNTLET_ENTRY int pthread_setschedparam(pthread_t handle, int policy, const sched_param* how) {
  return inside() ? 0 : GAUNTLET_REAL(pthread_setschedparam, handle, policy, how);
}
