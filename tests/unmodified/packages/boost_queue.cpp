/// Boost.Lockfree's queue: two threads, each pushes and pops; nothing is lost, nothing comes twice.
// expect: data_race
// suppressing function: boost::lockfree::*; type: *::node given --spurious=0 expect: complete 11310
// long suppressing function: boost::lockfree::*; type: *::node expect: complete 87198

#include <boost/lockfree/queue.hpp>
#include <cassert>
#include <cstdio>
#include <thread>

int main() {
  boost::lockfree::queue<int> queue(4);
  int popped[2] = {0, 0};
  const auto push_and_pop = [&](int which) {
    queue.push(which + 1);
    assert(queue.pop(popped[which]));
  };
  std::thread other(push_and_pop, 1);
  push_and_pop(0);
  other.join();
  std::printf("%d %d\n", popped[0], popped[1]);
  assert(popped[0] + popped[1] == 3);
  assert(queue.empty());
}
