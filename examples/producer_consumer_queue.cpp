/// One producer and two consumers, with a queue between them. Nothing in it, after the last item, is the sign to stop:
/// one for each consumer.

#include <cstdio>
#include <optional>

#include "primitives/blocking_queue/bounded_queue.hpp"
#include "primitives/thread/thread.hpp"

int main() {
  gauntlet::bounded_queue<std::optional<int>> items(5);
  gauntlet::thread producer([&] {
    for (int i = 0; i < 10; ++i) items.put(i);
    for (int consumer = 0; consumer < 2; ++consumer) items.put(std::nullopt);
    std::puts("produced 10");
  });
  int sums[2] = {};
  const auto consume = [&](int consumer) {
    while (const std::optional<int> item = items.get()) sums[consumer] += *item;
    std::printf("consumer %c has done\n", "AB"[consumer]);
  };
  gauntlet::thread first([&] { consume(0); });
  gauntlet::thread second([&] { consume(1); });
  for (auto* each : {&producer, &first, &second}) each->start();
  for (auto* each : {&producer, &first, &second}) each->join();
  std::printf("sum of what both got: %d\n", sums[0] + sums[1]);
}
