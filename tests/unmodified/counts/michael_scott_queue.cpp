/// Michael and Scott's queue with nodes that are never freed: two threads push a value each, two others pop one.
// expect: complete 158
// every iteration: 4144
// with -DRELAXED expect: data_race

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

struct node {
  int value;
  std::atomic<node*> next;
};

node nodes[3];
std::atomic<node*> head;
std::atomic<node*> tail;

void push(node* mine) {
  for (;;) {
    node* last = tail.load(acquire);
    node* next = last->next.load(acquire);
    if (next) {
      tail.compare_exchange_strong(last, next, release, relaxed);
      continue;
    }
    if (last->next.compare_exchange_strong(next, mine, publication, relaxed)) {
      tail.compare_exchange_strong(last, mine, release, relaxed);
      return;
    }
  }
}

int pop() {
  for (;;) {
    node* first = head.load(acquire);
    node* next = first->next.load(acquire);
    if (!next) return 0;
    node* last = tail.load(acquire);
    if (first == last) {
      tail.compare_exchange_strong(last, next, release, relaxed);
      continue;
    }
    const int value = next->value;
    if (head.compare_exchange_strong(first, next, release, relaxed)) return value;
  }
}

}  // namespace

int main() {
  head = &nodes[0];
  tail = &nodes[0];
  int popped[2];
  std::thread threads[4];
  for (int i = 0; i < 2; ++i) {
    threads[i] = std::thread([i] {
      nodes[i + 1].value = i + 1;
      push(&nodes[i + 1]);
    });
    threads[2 + i] = std::thread([&, i] { popped[i] = pop(); });
  }
  for (auto& each : threads) each.join();
  int sum = popped[0] + popped[1];
  std::printf("%d %d", popped[0], popped[1]);
  while (const int left = pop()) sum += left, std::printf(" %d", left);
  std::printf("\n");
  assert(sum == 3);
}
