/// Something done later, on a thread of its own; and something that is called off.

#include <chrono>
#include <cstdio>

#include "primitives/timer/timer.hpp"

namespace {

using namespace std::chrono_literals;

}  // namespace

int main() {
  gauntlet::timer tea(10ms, [] { std::puts("tea is ready"); });
  gauntlet::timer alarm(1h, [] { std::puts("nobody hears this"); });
  tea.start();
  alarm.start();
  tea.join();
  std::printf("alarm is %s\n", alarm.cancel() ? "called off" : "too late to call off");
  std::printf("tea is %s\n", tea.cancel() ? "called off" : "too late to call off");
}
