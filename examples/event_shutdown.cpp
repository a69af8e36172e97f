/// A worker that runs until it is told to stop, and looks up from its work every now and then.

#include <chrono>
#include <cstdio>

#include "primitives/event/event.hpp"
#include "primitives/thread/thread.hpp"

namespace {

using namespace std::chrono_literals;

}  // namespace

int main() {
  gauntlet::event shutdown;
  gauntlet::event working;
  int rounds = 0;
  gauntlet::thread worker([&] {
    // A pause that ends at once when the event is set; a sleep would be slept to its end.
    do {
      ++rounds;
      working.set();
    } while (!shutdown.wait_for(5ms));
    std::puts("worker: shutting down");
  });
  worker.start();
  working.wait();
  shutdown.set();
  worker.join();
  std::printf("main: worker has stopped, it %s\n", rounds > 0 ? "worked" : "never worked");
}
