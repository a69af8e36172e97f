/// Processors and their clock. All stress flavours.

#include "stress/processors.hpp"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>

namespace gauntlet::stress {
namespace {

cpu_set_t allowed() noexcept {
  cpu_set_t made;
  CPU_ZERO(&made);
  if (sched_getaffinity(getpid(), sizeof made, &made) != 0) CPU_SET(0, &made);
  return made;
}

}  // namespace

unsigned processors() noexcept {
  const cpu_set_t all = allowed();
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&all)));
}

void settle_on(unsigned nth) noexcept {
  const cpu_set_t all = allowed();
  cpu_set_t chosen;
  CPU_ZERO(&chosen);
  nth %= processors();
  for (std::size_t one = 0; one < CPU_SETSIZE; ++one)
    if (CPU_ISSET(one, &all) && nth-- == 0) CPU_SET(one, &chosen);
  pthread_setaffinity_np(pthread_self(), sizeof chosen, &chosen);
}

void settle_anywhere() noexcept {
  const cpu_set_t all = allowed();
  pthread_setaffinity_np(pthread_self(), sizeof all, &all);
}

bool counters_agree() {
  std::ifstream description("/proc/cpuinfo");
  for (std::string line; std::getline(description, line);)
    if (line.starts_with("flags"))
      return line.find(" constant_tsc") != std::string::npos && line.find(" nonstop_tsc") != std::string::npos;
  return false;
}

}  // namespace gauntlet::stress
