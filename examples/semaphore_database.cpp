/// Ten threads query a database that takes three connections at once.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "primitives/semaphore/permit.hpp"
#include "primitives/semaphore/semaphore.hpp"
#include "primitives/thread/thread.hpp"

namespace {

using namespace std::chrono_literals;

gauntlet::semaphore connections(3);
std::atomic<int> open = 0;
std::atomic<int> most = 0;

void query(int number) {
  // A connection for as long as this lives; acquire() and release() by hand would forget it in an error.
  const gauntlet::permit connection(connections);
  const int now = ++open;
  for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
  }
  std::this_thread::sleep_for(2ms);
  std::printf("query %d is answered\n", number);
  --open;
}

}  // namespace

int main() {
  std::vector<std::unique_ptr<gauntlet::thread>> threads;
  for (int i = 0; i < 10; ++i) threads.push_back(std::make_unique<gauntlet::thread>([i] { query(i); }));
  for (auto& each : threads) each->start();
  for (auto& each : threads) each->join();
  std::printf("more than 3 connections at once: %s\n", most > 3 ? "yes" : "never");
}
