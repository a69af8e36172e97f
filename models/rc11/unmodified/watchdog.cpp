#include "models/rc11/unmodified/watchdog.hpp"

#include <pthread.h>
#include <sys/time.h>
#include <unwind.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include "harness/frames.hpp"
#include "models/rc11/unmodified/modules.hpp"
#include "models/rc11/unmodified/runtime.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

/// Seconds between two looks.
constexpr double interval = 0.1;
/// So much longer where the program is in the midst of a library's function, which may hold a lock of its own.
constexpr double patience_in_library = 1;

bool watching = false;
double deadline = 0;
double patience = 0;
std::optional<site> left_at;
/// What changes with each event was this when it last changed; and when that was, by the two clocks.
std::uint64_t pulse = 0;
double changed_at = 0;
double worked_at = 0;
/// Its processor's time at the last look.
double worked_before = 0;

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Where the program is: its innermost frame, and whether that is what runs.
struct place {
  const void* where = nullptr;
  bool innermost = true;
};

_Unwind_Reason_Code look_at(_Unwind_Context* context, void* into) {
  auto& found = *static_cast<place*>(into);
  int is_instruction = 0;
  const auto at = _Unwind_GetIPInfo(context, &is_instruction);
  const auto* const where = reinterpret_cast<const void*>(at);
  if (is_programs(where)) {
    // As if it were a call's return address.
    found.where = reinterpret_cast<const void*>(at + (is_instruction != 0 ? 1U : 0U));
    return _URC_END_OF_STACK;
  }
  // The handler's own frames, and what returns from it.
  if (!is_ours(where) && is_instruction != 0) found.innermost = false;
  return _URC_NO_REASON;
}

void tick(int, siginfo_t*, void*) {
  const bool programs = inside();
  const outside ordinary;
  const int error = errno;
  const double now = seconds_of(CLOCK_MONOTONIC);
  const double worked = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  const double since = worked - std::exchange(worked_before, worked);
  if (!programs) {
    // What the engine does itself isn't the program's.
    worked_at += since;
    changed_at = now;
    errno = error;
    return;
  }
  const std::uint64_t beat = engine->so_far().runs() << 32U | engine->execution().size() << 16U | engine->done();
  if (std::exchange(pulse, beat) != beat) {
    worked_at = worked;
    changed_at = now;
  }
  const double alone = worked - worked_at;
  const bool is_late = now >= deadline && now - changed_at >= interval;
  if (is_late || alone >= patience) {
    place found;
    _Unwind_Backtrace(&look_at, &found);
    if (is_late) {
      left_at = at(found.where);
      engine->refuse("time is up");
    }
    if (found.innermost || alone >= patience + patience_in_library)
      engine->fail("hang", "the thread runs on and on, and does nothing that another could see", at(found.where));
  }
  errno = error;
}

void set_timer(double seconds) {
  const timeval each{0, static_cast<suseconds_t>(seconds * 1e6)};
  const itimerval how{each, each};
  setitimer(ITIMER_REAL, &how, nullptr);
}

/// A process has timers of its own.
void in_child() {
  if (watching) set_timer(interval);
}

}  // namespace

void begin_watch(double seconds, double alone) {
  changed_at = seconds_of(CLOCK_MONOTONIC);
  deadline = changed_at + seconds;
  patience = alone;
  worked_at = worked_before = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  left_at.reset();
  // What is loaded when it is first used is so now, not in a handler.
  place none;
  _Unwind_Backtrace(&look_at, &none);
  struct sigaction how{};
  how.sa_sigaction = &tick;
  how.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
  sigaction(SIGALRM, &how, nullptr);
  static const int once = pthread_atfork(nullptr, nullptr, &in_child);
  static_cast<void>(once);
  watching = true;
  set_timer(interval);
}

std::optional<site> end_watch() {
  watching = false;
  set_timer(0);
  return left_at;
}

const void* innermost_place() {
  place found;
  _Unwind_Backtrace(&look_at, &found);
  return found.where;
}

std::string place_of_call(const void* return_address) {
  if (!is_programs(return_address)) return_address = innermost_place();
  const outside ordinary;
  harness::frames read;
  for (const harness::frame& each : read.of(return_address))
    if (!each.file.empty() && !each.file.starts_with("/usr/")) return each.file + ":" + std::to_string(each.line);
  return "an unknown place";
}

}  // namespace gauntlet::rc11::unmodified
