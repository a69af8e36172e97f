/// Peterson's lock, seq_cst throughout, taken ROUNDS times by each of two threads.
// expect: complete 4
// with -DRELAXED expect: data_race at here
// long with -DROUNDS=2 expect: complete 48

#include <atomic>
#include <cassert>
#include <thread>

#ifndef ROUNDS
#define ROUNDS 1
#endif

namespace {

#ifdef RELAXED
constexpr auto how = std::memory_order_relaxed;
#else
constexpr auto how = std::memory_order_seq_cst;
#endif

std::atomic<bool> wants[2];
std::atomic<int> last;
int count;

void lock_and_add(int mine) {
  for (int i = 0; i < ROUNDS; ++i) {
    wants[mine].store(true, how);
    last.store(mine, how);
    while (wants[1 - mine].load(how) && last.load(how) == mine) {
    }
    ++count;  // here
    wants[mine].store(false, how);
  }
}

}  // namespace

int main() {
  std::thread one(lock_and_add, 0);
  std::thread other(lock_and_add, 1);
  one.join();
  other.join();
  assert(count == 2 * ROUNDS);
}
