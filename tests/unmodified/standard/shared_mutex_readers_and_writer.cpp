/// A writer and a reader of a shared_mutex, twice each; two numbers are only ever seen equal.
// expect: complete
// with -DWRITE_UNDER_SHARED_LOCK expect: data_race

#include <cassert>
#include <mutex>
#include <shared_mutex>
#include <thread>

#ifdef WRITE_UNDER_SHARED_LOCK
using writers_lock = std::shared_lock<std::shared_mutex>;
#else
using writers_lock = std::unique_lock<std::shared_mutex>;
#endif

int main() {
  std::shared_mutex mutex;
  int one = 0;
  int same = 0;
  std::thread writer([&] {
    for (int i = 0; i < 2; ++i) {
      const writers_lock lock(mutex);
      ++one;
      ++same;
    }
  });
  for (int i = 0; i < 2; ++i) {
    const std::shared_lock lock(mutex);
    assert(one == same);
  }
  writer.join();
  assert(one == 2);
}
