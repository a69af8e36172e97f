/// Treiber's stack: THREADS threads push a node each, as many others pop one; nodes are freed when all of them are
/// done.
// expect: complete
// every iteration: 164
// with -DFREES expect: use_after_free
// with -DRELAXED expect: data_race
// long with -DTHREADS=3 expect: complete

#include <atomic>
#include <cassert>
#include <cstdio>
#include <thread>

#ifndef THREADS
#define THREADS 2
#endif

namespace {

#ifdef RELAXED
constexpr auto publication = std::memory_order_relaxed;
#else
constexpr auto publication = std::memory_order_release;
#endif

struct node {
  int value;
  node* below;
};

std::atomic<node*> top;

void push(node* mine) {
  node* found = top.load(std::memory_order_relaxed);
  do mine->below = found;
  while (!top.compare_exchange_strong(found, mine, publication, std::memory_order_relaxed));
}

node* pop() {
  node* found = top.load(std::memory_order_acquire);
  while (found &&
         !top.compare_exchange_strong(found, found->below, std::memory_order_acquire, std::memory_order_acquire)) {
  }
  return found;
}

}  // namespace

int main() {
  node* made[THREADS];
  node* popped[THREADS];
  std::thread threads[2 * THREADS];
  for (int i = 0; i < THREADS; ++i) {
    made[i] = new node{i, nullptr};
    threads[i] = std::thread([mine = made[i]] { push(mine); });
    threads[THREADS + i] = std::thread([&mine = popped[i]] {
      mine = pop();
#ifdef FREES
      delete mine;
#endif
    });
  }
  for (auto& each : threads) each.join();
#ifndef FREES
  int times[THREADS] = {};
  for (const node* each : popped) {
    std::printf("%d ", each ? each->value : -1);
    if (each) ++times[each->value];
  }
  while (const node* left = pop()) std::printf("%d ", left->value), ++times[left->value];
  std::printf("\n");
  for (const int each : times) assert(each == 1);
  for (const node* each : made) delete each;
#endif
}
