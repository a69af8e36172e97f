#pragma once
/// What every benchmark here is: threads that run a course together, round by round, each its part. What counts is the
/// time from the first thread's start to the last one's end, divided by the rounds: work that a thread leaves to the
/// others isn't saved.
///
/// A course is a class with
///   `C(unsigned threads, std::uint64_t rounds)`; `void run(unsigned thread, std::uint64_t rounds)`, on all threads at
///   once; `bool correct()`, afterwards: whether the rounds did what they are for;
/// and may have
///   `unsigned racers`, a constant: how many threads run, if its `threads` are others.
/// Ours and its rivals are one class template's instances, so they do the same work.

#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace gauntlet::bench {

using clock = std::chrono::steady_clock;

/// Ties the calling thread to one of the processors that the process may use, the `nth` in turn: left to the scheduler,
/// two threads may share one for a whole repetition, and never meet.
inline void settle(unsigned nth) {
  cpu_set_t allowed;
  cpu_set_t mine;
  CPU_ZERO(&mine);
  if (sched_getaffinity(getpid(), sizeof allowed, &allowed) != 0) return;
  nth %= static_cast<unsigned>(CPU_COUNT(&allowed));
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && nth-- == 0) CPU_SET(cpu, &mine);
  pthread_setaffinity_np(pthread_self(), sizeof mine, &mine);
}

/// A lone thread has a thread of its own, too: glibc's locks are no locks until a process starts its first one.
template <class Course>
std::chrono::duration<double> race(Course& course, unsigned threads, std::uint64_t rounds) {
  struct lap {
    clock::time_point start;
    clock::time_point end;
  };
  std::vector<lap> laps(threads);
  std::latch ready(threads);
  {
    std::vector<std::jthread> runners;
    for (unsigned each = 0; each < threads; ++each)
      runners.emplace_back([&, each] {
        settle(each);
        ready.arrive_and_wait();
        lap mine{clock::now(), {}};
        course.run(each, rounds);
        mine.end = clock::now();
        laps[each] = mine;
      });
  }
  return std::ranges::max(laps, {}, &lap::end).end - std::ranges::min(laps, {}, &lap::start).start;
}

/// Enters Course as a contestant of a row.
/// @param row `<primitive>/<workload>` @param name what is measured: the primitive's own name, or a rival's. No slash
/// @param threads the numbers of threads that it runs with, a row each
template <class Course>
void enter(const std::string& row, const std::string& name, std::initializer_list<unsigned> threads = {1, 2, 4}) {
  for (const unsigned each : threads)
    benchmark::RegisterBenchmark((row + "/" + name + "/threads:" + std::to_string(each)).c_str(),
                                 [each](benchmark::State& state) {
                                   unsigned racers = each;
                                   if constexpr (requires { Course::racers; }) racers = Course::racers;
                                   const auto rounds = static_cast<std::uint64_t>(state.max_iterations);
                                   Course course(each, rounds);
                                   while (state.KeepRunningBatch(state.max_iterations))
                                     state.SetIterationTime(race(course, racers, rounds).count());
                                   if (!course.correct()) state.SkipWithError("did not do its work");
                                 })
        ->UseManualTime();
}

/// What a thread does on its own: about two nanoseconds a step, none of them in parallel.
inline void work(unsigned steps) {
  std::uint64_t state = 88172645463325252;
  for (; steps != 0; --steps) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    benchmark::DoNotOptimize(state);
  }
}

}  // namespace gauntlet::bench
