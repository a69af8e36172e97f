/// Three threads take a ticket lock four times each: 34,650 executions.

#include <atomic>
#include <thread>

namespace {

std::atomic<unsigned> next{0};
std::atomic<unsigned> serving{0};
int guarded = 0;

void work() {
  for (int i = 0; i < 4; ++i) {
    const unsigned mine = next.fetch_add(1, std::memory_order_relaxed);
    while (serving.load(std::memory_order_acquire) != mine) {
    }
    ++guarded;
    serving.store(mine + 1, std::memory_order_release);
  }
}

}  // namespace

int main() {
  std::thread one(work);
  std::thread two(work);
  std::thread three(work);
  one.join();
  two.join();
  three.join();
  return guarded == 12 ? 0 : 1;
}
