/// An instruction that the front end has no meaning for touches memory: it is told by name and line.
// expect: error
// says: inline_assembly_is_not_understood.cpp:
// says: inline assembly of unknown meaning, "movbeq

#include <thread>

int main() {
  long number = 1;
  const auto swap_bytes = [&] { __asm__ __volatile__("movbeq %1, %0" : "=m"(number) : "r"(1L) : "memory"); };
  std::thread other(swap_bytes);
  swap_bytes();
  other.join();
}
