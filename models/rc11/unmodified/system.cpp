/// System calls that a program makes by number: futexes are the explorer's, some others are known to change nothing,
/// and the rest goes to the kernel, which is said.

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <string>

#include "models/rc11/unmodified/atomics.hpp"
#include "models/rc11/unmodified/record.hpp"
#include "models/rc11/unmodified/system.hpp"
#include "models/rc11/unmodified/threads.hpp"
#include "models/rc11/unmodified/time.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

long failed(int error) {
  errno = error;
  return -1;
}

long wait(void* word, unsigned expected, const timespec* until, const void* where) {
  told step(until == nullptr ? "futex_wait" : "futex_wait, timed", word, 4, -1, where);
  memory.object(word, 4, false, where);
  switch (engine->futex_wait(word, 4, expected, until != nullptr, at(where))) {
    case explorer::awoken::changed:
      step.named("futex_wait returns at once");
      return failed(EAGAIN);
    case explorer::awoken::timed_out:
      step.named("times out");
      return failed(ETIMEDOUT);
    case explorer::awoken::woken:
      step.named("wakes");
      break;
  }
  return 0;
}

long wake(void* word, int count, const void* where) {
  const told step(count == 1 ? "futex_wake one" : "futex_wake", word, 4, -1, where);
  engine->futex_wake(word, static_cast<unsigned>(count), at(where));
  const event& it = engine->execution()[engine->last_event()];
  return it.kind == kind::write ? std::popcount(static_cast<std::uint64_t>(it.value >> 64U)) : 0;
}

long futex(void* word, int how, unsigned value, const timespec* until, const void* where) {
  const int what = how & FUTEX_CMD_MASK;
  switch (what) {
    case FUTEX_WAIT: {
      const long done = wait(word, value, until, where);
      if (done != 0 && errno == ETIMEDOUT) pass(*until);
      return done;
    }
    case FUTEX_WAIT_BITSET: {
      if (until != nullptr && has_come(until)) return failed(ETIMEDOUT);
      const long done = wait(word, value, until, where);
      if (done != 0 && errno == ETIMEDOUT) time_is(until);
      return done;
    }
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
      return wake(word, static_cast<int>(value), where);
    default:
      engine->fail("undefined",
                   "a futex operation, number " + std::to_string(what) +
                       ", that gauntlet doesn't know: WAIT and WAKE, also with bit sets, it does",
                   at(where));
  }
}

}  // namespace
}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11::unmodified;

GAUNTLET_ENTRY long syscall(long number, ...) noexcept {
  va_list all;
  va_start(all, number);
  long argument[6];
  for (long& it : argument) it = va_arg(all, long);
  va_end(all);
  if (inside()) {
    switch (number) {
      case SYS_futex:
        return futex(reinterpret_cast<void*>(argument[0]), static_cast<int>(argument[1]),
                     static_cast<unsigned>(argument[2]), reinterpret_cast<const timespec*>(argument[3]),
                     GAUNTLET_CALLER);
      case SYS_gettid:
        return gettid();
      case SYS_sched_yield:
        return 0;
      case SYS_fork:
      case SYS_vfork:
      case SYS_clone:
      case SYS_clone3:
      case SYS_execve:
      case SYS_execveat:
        refuse_call("syscall", "another process would be started in each execution anew", GAUNTLET_CALLER);
      case SYS_tgkill:
      case SYS_tkill:
      case SYS_kill:
      case SYS_alarm:
      case SYS_setitimer:
        refuse_call("syscall", "a signal that comes at a time of its own may interrupt any step", GAUNTLET_CALLER);
      default:
        break;
    }
    const outside ordinary;
    warn_once(("system call " + std::to_string(number) +
               " goes to the kernel, in every execution: what it returns has to be the same in all")
                  .c_str());
  }
  static const auto real = reinterpret_cast<long (*)(long, ...)>(next("syscall"));
  return real(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}

GAUNTLET_ENTRY pid_t gettid() noexcept {
  if (!inside()) return GAUNTLET_REAL(gettid);
  engine->tell_apart();
  return static_cast<pid_t>(engine->thread_index() + 1);
}
