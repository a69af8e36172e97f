/// A producer and a consumer with a deque, a mutex and a condition variable; the consumer sleeps while it is empty.
// expect: complete
// with -DNOTIFY_BEFORE_PUSH expect: deadlock

#include <cassert>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

int main() {
  std::mutex mutex;
  std::condition_variable pushed;
  std::deque<int> queue;
  std::thread producer([&] {
    for (int i = 0; i < 2; ++i) {
#ifdef NOTIFY_BEFORE_PUSH
      pushed.notify_one();
#endif
      const std::lock_guard lock(mutex);
      queue.push_back(i);
#ifndef NOTIFY_BEFORE_PUSH
      pushed.notify_one();
#endif
    }
  });
  for (int i = 0; i < 2; ++i) {
    std::unique_lock lock(mutex);
    pushed.wait(lock, [&] { return !queue.empty(); });
    assert(queue.front() == i);
    queue.pop_front();
  }
  producer.join();
}
