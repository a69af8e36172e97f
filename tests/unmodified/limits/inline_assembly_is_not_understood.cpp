/// An instruction that the front end has no meaning for touches memory: it is told by name and line.
// expect: error
// says: bts

#include <cassert>
#include <thread>

int main() {
  unsigned long bits = 0;
  const auto set = [&](unsigned long which) {
    __asm__ __volatile__("lock btsq %1, %0" : "+m"(bits) : "r"(which) : "memory", "cc");
  };
  std::thread other(set, 1);
  set(0);
  other.join();
  assert(bits == 3);
}
