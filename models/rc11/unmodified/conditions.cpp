/// pthread's condition variables, barriers and once; semaphores.
///
/// A condition variable is nothing but a queue of sleepers, see futex.cpp: a wait enters it, gives the mutex back,
/// sleeps until some wake picks it, and takes the mutex again.

#include <pthread.h>
#include <semaphore.h>

#include <cerrno>

#include "models/rc11/unmodified/atomics.hpp"
#include "models/rc11/unmodified/locks.hpp"
#include "models/rc11/unmodified/modules.hpp"
#include "models/rc11/unmodified/record.hpp"
#include "models/rc11/unmodified/threads.hpp"
#include "models/rc11/unmodified/time.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

/// What the last byte of a condition is then.
constexpr unsigned char destroyed = 0xdd;

explorer::awoken sleep(pthread_cond_t* it, bool timed, const void* where) {
  told step("waits", it, 0, -1, where);
  const auto woken = engine->futex_sleep(it, timed, at(where));
  step.named(woken == explorer::awoken::timed_out ? "times out" : "wakes");
  return woken;
}

/// It is used: whoever ends its life meanwhile, or has done so, races with that. What a woken thread still does with it
/// isn't counted, as POSIX lets a condition be destroyed once all are woken.
void use(pthread_cond_t* it, const void* where) {
  memory.access(it, 1, false, where);
  if (reinterpret_cast<const unsigned char*>(it)[sizeof *it - 1] == destroyed)
    engine->fail("lock_misuse", "a condition is used after it was destroyed", at(where));
}

int wait(pthread_cond_t* it, pthread_mutex_t* mutex, const timespec* until, const void* where) {
  use(it, where);
  if (threads.mine().holds(mutex) == nullptr)
    engine->fail("lock_misuse", "a condition is waited for without its mutex", at(where));
  if (until != nullptr && has_come(until)) {
    // It gives others their chance all the same.
    unlock_mutex(mutex, where);
    lock_mutex(mutex, patience::endless, where);
    return ETIMEDOUT;
  }
  {
    const told step("begins to wait", it, 0, -1, where);
    engine->futex_enter(it, at(where));
  }
  unlock_mutex(mutex, where);
  const auto woken = sleep(it, until != nullptr, where);
  lock_mutex(mutex, patience::endless, where);
  if (woken != explorer::awoken::timed_out) return 0;
  time_is(until);
  return ETIMEDOUT;
}

int wake(pthread_cond_t* it, unsigned count, const void* where) {
  use(it, where);
  const told step(count == 1 ? "notify_one" : "notify_all", it, 0, -1, where);
  engine->futex_wake(it, count, at(where));
  return 0;
}

/// As long as it is one of ours.
struct barrier {
  std::uint32_t arrived;
  std::uint32_t generation;
  std::uint32_t parties;
};
static_assert(sizeof(barrier) <= sizeof(pthread_barrier_t));

constexpr unsigned in_progress = 1;
constexpr unsigned done = 2;

template <class T>
void rewrite(T* it, const void* where) {
  const told step("write", it, sizeof *it, -1, where);
  memory.span(it, sizeof *it, true, where);
  __builtin_memset(it, 0, sizeof *it);
}

/// 0, or what went wrong.
int acquire(sem_t* it, patience how_long, const timespec* until, const void* where) {
  told step("acquire", it, 4, order::acquire, where);
  if (how_long != patience::endless) {
    if (try_modify(it, 4, operation::subtract_within, 1, 1, order::acquire, where) != 0) return 0;
    step.named(how_long == patience::none ? "try_acquire fails" : "times out");
    if (how_long == patience::none) return EAGAIN;
    if (has_come(until) || times_out(where)) {
      time_is(until);
      return ETIMEDOUT;
    }
    step.named("acquire");
  }
  await_modify(it, 4, operation::subtract_within, 1, 1, order::acquire, where, how_long == patience::limited);
  return 0;
}

int with_errno(int error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

}  // namespace
}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11;
using namespace gauntlet::rc11::unmodified;

// ---- Condition variables

GAUNTLET_ENTRY int pthread_cond_init(pthread_cond_t* it, const pthread_condattr_t* how) {
  if (!inside()) return GAUNTLET_REAL(pthread_cond_init, it, how);
  rewrite(it, GAUNTLET_CALLER);
  return 0;
}
GAUNTLET_ENTRY int pthread_cond_destroy(pthread_cond_t* it) {
  if (!inside()) return GAUNTLET_REAL(pthread_cond_destroy, it);
  // A daemon that waits when the program ends is left as it is.
  if (threads.over) return 0;
  memory.span(it, sizeof *it, true, GAUNTLET_CALLER);
  reinterpret_cast<unsigned char*>(it)[sizeof *it - 1] = destroyed;
  return 0;
}
GAUNTLET_ENTRY int pthread_cond_wait(pthread_cond_t* it, pthread_mutex_t* mutex) {
  return inside() ? wait(it, mutex, nullptr, GAUNTLET_CALLER) : GAUNTLET_REAL(pthread_cond_wait, it, mutex);
}
GAUNTLET_ENTRY int pthread_cond_timedwait(pthread_cond_t* it, pthread_mutex_t* mutex, const timespec* until) {
  return inside() ? wait(it, mutex, until, GAUNTLET_CALLER) : GAUNTLET_REAL(pthread_cond_timedwait, it, mutex, until);
}
GAUNTLET_ENTRY int pthread_cond_clockwait(pthread_cond_t* it, pthread_mutex_t* mutex, clockid_t clock,
                                          const timespec* until) {
  return inside() ? wait(it, mutex, until, GAUNTLET_CALLER)
                  : GAUNTLET_REAL(pthread_cond_clockwait, it, mutex, clock, until);
}
GAUNTLET_ENTRY int pthread_cond_signal(pthread_cond_t* it) {
  return inside() ? wake(it, 1, GAUNTLET_CALLER) : GAUNTLET_REAL(pthread_cond_signal, it);
}
GAUNTLET_ENTRY int pthread_cond_broadcast(pthread_cond_t* it) {
  return inside() ? wake(it, most_threads, GAUNTLET_CALLER) : GAUNTLET_REAL(pthread_cond_broadcast, it);
}

// ---- Barriers

GAUNTLET_ENTRY int pthread_barrier_init(pthread_barrier_t* it, const pthread_barrierattr_t* how, unsigned parties) {
  if (!inside()) return GAUNTLET_REAL(pthread_barrier_init, it, how, parties);
  if (parties == 0) return EINVAL;
  rewrite(it, GAUNTLET_CALLER);
  reinterpret_cast<barrier*>(it)->parties = parties;
  return 0;
}
GAUNTLET_ENTRY int pthread_barrier_destroy(pthread_barrier_t* it) {
  if (!inside()) return GAUNTLET_REAL(pthread_barrier_destroy, it);
  rewrite(it, GAUNTLET_CALLER);
  return 0;
}
GAUNTLET_ENTRY int pthread_barrier_wait(pthread_barrier_t* handle) {
  if (!inside()) return GAUNTLET_REAL(pthread_barrier_wait, handle);
  const void* const where = GAUNTLET_CALLER;
  auto* const it = reinterpret_cast<barrier*>(handle);
  const told step("barrier wait", handle, 0, -1, where);
  memory.access(&it->parties, sizeof it->parties, false, where);
  if (it->parties == 0) engine->fail("lock_misuse", "a barrier is waited at that isn't one, or no longer", at(where));
  const auto before = static_cast<unsigned>(modify(&it->arrived, 4, operation::add, 1, order::acq_rel, where));
  const unsigned generation = before / it->parties;
  if ((before + 1) % it->parties == 0) {
    store(&it->generation, 4, generation + 1, order::release, where);
    return PTHREAD_BARRIER_SERIAL_THREAD;
  }
  await_change(&it->generation, 4, generation, order::acquire, where);
  return 0;
}

// ---- Once

GAUNTLET_ENTRY int pthread_once(pthread_once_t* it, void (*function)()) {
  if (!is_explored(it)) return GAUNTLET_REAL(pthread_once, it, function);
  const void* const where = GAUNTLET_CALLER;
  for (;;) {
    if (await_change(it, 4, in_progress, order::acquire, where) == done) return 0;
    bits seen = 0;
    if (compare_exchange(it, 4, seen, in_progress, order::acquire, order::acquire, false, where)) break;
    if (seen == done) return 0;
  }
  try {
    function();
  } catch (...) {
    // The next one tries again.
    store(it, 4, 0, order::release, where);
    throw;
  }
  store(it, 4, done, order::release, where);
  return 0;
}

// ---- Semaphores

GAUNTLET_ENTRY int sem_init(sem_t* it, int shared, unsigned value) {
  if (!inside()) return GAUNTLET_REAL(sem_init, it, shared, value);
  if (value > 0x7fffffffU) return with_errno(EINVAL);
  rewrite(it, GAUNTLET_CALLER);
  *reinterpret_cast<std::uint32_t*>(it) = value;
  return 0;
}
GAUNTLET_ENTRY int sem_destroy(sem_t* it) {
  if (!inside()) return GAUNTLET_REAL(sem_destroy, it);
  rewrite(it, GAUNTLET_CALLER);
  return 0;
}
GAUNTLET_ENTRY int sem_post(sem_t* it) {
  if (!inside()) return GAUNTLET_REAL(sem_post, it);
  const told step("release", it, 4, order::release, GAUNTLET_CALLER);
  modify(it, 4, operation::add, 1, order::release, GAUNTLET_CALLER);
  return 0;
}
GAUNTLET_ENTRY int sem_wait(sem_t* it) {
  return inside() ? acquire(it, patience::endless, nullptr, GAUNTLET_CALLER) : GAUNTLET_REAL(sem_wait, it);
}
GAUNTLET_ENTRY int sem_trywait(sem_t* it) {
  return inside() ? with_errno(acquire(it, patience::none, nullptr, GAUNTLET_CALLER)) : GAUNTLET_REAL(sem_trywait, it);
}
GAUNTLET_ENTRY int sem_timedwait(sem_t* it, const timespec* until) {
  return inside() ? with_errno(acquire(it, patience::limited, until, GAUNTLET_CALLER))
                  : GAUNTLET_REAL(sem_timedwait, it, until);
}
GAUNTLET_ENTRY int sem_clockwait(sem_t* it, clockid_t clock, const timespec* until) {
  return inside() ? with_errno(acquire(it, patience::limited, until, GAUNTLET_CALLER))
                  : GAUNTLET_REAL(sem_clockwait, it, clock, until);
}
GAUNTLET_ENTRY int sem_getvalue(sem_t* it, int* value) {
  if (!inside()) return GAUNTLET_REAL(sem_getvalue, it, value);
  *value = static_cast<int>(load(it, 4, order::relaxed, GAUNTLET_CALLER));
  return 0;
}
