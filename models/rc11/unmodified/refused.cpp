/// What a program calls and can't be explored. It ends the search, with the call, its place and the reason.

#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "models/rc11/unmodified/runtime.hpp"
#include "models/rc11/unmodified/system.hpp"
#include "models/rc11/unmodified/watchdog.hpp"

namespace gauntlet::rc11::unmodified {

void refuse_call(const char* name, const char* why, const void* where) {
  const outside ordinary;
  engine->refuse(place_of_call(where) + ": " + name + "() can't be explored: " + why);
}

namespace {

constexpr const char* process = "another process would be started, or awaited, in each execution anew";
constexpr const char* becomes = "the process would become another program";
constexpr const char* any_time = "a signal that comes at a time of its own may interrupt any step";
constexpr const char* channel =
    "what one thread puts in and another takes out orders the two, which isn't seen; and whoever waits there, all do";
constexpr const char* lasting = "what it makes outlives the execution, and others may change it";
constexpr const char* in_between =
    "a thread that is interrupted wherever it is has no defined state; let it look at a flag";
constexpr const char* unmodelled = "gauntlet has no such threads; use pthread_join, pthread_create and so on";
constexpr const char* memory_map =
    "memory at an address or of a size of the kernel's choice isn't the same in each execution";
constexpr const char* stream_lock = "a stream's lock isn't one that is explored; use a mutex";

}  // namespace
}  // namespace gauntlet::rc11::unmodified

// The library itself, and others, call most of these as well, though not for the program: six words as arguments do for
// all.
#define REFUSED(name, why)                                                                                \
  GAUNTLET_ENTRY long refused_##name(long, long, long, long, long, long) __asm__(#name);                  \
  GAUNTLET_ENTRY long refused_##name(long a, long b, long c, long d, long e, long f) {                    \
    using namespace gauntlet::rc11::unmodified;                                                           \
    if (inside()) refuse_call(#name, why, GAUNTLET_CALLER);                                               \
    static const auto real = reinterpret_cast<long (*)(long, long, long, long, long, long)>(next(#name)); \
    return real(a, b, c, d, e, f);                                                                        \
  }
// What can't be passed on so: what it is called with lies on the stack, or it returns twice. Nobody else calls it.
#define REFUSED_TO_ALL(name, why)                           \
  GAUNTLET_ENTRY long refused_##name() __asm__(#name);      \
  GAUNTLET_ENTRY long refused_##name() {                    \
    using namespace gauntlet::rc11::unmodified;             \
    if (inside()) refuse_call(#name, why, GAUNTLET_CALLER); \
    errno = ENOSYS;                                         \
    return -1;                                              \
  }

// Other processes
REFUSED(fork, process)
REFUSED(_Fork, process)
REFUSED_TO_ALL(vfork, process)
REFUSED_TO_ALL(clone, process)
REFUSED(posix_spawn, process)
REFUSED(posix_spawnp, process)
REFUSED(system, process)
REFUSED(popen, process)
REFUSED(daemon, process)
REFUSED(wait, process)
REFUSED(waitpid, process)
REFUSED(waitid, process)
REFUSED(wait3, process)
REFUSED(wait4, process)
REFUSED(execve, becomes)
REFUSED(execv, becomes)
REFUSED(execvp, becomes)
REFUSED(execvpe, becomes)
REFUSED(fexecve, becomes)
REFUSED_TO_ALL(execl, becomes)
REFUSED_TO_ALL(execlp, becomes)
REFUSED_TO_ALL(execle, becomes)

// Signals from elsewhere: signals.cpp has the others.
REFUSED(alarm, any_time)
REFUSED(ualarm, any_time)
REFUSED(setitimer, any_time)
REFUSED(timer_create, any_time)
REFUSED(sigqueue, any_time)
REFUSED(pthread_sigqueue, any_time)
REFUSED(killpg, any_time)
REFUSED(pause, any_time)
REFUSED(sigsuspend, any_time)
REFUSED(sigwait, any_time)
REFUSED(sigwaitinfo, any_time)
REFUSED(sigtimedwait, any_time)
REFUSED(signalfd, any_time)

// Ways between threads that the kernel keeps
REFUSED(pipe, channel)
REFUSED(pipe2, channel)
REFUSED(socket, channel)
REFUSED(socketpair, channel)
REFUSED(eventfd, channel)
REFUSED(epoll_create, channel)
REFUSED(epoll_create1, channel)
REFUSED(timerfd_create, channel)
REFUSED(inotify_init, channel)
REFUSED(inotify_init1, channel)
REFUSED(mkfifo, channel)
REFUSED(mq_open, lasting)
REFUSED(sem_open, lasting)
REFUSED(shm_open, lasting)
REFUSED(shmget, lasting)
REFUSED(semget, lasting)
REFUSED(msgget, lasting)

// Threads
REFUSED(pthread_cancel, in_between)
REFUSED(pthread_tryjoin_np, unmodelled)
REFUSED(pthread_timedjoin_np, unmodelled)
REFUSED(pthread_clockjoin_np, unmodelled)
REFUSED(pthread_getattr_np, unmodelled)
REFUSED(pthread_getcpuclockid, unmodelled)
REFUSED(pthread_mutex_consistent, unmodelled)
REFUSED(pthread_mutex_setprioceiling, unmodelled)
REFUSED(flockfile, stream_lock)
REFUSED(ftrylockfile, stream_lock)

// Memory: mapping.cpp has what is like an allocation.
REFUSED(mremap, memory_map)
REFUSED(brk, memory_map)
REFUSED(sbrk, memory_map)
