/// Two semaphores as signals: a thread answers when it is asked, twice.
// expect: complete
// with -DRELAXED expect: data_race

#include <atomic>
#ifdef RELAXED
#define memory_order_release memory_order_relaxed
#endif
#include <semaphore>
#undef memory_order_release
#include <cassert>
#include <thread>

int main() {
  std::binary_semaphore asked(0);
  std::binary_semaphore answered(0);
  int number = 0;
  std::thread other([&] {
    for (int i = 0; i < 2; ++i) {
      asked.acquire();
      number *= 2;
      answered.release();
    }
  });
  for (int i = 1; i <= 2; ++i) {
    number = i;
    asked.release();
    answered.acquire();
    assert(number == 2 * i);
  }
  other.join();
}
