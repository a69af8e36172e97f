/// moodycamel's ReaderWriterQueue: a producer and a consumer; what was enqueued comes out once, in its order.
// expect: complete
// with -DRELAXED expect: data_race

#include <readerwriterqueue/atomicops.h>
#ifdef RELAXED
#define memory_order_release memory_order_relaxed
#endif
#include <readerwriterqueue/readerwriterqueue.h>
#undef memory_order_release
#include <cassert>
#include <cstdio>
#include <thread>

int main() {
  moodycamel::ReaderWriterQueue<int, 2> queue(1);
  int next = 1;
  std::thread producer([&] {
    queue.enqueue(1);
    queue.enqueue(2);
  });
  std::thread consumer([&] {
    int value = 0;
    for (int i = 0; i < 2; ++i)
      if (queue.try_dequeue(value)) assert(value == next++);
  });
  producer.join();
  consumer.join();
  std::printf("%d\n", next - 1);
  int value = 0;
  while (queue.try_dequeue(value)) assert(value == next++);
  assert(next == 3);
}
