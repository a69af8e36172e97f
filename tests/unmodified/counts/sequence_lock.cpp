/// A sequence lock: one thread writes twice, two read until they see no writer meanwhile.
// expect: complete 9
// with -DRELAXED expect: assertion

#include <atomic>
#include <cassert>
#include <cstdio>
#include <thread>

namespace {

using enum std::memory_order;
#ifdef RELAXED
constexpr auto publication = relaxed;
#else
constexpr auto publication = release;
#endif

std::atomic<unsigned> sequence;
std::atomic<int> one;
std::atomic<int> same;

void write_twice() {
  for (int i = 1; i <= 2; ++i) {
    const unsigned before = sequence.load(relaxed);
    sequence.store(before + 1, relaxed);
    std::atomic_thread_fence(publication == relaxed ? relaxed : release);
    one.store(i, relaxed);
    same.store(i, relaxed);
    sequence.store(before + 2, publication);
  }
}

int read_both() {
  for (;;) {
    const unsigned before = sequence.load(acquire);
    if (before % 2 != 0) continue;
    const int first = one.load(relaxed);
    const int second = same.load(relaxed);
    std::atomic_thread_fence(acquire);
    if (sequence.load(relaxed) != before) continue;
    assert(first == second);
    return first;
  }
}

}  // namespace

int main() {
  std::thread writer(write_twice);
  int seen[2];
  std::thread reader([&] { seen[0] = read_both(); });
  std::thread another([&] { seen[1] = read_both(); });
  writer.join();
  reader.join();
  another.join();
  std::printf("%d %d\n", seen[0], seen[1]);
}
