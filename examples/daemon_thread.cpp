/// A thread that nobody waits for: the program ends, and it with it, wherever it is.

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "primitives/event/event.hpp"
#include "primitives/thread/thread.hpp"

namespace {

using namespace std::chrono_literals;

}  // namespace

int main() {
  // Shared: the thread lives on when main's variables are gone.
  const auto begun = std::make_shared<gauntlet::event>();
  {
    gauntlet::thread background(
        [begun] {
          std::puts("background task runs");
          begun->set();
          while (true) std::this_thread::sleep_for(1h);
        },
        {.daemon = true});
    background.start();
  }
  begun->wait();
  std::puts("main ends");
}
