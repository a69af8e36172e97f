/// Three threads add 1 to a number. With --symmetry=on they are taken for the same, unless something tells them apart.
// expect: complete 6
// given --symmetry=on expect: complete 1
// says: 3 interchangeable
// with -DEQUAL_ARGUMENTS given --symmetry=on expect: complete 1
// with -DARGUMENTS given --symmetry=on expect: complete 6
// with -DIDENTITY given --symmetry=on expect: complete 6
// with -DBETWEEN_STARTS given --symmetry=on expect: complete 6
// with -DBETWEEN_JOINS expect: complete 12
// with -DBETWEEN_JOINS given --symmetry=on expect: complete 12

#include <atomic>
#include <cassert>
#include <thread>

// Where the compiler doesn't know all of its uses.
std::atomic<int> other;

namespace {

std::atomic<int> count;

void add([[maybe_unused]] int argument) {
  ++count;
#ifdef IDENTITY
  if (std::this_thread::get_id() == std::thread::id()) --count;
#endif
}

}  // namespace

int main() {
  std::thread threads[3];
  for (int i = 0; i < 3; ++i) {
#if defined(ARGUMENTS)
    threads[i] = std::thread(add, i);
#elif defined(EQUAL_ARGUMENTS)
    threads[i] = std::thread(add, 7);
#else
    threads[i] = std::thread([] { add(0); });
#endif
#ifdef BETWEEN_STARTS
    other = i;
#endif
  }
  for (auto& each : threads) {
    each.join();
#ifdef BETWEEN_JOINS
    if (&each == threads) other = count.load();
#endif
  }
  assert(count == 3);
}
