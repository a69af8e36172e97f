/// Waiting for a thread, but not for ever. Meanwhile: which threads there are.

#include <chrono>
#include <cstdio>

#include "primitives/event/event.hpp"
#include "primitives/thread/thread.hpp"

namespace {

using namespace std::chrono_literals;

void list_threads() {
  const auto& all = gauntlet::thread::group::process();
  std::printf("threads: %zu", all.active_count());
  for (const auto& each : all.enumerate()) std::printf(" %s", each.name.c_str());
  std::puts("");
}

}  // namespace

int main() {
  gauntlet::event enough;
  gauntlet::thread slow([&] { enough.wait(); }, {.name = "slow"});
  slow.start();
  if (!slow.join_for(20ms)) std::printf("%s did not end in time\n", slow.name().c_str());
  list_threads();

  enough.set();
  slow.join();
  std::printf("%s is %s\n", slow.name().c_str(), slow.is_alive() ? "alive" : "gone");
  list_threads();
}
