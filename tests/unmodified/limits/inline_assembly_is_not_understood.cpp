/// An instruction that the front end has no meaning for touches memory: it is told by name and line.
// expect: error
// says: lock negq

#include <cassert>
#include <thread>

int main() {
  long number = 1;
  const auto negate = [&] { __asm__ __volatile__("lock negq %0" : "+m"(number) : : "memory", "cc"); };
  std::thread other(negate);
  negate();
  other.join();
  assert(number == 1);
}
