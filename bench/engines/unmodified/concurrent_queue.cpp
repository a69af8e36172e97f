/// moodycamel's queue with one producer and one consumer: 260,410 executions.

#include <concurrentqueue/concurrentqueue.h>

#include <thread>

int main() {
  moodycamel::ConcurrentQueue<int> queue(8);
  std::thread producer([&] {
    for (int i = 0; i < 8; ++i) queue.enqueue(i);
  });
  std::thread consumer([&] {
    int value = 0;
    for (int i = 0; i < 6; ++i) queue.try_dequeue(value);
  });
  producer.join();
  consumer.join();
}
