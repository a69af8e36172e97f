#include "models/rc11/unmodified/time.hpp"

#include <sched.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "models/rc11/unmodified/threads.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

constexpr std::uint64_t second = 1'000'000'000;
/// All clocks begin there: 2 January 2000, at midnight.
constexpr std::uint64_t beginning = 946'771'200 * second;
constexpr std::uint64_t each_event = 1000;

std::uint64_t nanoseconds(const timespec& it) {
  return static_cast<std::uint64_t>(it.tv_sec) * second + static_cast<std::uint64_t>(it.tv_nsec);
}

std::uint64_t now() {
  const rc11::access known = engine->now();
  int events = known.when;
  for (unsigned thread = 0; thread < threads.count(); ++thread)
    if (thread != known.thread) events += known.before[thread];
  return std::max(beginning + static_cast<std::uint64_t>(events) * each_event, threads.mine().not_before);
}

void show(std::uint64_t time, timespec& it) {
  it.tv_sec = static_cast<time_t>(time / second);
  it.tv_nsec = static_cast<long>(time % second);
}

}  // namespace

bool times_out(const void* where) {
  return engine->choose(2, explorer::budget::timeout, at(where)) != 0;
}

void time_is(const timespec* until) noexcept {
  auto& least = threads.mine().not_before;
  least = std::max(least, nanoseconds(*until));
}

bool has_come(const timespec* until) noexcept {
  return now() >= nanoseconds(*until);
}

void pass(const timespec& duration) noexcept {
  threads.mine().not_before = now() + nanoseconds(duration);
}

}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11::unmodified;

GAUNTLET_ENTRY int clock_gettime(clockid_t clock, timespec* it) {
  if (!inside()) return GAUNTLET_REAL(clock_gettime, clock, it);
  show(now(), *it);
  return 0;
}
GAUNTLET_ENTRY int gettimeofday(timeval* __restrict it, void* __restrict zone) {
  if (!inside()) return GAUNTLET_REAL(gettimeofday, it, zone);
  it->tv_sec = static_cast<time_t>(now() / second);
  it->tv_usec = static_cast<suseconds_t>(now() % second / 1000);
  return 0;
}
GAUNTLET_ENTRY time_t time(time_t* it) {
  if (!inside()) return GAUNTLET_REAL(time, it);
  const auto whole = static_cast<time_t>(now() / second);
  if (it != nullptr) *it = whole;
  return whole;
}
GAUNTLET_ENTRY int nanosleep(const timespec* duration, timespec* left) {
  if (!inside()) return GAUNTLET_REAL(nanosleep, duration, left);
  pass(*duration);
  return 0;
}
GAUNTLET_ENTRY int clock_nanosleep(clockid_t clock, int flags, const timespec* it, timespec* left) {
  if (!inside()) return GAUNTLET_REAL(clock_nanosleep, clock, flags, it, left);
  if ((flags & TIMER_ABSTIME) != 0)
    time_is(it);
  else
    pass(*it);
  return 0;
}
GAUNTLET_ENTRY int usleep(useconds_t duration) {
  if (!inside()) return GAUNTLET_REAL(usleep, duration);
  pass({static_cast<time_t>(duration / 1'000'000), static_cast<long>(duration % 1'000'000) * 1000});
  return 0;
}
GAUNTLET_ENTRY unsigned sleep(unsigned duration) {
  if (!inside()) return GAUNTLET_REAL(sleep, duration);
  pass({static_cast<time_t>(duration), 0});
  return 0;
}
/// All orders are explored, whoever yields.
GAUNTLET_ENTRY int sched_yield() noexcept {
  return 0;
}
