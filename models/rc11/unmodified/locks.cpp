/// pthread's mutexes, reader-writer locks and spin locks. Each is one word, and taking it one read-modify-write that
/// waits until it can be made: no spinning, and a lock that is never given back is told as a deadlock.

#include <pthread.h>

#include <cerrno>
#include <string>

#include "models/rc11/unmodified/atomics.hpp"
#include "models/rc11/unmodified/locks.hpp"
#include "models/rc11/unmodified/modules.hpp"
#include "models/rc11/unmodified/record.hpp"
#include "models/rc11/unmodified/threads.hpp"
#include "models/rc11/unmodified/time.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

constexpr unsigned whole_word = ~0U;
constexpr unsigned writer = 1U << 31U;

void hold(const void* lock, bool shared, const void* where) {
  const outside ordinary;
  threads.mine().held.push_back({lock, where, 1, shared});
}

void let_go(const void* lock) {
  auto& all = threads.mine().held;
  all.erase(all.begin() + (threads.mine().holds(lock) - all.data()));
}

/// What a lock's function returns that didn't get it.
int given_up(told& step, patience how_long) {
  step.named(how_long == patience::none ? "try_lock fails" : "times out");
  return how_long == patience::none ? EBUSY : ETIMEDOUT;
}

[[noreturn]] void misused(const std::string& how, const void* where) {
  engine->fail("lock_misuse", how, at(where));
}

}  // namespace

bool take(void* word, unsigned unless, unsigned adding, patience how_long, const void* where) {
  if (how_long != patience::endless) {
    const bits before = try_modify(word, 4, operation::add_unless, unless, adding, order::acquire, where);
    if ((before & unless) == 0) return true;
    if (how_long == patience::none || times_out(where)) return false;
  }
  await_modify(word, 4, operation::add_unless, unless, adding, order::acquire, where, how_long == patience::limited);
  return true;
}

namespace {
/// As the C library has it, too.
constexpr int destroyed_kind = -1;

void expect_mutex(const pthread_mutex_t* it, const char* what, const void* where) {
  if (it->__data.__kind == destroyed_kind)
    misused(std::string("a mutex is ") + what + " after it was destroyed", where);
}
}  // namespace

int lock_mutex(pthread_mutex_t* it, patience how_long, const void* where) {
  expect_mutex(it, "locked", where);
  const int type = it->__data.__kind & 3;
  if (auto* const mine = threads.mine().holds(it); mine != nullptr) {
    if (type == PTHREAD_MUTEX_RECURSIVE) {
      ++mine->times;
      return 0;
    }
    if (how_long == patience::none) return EBUSY;
    if (type == PTHREAD_MUTEX_ERRORCHECK) return EDEADLK;
  }
  told step("lock", it, 4, order::acquire, where);
  if (!take(it, whole_word, engine->thread_index() + 1, how_long, where)) return given_up(step, how_long);
  hold(it, false, where);
  return 0;
}

int unlock_mutex(pthread_mutex_t* it, const void* where) {
  expect_mutex(it, "unlocked", where);
  const told step("unlock", it, 4, order::release, where);
  auto* const mine = threads.mine().holds(it);
  if (mine == nullptr) {
    if ((it->__data.__kind & 3) == PTHREAD_MUTEX_ERRORCHECK) return EPERM;
    misused("a mutex is unlocked by a thread that doesn't hold it", where);
  }
  if (--mine->times > 0) return 0;
  let_go(it);
  store(it, 4, 0, order::release, where);
  return 0;
}

namespace {

/// It begins, or ends, its life as plain data that is written.
void rewrite(void* it, std::size_t size, const void* where) {
  const told step("write", it, size, -1, where);
  memory.span(it, size, true, where);
}

template <class Lock>
int destroy(Lock* it, const char* name, const void* where) {
  unsigned word = 0;
  __builtin_memcpy(&word, it, sizeof word);
  rewrite(it, sizeof *it, where);
  if (word != 0) misused(std::string("a ") + name + " is destroyed while it is held", where);
  return 0;
}

int read_lock(pthread_rwlock_t* it, patience how_long, const void* where) {
  if (const auto* const mine = threads.mine().holds(it); mine != nullptr && !mine->shared) return EDEADLK;
  told step("lock_shared", it, 4, order::acquire, where);
  if (!take(it, writer, 1, how_long, where)) return given_up(step, how_long);
  if (auto* const mine = threads.mine().holds(it); mine != nullptr)
    ++mine->times;
  else
    hold(it, true, where);
  return 0;
}

int write_lock(pthread_rwlock_t* it, patience how_long, const void* where) {
  if (const auto* const mine = threads.mine().holds(it); mine != nullptr) {
    if (how_long == patience::none) return EBUSY;
    if (!mine->shared) return EDEADLK;
  }
  told step("lock", it, 4, order::acquire, where);
  if (!take(it, whole_word, writer, how_long, where)) return given_up(step, how_long);
  hold(it, false, where);
  return 0;
}

int unlock(pthread_rwlock_t* it, const void* where) {
  auto* const mine = threads.mine().holds(it);
  if (mine == nullptr) misused("a reader-writer lock is unlocked by a thread that doesn't hold it", where);
  const bool shared = mine->shared;
  const told step(shared ? "unlock_shared" : "unlock", it, 4, order::release, where);
  if (--mine->times == 0) let_go(it);
  if (shared)
    modify(it, 4, operation::subtract, 1, order::release, where);
  else
    store(it, 4, 0, order::release, where);
  return 0;
}

}  // namespace
}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11;
using namespace gauntlet::rc11::unmodified;

// ---- Mutexes

GAUNTLET_ENTRY int pthread_mutex_init(pthread_mutex_t* it, const pthread_mutexattr_t* how) {
  if (!inside()) return GAUNTLET_REAL(pthread_mutex_init, it, how);
  rewrite(it, sizeof *it, GAUNTLET_CALLER);
  int type = PTHREAD_MUTEX_NORMAL;
  if (how != nullptr) pthread_mutexattr_gettype(how, &type);
  *it = {};
  it->__data.__kind = type;
  return 0;
}
GAUNTLET_ENTRY int pthread_mutex_destroy(pthread_mutex_t* it) {
  if (!inside()) return GAUNTLET_REAL(pthread_mutex_destroy, it);
  expect_mutex(it, "destroyed", GAUNTLET_CALLER);
  destroy(it, "mutex", GAUNTLET_CALLER);
  it->__data.__kind = destroyed_kind;
  return 0;
}
GAUNTLET_ENTRY int pthread_mutex_lock(pthread_mutex_t* it) {
  return is_explored(it) ? lock_mutex(it, patience::endless, GAUNTLET_CALLER) : GAUNTLET_REAL(pthread_mutex_lock, it);
}
GAUNTLET_ENTRY int pthread_mutex_trylock(pthread_mutex_t* it) {
  return is_explored(it) ? lock_mutex(it, patience::none, GAUNTLET_CALLER) : GAUNTLET_REAL(pthread_mutex_trylock, it);
}
GAUNTLET_ENTRY int pthread_mutex_timedlock(pthread_mutex_t* it, const timespec* until) {
  if (!inside()) return GAUNTLET_REAL(pthread_mutex_timedlock, it, until);
  const int done = lock_mutex(it, patience::limited, GAUNTLET_CALLER);
  if (done == ETIMEDOUT) time_is(until);
  return done;
}
GAUNTLET_ENTRY int pthread_mutex_clocklock(pthread_mutex_t* it, clockid_t clock, const timespec* until) {
  if (!inside()) return GAUNTLET_REAL(pthread_mutex_clocklock, it, clock, until);
  const int done = lock_mutex(it, patience::limited, GAUNTLET_CALLER);
  if (done == ETIMEDOUT) time_is(until);
  return done;
}
GAUNTLET_ENTRY int pthread_mutex_unlock(pthread_mutex_t* it) {
  return is_explored(it) ? unlock_mutex(it, GAUNTLET_CALLER) : GAUNTLET_REAL(pthread_mutex_unlock, it);
}

// ---- Reader-writer locks

GAUNTLET_ENTRY int pthread_rwlock_init(pthread_rwlock_t* it, const pthread_rwlockattr_t* how) {
  if (!inside()) return GAUNTLET_REAL(pthread_rwlock_init, it, how);
  rewrite(it, sizeof *it, GAUNTLET_CALLER);
  *it = {};
  return 0;
}
GAUNTLET_ENTRY int pthread_rwlock_destroy(pthread_rwlock_t* it) {
  return inside() ? destroy(it, "reader-writer lock", GAUNTLET_CALLER) : GAUNTLET_REAL(pthread_rwlock_destroy, it);
}
GAUNTLET_ENTRY int pthread_rwlock_unlock(pthread_rwlock_t* it) {
  return is_explored(it) ? unlock(it, GAUNTLET_CALLER) : GAUNTLET_REAL(pthread_rwlock_unlock, it);
}
#define RWLOCK(name, how, patience_)                                                                                   \
  GAUNTLET_ENTRY int pthread_rwlock_##name(pthread_rwlock_t* it) {                                                     \
    return is_explored(it) ? how(it, patience::patience_, GAUNTLET_CALLER) : GAUNTLET_REAL(pthread_rwlock_##name, it); \
  }
#define TIMED_RWLOCK(name, how)                                                                                 \
  GAUNTLET_ENTRY int pthread_rwlock_timed##name(pthread_rwlock_t* it, const timespec* until) {                  \
    if (!inside()) return GAUNTLET_REAL(pthread_rwlock_timed##name, it, until);                                 \
    const int done = how(it, patience::limited, GAUNTLET_CALLER);                                               \
    if (done == ETIMEDOUT) time_is(until);                                                                      \
    return done;                                                                                                \
  }                                                                                                             \
  GAUNTLET_ENTRY int pthread_rwlock_clock##name(pthread_rwlock_t* it, clockid_t clock, const timespec* until) { \
    if (!inside()) return GAUNTLET_REAL(pthread_rwlock_clock##name, it, clock, until);                          \
    const int done = how(it, patience::limited, GAUNTLET_CALLER);                                               \
    if (done == ETIMEDOUT) time_is(until);                                                                      \
    return done;                                                                                                \
  }
RWLOCK(rdlock, read_lock, endless)
RWLOCK(tryrdlock, read_lock, none)
RWLOCK(wrlock, write_lock, endless)
RWLOCK(trywrlock, write_lock, none)
TIMED_RWLOCK(rdlock, read_lock)
TIMED_RWLOCK(wrlock, write_lock)

// ---- Spin locks

GAUNTLET_ENTRY int pthread_spin_init(pthread_spinlock_t* it, int shared) {
  if (!inside()) return GAUNTLET_REAL(pthread_spin_init, it, shared);
  rewrite(const_cast<int*>(it), sizeof *it, GAUNTLET_CALLER);
  *it = 0;
  return 0;
}
GAUNTLET_ENTRY int pthread_spin_destroy(pthread_spinlock_t* it) {
  if (!inside()) return GAUNTLET_REAL(pthread_spin_destroy, it);
  return destroy(const_cast<int*>(it), "spin lock", GAUNTLET_CALLER);
}
GAUNTLET_ENTRY int pthread_spin_lock(pthread_spinlock_t* it) {
  if (!inside()) return GAUNTLET_REAL(pthread_spin_lock, it);
  void* const word = const_cast<int*>(it);
  const told step("lock", word, 4, order::acquire, GAUNTLET_CALLER);
  take(word, whole_word, engine->thread_index() + 1, patience::endless, GAUNTLET_CALLER);
  hold(word, false, GAUNTLET_CALLER);
  return 0;
}
GAUNTLET_ENTRY int pthread_spin_trylock(pthread_spinlock_t* it) {
  if (!inside()) return GAUNTLET_REAL(pthread_spin_trylock, it);
  void* const word = const_cast<int*>(it);
  told step("lock", word, 4, order::acquire, GAUNTLET_CALLER);
  if (!take(word, whole_word, engine->thread_index() + 1, patience::none, GAUNTLET_CALLER))
    return given_up(step, patience::none);
  hold(word, false, GAUNTLET_CALLER);
  return 0;
}
GAUNTLET_ENTRY int pthread_spin_unlock(pthread_spinlock_t* it) {
  if (!inside()) return GAUNTLET_REAL(pthread_spin_unlock, it);
  void* const word = const_cast<int*>(it);
  if (threads.mine().holds(word) == nullptr)
    engine->fail("lock_misuse", "a spin lock is unlocked by a thread that doesn't hold it", at(GAUNTLET_CALLER));
  const told step("unlock", word, 4, order::release, GAUNTLET_CALLER);
  let_go(word);
  store(word, 4, 0, order::release, GAUNTLET_CALLER);
  return 0;
}
