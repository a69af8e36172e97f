/// Storage is an atomic object of eight bytes, and then, when all are done with that, two of four.
// expect: complete

#include <cassert>
#include <cstdint>
#include <thread>

int main() {
  alignas(8) std::uint64_t whole = 0;
  auto* const halves = reinterpret_cast<std::uint32_t*>(&whole);
  std::thread one([&] { __atomic_fetch_add(&whole, (std::uint64_t{1} << 32U) + 1, __ATOMIC_RELAXED); });
  __atomic_fetch_add(&whole, 1, __ATOMIC_RELAXED);
  one.join();
  std::thread other([&] { __atomic_fetch_add(&halves[0], 1, __ATOMIC_RELAXED); });
  __atomic_fetch_add(&halves[1], 1, __ATOMIC_RELAXED);
  other.join();
  assert(__atomic_load_n(&halves[0], __ATOMIC_RELAXED) == 3);
  assert(__atomic_load_n(&halves[1], __ATOMIC_RELAXED) == 2);
}
