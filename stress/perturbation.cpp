/// The disturbances. All stress flavours. Not instrumented: perturb() runs around every operation, and must neither
/// cost ThreadSanitizer's shadow nor show up in its stacks.

#include "stress/perturbation.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

#include "primitives/sync.hpp"

#define UNINSTRUMENTED __attribute__((no_sanitize("thread")))

namespace gauntlet::stress {
namespace {

/// The current plan as `what << 8 | log2(one_in)`.
constinit std::uint32_t current = 0;
/// Checks are numbered. Those up to `over` have been abandoned: a thread of theirs may be anywhere still, and come back
/// when another check runs.
constinit unsigned check = 1;
constinit unsigned over = 0;
constinit int lending = 0;
/// Roles of the round that have neither finished nor are suspended.
constinit unsigned at_work = 0;
constexpr std::int64_t most_disturbance = 2'000'000;

UNINSTRUMENTED void pause_for(unsigned times) noexcept {
  for (unsigned i = 0; i < times; ++i) sync::native::relax();
}

UNINSTRUMENTED void sleep_for(long nanoseconds) noexcept {
  const timespec duration{0, nanoseconds};
  syscall(SYS_nanosleep, &duration, nullptr);
}

UNINSTRUMENTED std::int64_t nanoseconds() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

UNINSTRUMENTED void disturb(disturbance what, std::uint32_t random) noexcept {
  switch (what) {
    case disturbance::none:
      break;
    case disturbance::yield:
      sched_yield();
      break;
    case disturbance::mixed:
      if (random % 10 < 6)
        pause_for(random / 16 % 300);
      else if (random % 10 < 9)
        sched_yield();
      else
        sleep_for(random % 50000);
      break;
    case disturbance::sleep:
      sleep_for(random % 100000);
      break;
    case disturbance::compare_exchange:
      if (random % 2 == 0)
        sched_yield();
      else
        sleep_for(random / 2 % 100000);
      break;
  }
}

}  // namespace

plan draw_plan(std::uint64_t stream) noexcept {
  static constexpr plan plans[] = {
      {disturbance::none, 1},    {disturbance::yield, 4},   {disturbance::yield, 32},
      {disturbance::yield, 128}, {disturbance::mixed, 8},   {disturbance::mixed, 32},
      {disturbance::sleep, 64},  {disturbance::sleep, 256}, {disturbance::compare_exchange, 4},
  };
  std::uint64_t state = stream | 1;
  return plans[draw(state) % std::size(plans)];
}

std::string describe(plan what) {
  static constexpr const char* names[] = {"nothing", "yield", "pause, yield or sleep", "sleep", "yield or sleep"};
  const std::string where = what.one_processor ? ", on one processor" : "";
  if (what.what == disturbance::none) return names[0] + where;
  return std::string(names[static_cast<int>(what.what)]) + " before one in " + std::to_string(what.one_in) +
         (what.what == disturbance::compare_exchange ? " compare-exchanges" : " operations") + where;
}

void follow(plan next) noexcept {
  __atomic_store_n(&lending, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&current,
                   static_cast<std::uint32_t>(next.what) << 8 | static_cast<std::uint32_t>(__builtin_ctz(next.one_in)),
                   __ATOMIC_RELAXED);
}

UNINSTRUMENTED void abandon() noexcept {
  __atomic_store_n(&over, __atomic_load_n(&check, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

void resume() noexcept {
  __atomic_store_n(&check, over + 1, __ATOMIC_RELAXED);
}

UNINSTRUMENTED bool activity::abandoned() const noexcept {
  return check <= __atomic_load_n(&over, __ATOMIC_RELAXED);
}

UNINSTRUMENTED void lend() noexcept {
  __atomic_store_n(&lending, 1, __ATOMIC_RELAXED);
}

UNINSTRUMENTED bool lent() noexcept {
  return __atomic_load_n(&lending, __ATOMIC_RELAXED) != 0;
}

UNINSTRUMENTED void park() noexcept {
  for (;;) ::pause();
}

void begin_work(unsigned roles) noexcept {
  __atomic_store_n(&at_work, roles, __ATOMIC_RELAXED);
}

UNINSTRUMENTED void end_work() noexcept {
  __atomic_fetch_sub(&at_work, 1, __ATOMIC_RELAXED);
}

UNINSTRUMENTED static void suspend(activity& me) noexcept {
  const auto state = reinterpret_cast<std::uint8_t*>(&me.now);
  __atomic_store_n(state, static_cast<std::uint8_t>(doing::suspended), __ATOMIC_RELAXED);
  end_work();
  while (__atomic_load_n(&at_work, __ATOMIC_RELAXED) != 0) {
    if (me.abandoned()) park();
    sched_yield();
  }
  __atomic_fetch_add(&at_work, 1, __ATOMIC_RELAXED);
  __atomic_store_n(state, static_cast<std::uint8_t>(doing::running), __ATOMIC_RELAXED);
}

void activity::begin(std::uint64_t stream) noexcept {
  check = __atomic_load_n(&stress::check, __ATOMIC_RELAXED);
  waits = 0;
  suspended_in = 0;
  disturbance_left = most_disturbance;
  disturbances = mix(stream, 0) | 1;
  choices = mix(stream, 1) | 1;
  released = false;
  for (void*& noted : relaxed_load) noted = nullptr;
  acquisitions.store(0, std::memory_order_relaxed);
  for (acquisition& one : taken) one.lock.store(nullptr, std::memory_order_relaxed);
  tell(doing::running);
  wanted.store(nullptr, std::memory_order_relaxed);
}

UNINSTRUMENTED void perturb(moment what) noexcept {
  activity* const me = mine;
  if (me == nullptr) return;
  if (me->abandoned()) park();
  if (me->suspended_in != 0 && --me->suspended_in == 0) suspend(*me);
  if (what != moment::iteration && me->waits == 0) {
    // By the compiler's own functions: std::atomic's would be instrumented.
    const auto counter = reinterpret_cast<std::uint64_t*>(&me->progress);
    __atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
  }
  const std::uint32_t plan = __atomic_load_n(&current, __ATOMIC_RELAXED);
  const auto how = static_cast<disturbance>(plan >> 8);
  if (how == disturbance::none || me->disturbance_left <= 0) return;
  if (how == disturbance::compare_exchange && what != moment::compare_exchange) return;
  const std::uint32_t random = draw(me->disturbances);
  const std::uint32_t bits = plan & 0xff;
  if ((random & ((1U << bits) - 1)) != 0) return;
  const std::int64_t start = nanoseconds();
  disturb(how, random >> bits);
  me->disturbance_left -= nanoseconds() - start;
}

}  // namespace gauntlet::stress
