/// Each thread serves a request. What it is about need not be passed along: every thread has a copy of its own.

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "primitives/thread/thread.hpp"
#include "primitives/thread_local_value/thread_local_value.hpp"

namespace {

struct request {
  int number = 0;
  std::string user;
};

gauntlet::thread_local_value<request> current([] { return request{}; });

void work() {
  std::printf("request %d is %s's\n", current.get().number, current.get().user.c_str());
}

void serve(int number) {
  current.set({number, "user " + std::to_string(number)});
  work();
}

}  // namespace

int main() {
  std::array<std::unique_ptr<gauntlet::thread>, 3> threads;
  int number = 0;
  for (auto& each : threads) each = std::make_unique<gauntlet::thread>([mine = ++number] { serve(mine); });
  for (auto& each : threads) each->start();
  for (auto& each : threads) each->join();
  std::printf("main has %s\n", current.has_value() ? "one, too" : "none");
}
