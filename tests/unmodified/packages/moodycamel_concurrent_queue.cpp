/// moodycamel's ConcurrentQueue: a producer and a consumer; what was enqueued comes out once, in its order.
// expect: complete
// every iteration: 16
// with -DRELAXED expect: data_race

#include <atomic>
#ifdef RELAXED
#define memory_order_release memory_order_relaxed
#endif
#include <concurrentqueue/concurrentqueue.h>
#undef memory_order_release
#include <cassert>
#include <cstdio>
#include <thread>

#ifndef OPERATIONS
#define OPERATIONS 2
#endif

int main() {
  moodycamel::ConcurrentQueue<int> queue(2);
  int next = 1;
  std::thread producer([&] {
    for (int i = 1; i <= OPERATIONS; ++i) queue.enqueue(i);
  });
  std::thread consumer([&] {
    int value = 0;
    for (int i = 0; i < OPERATIONS; ++i)
      if (queue.try_dequeue(value)) assert(value == next++);
  });
  producer.join();
  consumer.join();
  std::printf("%d\n", next - 1);
  int value = 0;
  while (queue.try_dequeue(value)) assert(value == next++);
  assert(next == OPERATIONS + 1);
}
