/// Thread-local numbers start anew in each thread, and a thread-local object is destroyed with its thread.
// expect: complete

#include <atomic>
#include <cassert>
#include <thread>

namespace {

struct farewell {
  ~farewell() {
    if (told) ++*told;
  }
  int* told = nullptr;
};

thread_local int number = 5;
thread_local farewell last;
std::atomic<int> meanwhile;

}  // namespace

int main() {
  int told[2] = {0, 0};
  const auto use = [&](int which) {
    last.told = &told[which];
    number += which;
    ++meanwhile;
    assert(number == 5 + which);
    ++number;
    ++meanwhile;
    assert(number == 6 + which);
  };
  std::thread one(use, 0);
  std::thread other(use, 1);
  one.join();
  other.join();
  assert(told[0] == 1 && told[1] == 1);
  assert(number == 5);
}
