/// Two threads, each of which runs a function.

#include <chrono>
#include <cstdio>
#include <thread>

#include "primitives/thread/thread.hpp"

namespace {

using namespace std::chrono_literals;

/// The sleep stands for real work.
void work(const char* name, std::chrono::milliseconds time) {
  std::printf("worker %s begins\n", name);
  std::this_thread::sleep_for(time);
  std::printf("worker %s ends\n", name);
}

}  // namespace

int main() {
  gauntlet::thread first([] { work("A", 20ms); });
  gauntlet::thread second([] { work("B", 10ms); });
  first.start();
  second.start();
  first.join();
  second.join();
  std::puts("both have ended");
}
