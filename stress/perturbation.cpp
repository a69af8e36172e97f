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
constinit int over = 0;

UNINSTRUMENTED void pause_for(unsigned times) noexcept {
  for (unsigned i = 0; i < times; ++i) sync::native::relax();
}

UNINSTRUMENTED void sleep_for(long nanoseconds) noexcept {
  const timespec duration{0, nanoseconds};
  syscall(SYS_nanosleep, &duration, nullptr);
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

plan draw_plan(std::uint64_t seed, std::uint64_t batch) noexcept {
  static constexpr plan plans[] = {
      {disturbance::none, 1},    {disturbance::yield, 4},   {disturbance::yield, 32},
      {disturbance::yield, 128}, {disturbance::mixed, 8},   {disturbance::mixed, 32},
      {disturbance::sleep, 64},  {disturbance::sleep, 256}, {disturbance::compare_exchange, 4},
  };
  std::uint64_t state = mix(seed, batch) | 1;
  return plans[draw(state) % std::size(plans)];
}

void follow(plan next) noexcept {
  __atomic_store_n(&current,
                   static_cast<std::uint32_t>(next.what) << 8 | static_cast<std::uint32_t>(__builtin_ctz(next.one_in)),
                   __ATOMIC_RELAXED);
}

UNINSTRUMENTED void abandon() noexcept {
  __atomic_store_n(&over, 1, __ATOMIC_RELAXED);
}

void resume() noexcept {
  __atomic_store_n(&over, 0, __ATOMIC_RELAXED);
}

UNINSTRUMENTED bool abandoned() noexcept {
  return __atomic_load_n(&over, __ATOMIC_RELAXED) != 0;
}

UNINSTRUMENTED void park() noexcept {
  for (;;) ::pause();
}

UNINSTRUMENTED void perturb(moment when) noexcept {
  activity* const me = mine;
  if (me == nullptr) return;
  if (abandoned()) park();
  if (when != moment::after && me->waits == 0) {
    // Plain increment of one's own counter; std::atomic's functions would be instrumented.
    const auto counter = reinterpret_cast<std::uint64_t*>(&me->progress);
    __atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
  }
  const std::uint32_t now = __atomic_load_n(&current, __ATOMIC_RELAXED);
  const auto what = static_cast<disturbance>(now >> 8);
  if (what == disturbance::none) return;
  if (what == disturbance::compare_exchange && when != moment::before_compare_exchange) return;
  const std::uint32_t random = draw(me->disturbances);
  const std::uint32_t bits = now & 0xff;
  if ((random & ((1U << bits) - 1)) == 0) disturb(what, random >> bits);
}

}  // namespace gauntlet::stress
