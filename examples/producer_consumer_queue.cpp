/// One producer and two consumers, with a queue between them. When all items were dealt with the queue is shut down;
/// that is how the consumers learn that no more will come.

#include <cstdio>

#include "primitives/blocking_queue/bounded_queue.hpp"
#include "primitives/thread/thread.hpp"

int main() {
  gauntlet::bounded_queue<int> items(5);
  gauntlet::thread producer([&] {
    for (int i = 0; i < 10; ++i) items.put(i);
    std::puts("produced 10");
    // Until task_done() was called for each.
    items.join();
    std::puts("all 10 are dealt with");
    items.shutdown();
  });
  int sums[2] = {};
  const auto consume = [&](int consumer) {
    try {
      while (true) {
        sums[consumer] += items.get();
        items.task_done();
      }
    } catch (const gauntlet::queue_shut_down&) {
      std::printf("consumer %c ends\n", "AB"[consumer]);
    }
  };
  gauntlet::thread first([&] { consume(0); });
  gauntlet::thread second([&] { consume(1); });
  for (auto* each : {&producer, &first, &second}) each->start();
  for (auto* each : {&producer, &first, &second}) each->join();
  std::printf("sum of what both got: %d\n", sums[0] + sums[1]);
}
