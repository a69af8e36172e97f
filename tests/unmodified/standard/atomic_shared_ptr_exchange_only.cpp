/// Two threads exchange an atomic shared_ptr's value twice each: none of the five objects is lost, none comes twice.
// expect: complete

#include <atomic>
#include <cassert>
#include <memory>
#include <thread>

int main() {
  std::atomic<std::shared_ptr<int>> shared(std::make_shared<int>(1));
  int sums[2] = {0, 0};
  const auto exchange_twice = [&](int which) {
    for (int i = 0; i < 2; ++i) sums[which] += *shared.exchange(std::make_shared<int>(which ? 10 : 100));
  };
  std::thread other(exchange_twice, 1);
  exchange_twice(0);
  other.join();
  assert(sums[0] + sums[1] + *shared.exchange(nullptr) == 221);
}
