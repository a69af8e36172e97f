/// Three workers that go from phase to phase together: nobody begins the next before all have done with the last.

#include <array>
#include <cstdio>
#include <memory>

#include "primitives/barrier/barrier.hpp"
#include "primitives/thread/thread.hpp"

int main() {
  std::array<int, 3> parts{1, 2, 3};
  int phase = 0;
  // Run by one of the three while the others wait, so it may read what all wrote.
  gauntlet::barrier all_done(3, [&] { std::printf("phase %d: %d %d %d\n", ++phase, parts[0], parts[1], parts[2]); });
  std::array<std::unique_ptr<gauntlet::thread>, 3> workers;
  for (std::size_t i = 0; i < workers.size(); ++i)
    workers[i] = std::make_unique<gauntlet::thread>([&, i] {
      for (int round = 0; round < 3; ++round) {
        parts[i] *= 2;
        all_done.arrive_and_wait();
      }
    });
  for (auto& each : workers) each->start();
  for (auto& each : workers) each->join();
}
