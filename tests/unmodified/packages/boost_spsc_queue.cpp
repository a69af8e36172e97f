/// Boost.Lockfree's spsc_queue: one producer, one consumer; what is popped is what was pushed, in its order.
// expect: complete
// every iteration: 9
// with -DRELAXED expect: data_race

#include <atomic>
#ifdef RELAXED
#define memory_order_release memory_order_relaxed
#endif
#include <boost/lockfree/spsc_queue.hpp>
#undef memory_order_release
#include <cassert>
#include <cstdio>
#include <thread>

int main() {
  boost::lockfree::spsc_queue<int, boost::lockfree::capacity<2>> queue;
  int last = 0;
  std::thread producer([&] {
    queue.push(1);
    queue.push(2);
  });
  std::thread consumer([&] {
    int value = 0;
    for (int i = 0; i < 2; ++i)
      if (queue.pop(value)) assert(value == ++last);
  });
  producer.join();
  consumer.join();
  std::printf("%d\n", last);
  int value = 0;
  while (queue.pop(value)) assert(value == ++last);
  assert(last == 2);
}
